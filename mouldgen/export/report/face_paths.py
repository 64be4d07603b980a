"""Rings as path data that both SVG and a canvas understand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.section_shapes import SectionPlane
from mouldgen.sampling.contents import Rings, SlabContent

__all__ = ["PATH_STEP_MM", "face_paths", "path_data"]

PATH_STEP_MM = 0.01
"""Paths count in hundredths of a millimetre."""


def path_data(rings: Rings) -> str:
    """Return closed rings [y, z] as path data: +y is the first number and +z the second, in 0.01 mm.

    Every step is the difference of rounded places, so that no error adds up.
    """
    return "".join(_ring(np.round(np.asarray(ring) / PATH_STEP_MM).astype(int)) for ring in rings)


def _ring(steps: npt.NDArray[np.int_]) -> str:
    if len(steps) > 1 and (steps[0] == steps[-1]).all():
        steps = steps[:-1]
    kept = steps[np.r_[True, np.diff(steps, axis=0).any(axis=1)]]
    if len(kept) < 3:
        return ""
    moves = " ".join(f"{y} {z}" for y, z in np.diff(kept, axis=0).tolist())
    return f"M{kept[0, 0]} {kept[0, 1]}l{moves}z"


def face_paths(lab: LaboratoryCase, content: SlabContent) -> dict[str, object]:
    """Return for both faces and the middle of a slab its outline, and its habitats by label."""
    shapes = {plane: lab.shapes.at(content, plane) for plane in SectionPlane}
    return {
        plane.value: {
            "x_mm": round(shape.x_mm, 3),
            "outline": path_data(shape.outline),
            "habitats": {str(label): path_data(rings) for label, rings in sorted(shape.habitats.items())},
        }
        for plane, shape in shapes.items()
    }
