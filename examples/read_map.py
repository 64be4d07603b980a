"""Read a sampling map and print what each slab holds: python read_map.py CASE [X Y Z].

With a point in mould millimetres (say, where a sample was punched), print where that was in the
patient. Needs numpy only: the map is plain JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

document = json.loads((Path(sys.argv[1]) / "sampling_map.json").read_text(encoding="utf-8"))
names = {str(habitat["label"]): f"{habitat['code']} {habitat['name']}" for habitat in document["habitats"]}

for slab in document["slabs"]:
    held = [
        f"{names[label]} {volume / 1000:.2f} mL"
        for label, volume in slab["habitat_volume_mm3"].items()
        if volume > 0
    ]
    middle = slab["nearest_slices"][0]
    print(
        f"{slab['id']}  {slab['x_lower_mm']:6.1f} to {slab['x_upper_mm']:6.1f} mm  "
        f"{slab['tissue_volume_mm3'] / 1000:6.2f} mL: {', '.join(held) or 'no habitat'}; "
        f"nearest slice of {middle['image']}: {middle['index']}"
    )

if len(sys.argv) == 5:
    mould_mm = [float(number) for number in sys.argv[2:5]]
    patient_from_mould = np.linalg.inv(document["frame"]["mould_from_patient"])
    x, y, z = (patient_from_mould @ [*mould_mm, 1.0])[:3]
    print(f"mould {mould_mm} mm is LPS [{x:.1f}, {y:.1f}, {z:.1f}] mm in the patient")
