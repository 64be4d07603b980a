"""Holes for fluid and for pushing out, and notches for the fingers that lift the specimen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.mould.body import POST_HALF_WIDTH_MM
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import GUIDE_OVERLAP_MM, Layout
from mouldgen.params import OpeningParameters
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["drain_places", "finger_notches"]

BESIDE_MM = 0.8
"""Plastic between a hole and a slot."""

APART_MM = 12.0
SMALLEST_MM = 2.0
NARROWEST_FINGER_MM = 12.0
REACH_MM = 4.0
SHALLOWEST_MM = 5.0
DEEPEST_SHARE = 0.6


def drain_places(
    layout: Layout, floor: CavityFloor, free: BaseGeometry, openings: OpeningParameters
) -> list[Polygon]:
    """Return the outlines of holes at the lowest places of the cavity, between the slots.

    Parameters
    ----------
    layout, floor
        Slots and cavity.
    free
        Where holes may lie, in plan.
    openings
        How many, and how wide.
    """
    from shapely import Point
    from shapely.ops import unary_union

    radius = openings.drain_mm / 2
    edges = layout.fingers
    widest = max(high - low for low, high in edges)
    radius = min(radius, widest / 2 - BESIDE_MM)
    if radius < SMALLEST_MM / 2:
        return []
    strips = unary_union([_strip(low, high, layout, radius) for low, high in edges])
    left = free.buffer(-radius).intersection(strips)
    holes: list[Polygon] = []
    for _ in range(openings.drains):
        place = floor.lowest_in(left)
        if place is None:
            break
        holes.append(Point(*place).buffer(radius, quad_segs=8))
        left = left.difference(Point(*place).buffer(max(APART_MM, 3 * radius)))
    return holes


def finger_notches(layout: Layout, rim_outline: MultiPolygon, width_mm: float) -> list[Solid]:
    """Return two notches, beside the end posts and across from each other; none where they have no room."""
    beside = POST_HALF_WIDTH_MM + layout.slot_width_mm / 2 + 1.0
    notches = []
    for end, side in ((-1, -1), (1, 1)):
        inner = layout.y_mm[0] + GUIDE_OVERLAP_MM if side < 0 else layout.y_mm[1] - GUIDE_OVERLAP_MM
        width = min(width_mm, abs(inner) - beside - 0.5)
        notch = _notch(layout, rim_outline, end, side * (beside + width / 2), width)
        if width >= NARROWEST_FINGER_MM and notch is not None:
            notches.append(notch)
    return notches


def _notch(
    layout: Layout, rim_outline: MultiPolygon, end: int, middle_y_mm: float, width_mm: float
) -> Solid | None:
    """Return a notch through the wall at one end: round below, open above."""
    from shapely import box

    half = width_mm / 2
    (x_low, x_high), far = layout.plate_x_mm, 2.0
    strip = box(x_low, middle_y_mm - half, x_high, middle_y_mm + half)
    across = rim_outline.intersection(strip)
    depth = DEEPEST_SHARE * (layout.rim_z_mm - layout.floor_z_mm)
    if width_mm <= 0 or across.is_empty or depth < SHALLOWEST_MM:
        return None
    bottom, top = layout.rim_z_mm - depth, layout.guide_z_mm + 5.0
    radius = min(half - 0.1, depth - 0.1)
    outline = box(middle_y_mm - half, bottom, middle_y_mm + half, top + 2 * radius)
    rounded = outline.buffer(-radius).buffer(radius, quad_segs=10)
    wall_x = across.bounds[0] if end < 0 else across.bounds[2]
    reach = wall_x - end * REACH_MM
    low, high = (x_low - far, reach) if end < 0 else (reach, x_high + far)
    return Solid.extruded_along("x", rounded, low, high, "finger hole")


def _strip(low: float, high: float, layout: Layout, radius: float) -> BaseGeometry:
    """Return where a hole's middle may lie in a finger; a line in a narrow one."""
    from shapely import box

    edge = BESIDE_MM + radius
    if high - low < 2 * edge - 1e-6:
        return box(0, 0, 0, 0).buffer(0)
    slack = 0.3  # so that a narrow finger still holds a column of the floor's lattice
    low, high = low + edge - slack, high - edge + slack
    return box(low, layout.y_mm[0], high, layout.y_mm[1])
