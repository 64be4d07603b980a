"""Child process: plans sites in one case without making a mould; prints JSON.

python -m benchmarks.sites_once SEGMENTATION HABITATS SITES_PER_HABITAT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(segmentation: str, habitats: str, per_habitat: str) -> None:
    """Time the planning alone, libraries loaded within it."""
    from mouldgen import DesignParameters, read_specimen
    from mouldgen.testing.plans import lying_slabs

    parameters = DesignParameters(
        orientation={"normal_lps": (0.5, 0.3, 0.8)}, sites={"per_habitat": int(per_habitat)}
    )
    specimen = read_specimen(Path(segmentation), parameters, habitats=Path(habitats))
    lying = lying_slabs(specimen, parameters)
    began, cpu_before = time.perf_counter(), time.process_time()
    from mouldgen.sampling.planning import plan_sites

    plan = plan_sites(
        specimen, lying.frame, lying.sampling, parameters, lattice=lying.lattice, case_id="benchmark"
    )
    figures = {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu_before,
        "sites": len(plan.sites),
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
