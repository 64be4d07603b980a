"""Make a mould and its sampling map from the built-in phantom: python make_mould.py [FOLDER].

With your own files, replace `demo_specimen()` by
`read_specimen("tumour.nii.gz", parameters, habitats="habitats.nrrd")`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mouldgen import DesignParameters, design_mould, write_case
from mouldgen.testing.phantoms import demo_specimen

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "case")
parameters = DesignParameters(
    case="example", orientation={"plane": "coronal", "tilt_deg": (10, 0)}, cuts={"slab_mm": 8}
)
specimen = demo_specimen()
design = design_mould(specimen, parameters)
write_case(design, folder, overwrite=True)

volume_ml, slabs = specimen.volume_mm3 / 1000, len(design.plan.slabs)
print(f"{volume_ml:.1f} mL in {slabs} slabs, slots of {design.mould.slot_width_mm} mm")
print(f"void {design.mould.void_percent:.1f} %, locked {design.locked_mm3:.0f} mm3")
for finding in design.findings:
    print(f"{finding.severity}: {finding.message}")
print(f"print {folder / 'mould' / 'base.stl'}")
