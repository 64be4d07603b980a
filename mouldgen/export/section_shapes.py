"""Sections of a slab as shapes: the specimen's outline, and the regions of its habitats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import LabelArray
from mouldgen.orientation import MouldFrame
from mouldgen.sampling.contents import Rings, SlabContent
from mouldgen.sampling.map import INSET_MM
from mouldgen.sampling.sections import label_section
from mouldgen.specimen import Specimen

__all__ = ["SectionPlane", "SectionShape", "SectionShapes"]

_FINEST_MM = 0.25
_MOST_POINTS = 400
_SIMPLIFIED_STEPS = 0.4
"""How far a simplified ring may leave the first one: it smooths stairs of one step."""


class SectionPlane(StrEnum):
    """The planes of a slab that are shown."""

    LOWER = "lower"
    MID = "mid"
    UPPER = "upper"


@dataclass(frozen=True, eq=False)
class SectionShape:
    """What a plane meets, in [y, z] of the mould frame at imaging size.

    Parameters
    ----------
    x_mm
        Where the plane lies.
    outline
        Rings of the specimen's surface, as in the sampling map; empty where the tissue has ended.
    habitats
        By label: closed rings around the habitat's voxels. Outer rings run counterclockwise seen from +X,
        holes clockwise. They may reach over the outline by a part of a voxel. Only habitats that occur.
    """

    x_mm: float
    outline: Rings
    habitats: Mapping[int, Rings]


@dataclass(frozen=True, eq=False)
class SectionShapes:
    """Sections of one specimen; each is worked out once.

    Parameters
    ----------
    specimen
        Its habitats' own voxels are looked up; without habitats there are no regions.
    frame
        The mould frame.
    lattice
        Covers the specimen in the mould frame.
    """

    specimen: Specimen
    frame: MouldFrame
    lattice: VoxelGrid
    _known: dict[tuple[int, SectionPlane], SectionShape] = field(default_factory=dict)

    @property
    def step_mm(self) -> float:
        """Distance of the points at which habitats are looked up."""
        longest_mm = float((np.array(self.lattice.shape) * self.lattice.spacing_mm)[1:].max())
        return max(_FINEST_MM, longest_mm / _MOST_POINTS)

    def at(self, content: SlabContent, plane: SectionPlane) -> SectionShape:
        """Return one section of a slab."""
        key = (content.slab.index, plane)
        if key not in self._known:
            self._known[key] = self._section(content, plane)
        return self._known[key]

    def _section(self, content: SlabContent, plane: SectionPlane) -> SectionShape:
        slab, outlines = content.slab, content.outlines
        x_mm, inside_mm, outline = {
            SectionPlane.LOWER: (slab.x_lower_mm, slab.x_lower_mm + INSET_MM, outlines.lower),
            SectionPlane.MID: (slab.x_mid_mm, slab.x_mid_mm, outlines.mid),
            SectionPlane.UPPER: (slab.x_upper_mm, slab.x_upper_mm - INSET_MM, outlines.upper),
        }[plane]
        return SectionShape(x_mm, outline, self._habitats(inside_mm, outline))

    def _habitats(self, x_mm: float, outline: Rings) -> dict[int, Rings]:
        if self.specimen.habitats is None or not outline:
            return {}
        y_mm, z_mm = self._points_around(np.concatenate(outline))
        labels = label_section(self.specimen, self.frame, x_mm, y_mm, z_mm)
        start, step = np.array([y_mm[0], z_mm[0]]), self.step_mm
        present = (int(label) for label in np.flatnonzero(np.bincount(labels.ravel())) if label)
        return {label: _rings(labels, label, start, step) for label in present}

    def _points_around(self, outline: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return y and z of points that cover an outline and a voxel around it."""
        margin_mm = float(self.specimen.tissue.grid.spacing_mm.max())
        low, high = outline.min(axis=0) - margin_mm, outline.max(axis=0) + margin_mm
        y_mm, z_mm = (np.arange(a, b + self.step_mm, self.step_mm) for a, b in zip(low, high, strict=True))
        return y_mm, z_mm


def _rings(labels: LabelArray, label: int, start_mm: FloatArray, step_mm: float) -> Rings:
    """Return rings around the points of a label, halfway to their neighbours."""
    from shapely import get_coordinates, linearrings, simplify
    from skimage.measure import find_contours

    mask: npt.NDArray[np.float32] = np.pad(labels == label, 1).astype(np.float32)
    rings = [ring for ring in find_contours(mask, 0.5, positive_orientation="high") if len(ring) > 3]
    simplified = (get_coordinates(simplify(linearrings(ring), _SIMPLIFIED_STEPS)) for ring in rings)
    return tuple((ring - 1) * step_mm + start_mm for ring in simplified)
