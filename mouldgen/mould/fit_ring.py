"""The fit ring: a slice of the cavity with its walls, to try on the specimen before the whole is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.mould.cavity import CHAMFER_STEEPNESS
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.lettering import centered_text, text_width_mm
from mouldgen.mould.marks import place_between
from mouldgen.mould.workpiece import Workpiece
from mouldgen.params import DesignParameters
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["fit_ring", "ring_heights_mm"]

_TAB_THICKNESS_MM = 3.0
_TAB_OVERLAP_MM = 2.0
_MARGIN_MM = 1.5
_LEAST_HEIGHT_MM = 2.0


def ring_heights_mm(workpiece: Workpiece, parameters: DesignParameters) -> tuple[float, float]:
    """Return bottom and top of the slice: around the specimen's widest section below the rim's chamfer.

    In a cavity that is hardly deeper than the chamfer the slice reaches up to the rim.
    """
    field, level = workpiece.plastic.field, workpiece.plastic.level_mm
    z = field.grid.origin_mm[2] + np.arange(field.grid.shape[2]) * field.grid.spacing_mm[2]
    area = np.count_nonzero(field.values_mm < level, axis=(0, 1))
    chamfer_mm = CHAMFER_STEEPNESS * parameters.mould.chamfer_mm
    lowest = float(workpiece.cavity.bounds_mm[0, 2])
    highest = workpiece.layout.rim_z_mm - chamfer_mm
    if highest - lowest < _LEAST_HEIGHT_MM:
        highest = workpiece.layout.rim_z_mm
    height = min(parameters.extras.ring_mm, highest - lowest)
    below = z <= highest
    widest = float(z[below][int(np.argmax(area[below]))]) if below.any() else highest
    bottom = min(max(widest - height / 2, lowest), highest - height)
    return bottom, bottom + height


def fit_ring(
    workpiece: Workpiece, parameters: DesignParameters, planes_x_mm: Sequence[float] = ()
) -> tuple[Solid, Engraving] | None:
    """Return the ring, standing at its height in the mould, with a tab that shows its front, and the letter.

    It has no slots, which would part it; islands of plastic within the cavity are left out. The letter is yet
    to be cut into the tab. None if the cavity is too shallow for a ring.

    Parameters
    ----------
    workpiece
        The finished mould.
    parameters
        Wall, height of the ring, letters.
    planes_x_mm
        Where it will be parted: the tab stands between these, if it has room there.
    """
    bottom, top = ring_heights_mm(workpiece, parameters)
    opening = workpiece.cavity.section(top - 1e-3)
    if top - bottom < _LEAST_HEIGHT_MM / 2 or opening.is_empty:
        return None
    wall = _wall(opening, parameters.mould.wall_mm)
    tab, outline = _tab(wall, workpiece, planes_x_mm)
    thickness = min(_TAB_THICKNESS_MM, top - bottom)
    ring = Solid.extruded(wall, bottom, top, "fit ring")
    ring = ring.plus(Solid.extruded(tab, bottom, bottom + thickness, "tab")).minus(workpiece.cavity)
    depth = min(workpiece.layout.letter_depth_mm, thickness / 2)
    letter = Engraving(workpiece.texts.front, outline, bottom + thickness, depth)
    return ring.pieces()[0], letter


def _wall(opening: MultiPolygon, wall_mm: float) -> Polygon:
    """Return the outline of the ring; a specimen in several parts gets one ring around all."""
    from shapely import Polygon

    wall = opening.buffer(wall_mm, quad_segs=8).simplify(0.02)
    if len(getattr(wall, "geoms", [wall])) > 1:
        wall = wall.convex_hull
    return Polygon(wall.exterior)


def _tab(wall: Polygon, workpiece: Workpiece, planes_x_mm: Sequence[float]) -> tuple[Polygon, MultiPolygon]:
    """Return a tab at the front, where the wall reaches farthest, and the letter of that side."""
    from shapely import box

    layout, text = workpiece.layout, workpiece.texts.front
    width = text_width_mm(text, layout.letter_mm) + 4 * _MARGIN_MM
    x_low, y_low, x_high, y_high = wall.bounds
    farthest = min(wall.exterior.coords, key=lambda point: (point[1], point[0]))[0]
    middle = place_between(farthest, width, planes_x_mm, (x_low, x_high), _MARGIN_MM)
    strip = box(middle - width / 4, y_low - 1.0, middle + width / 4, y_high + 1.0)
    front = float(wall.intersection(strip).bounds[1])
    depth = layout.letter_mm + 2 * _MARGIN_MM
    tab = box(middle - width / 2, front - depth, middle + width / 2, front + _TAB_OVERLAP_MM)
    return tab, centered_text(text, middle, front - depth + _MARGIN_MM, layout.letter_mm)
