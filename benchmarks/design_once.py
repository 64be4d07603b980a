"""Child process: reads one case, designs it, writes its STL files; prints JSON.

Seconds of every stage, and the peak memory of the process.

python -m benchmarks.design_once SEGMENTATION HABITATS GRID_MM FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path


class Stopwatch:
    """Seconds by stage, each from its beginning to that of the next."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._since = time.perf_counter()

    def begin(self, stage: str | None) -> None:
        """End the stage that runs, and begin another one unless it is None."""
        now = time.perf_counter()
        if self._stage is not None:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now

    def report(self) -> str:
        """Return the stages, and the processor time and peak memory of this process, as JSON."""
        self.begin(None)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        figures = {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
        return json.dumps({"seconds": self.seconds, **figures})


def main(segmentation: str, habitats: str, grid_mm: str, folder: str) -> None:
    """Run the main job without case folder and pictures; libraries load within the stage that needs them."""
    watch = Stopwatch()
    watch.begin("reading")
    from mouldgen import DesignParameters, design_mould, read_specimen
    from mouldgen.export.stl_files import write_part_stls

    parameters = DesignParameters(
        case="benchmark",
        orientation={"normal_lps": (0.5, 0.3, 0.8)},
        surface={"grid_mm": float(grid_mm)},
    )
    specimen = read_specimen(Path(segmentation), parameters, habitats=Path(habitats))
    design = design_mould(specimen, parameters, on_stage=watch.begin)
    watch.begin("writing")
    write_part_stls(design.mould, Path(folder))
    sys.stdout.write(watch.report())


if __name__ == "__main__":
    main(*sys.argv[1:])
