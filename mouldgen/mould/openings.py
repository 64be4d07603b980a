"""Holes for fluid and for pushing out, and notches for the fingers that lift the specimen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.body import POST_HALF_WIDTH_MM
from mouldgen.mould.fittings import Fittings, Surroundings
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import GUIDE_OVERLAP_MM, Layout
from mouldgen.params import OpeningParameters
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["drain_places", "finger_notches", "fit_drains", "fit_finger_holes"]

BESIDE_MM = 0.8
"""Plastic between a hole and a slot."""

SLACK_MM = 0.3
"""Holes may lie this much nearer to a slot, so that a narrow finger holds a column of the floor's map."""

APART_MM = 12.0
SMALLEST_MM = 2.0
NARROWEST_FINGER_MM = 12.0
REACH_MM = 4.0
SHALLOWEST_MM = 5.0
DEEPEST_SHARE = 0.6


def fit_drains(around: Surroundings, free: BaseGeometry, openings: OpeningParameters) -> Fittings:
    """Return holes through the baseplate at the lowest places of the cavity.

    Parameters
    ----------
    around
        Slots and cavity.
    free
        Where holes may lie, in plan.
    openings
        How many, and how wide.
    """
    holes = drain_places(around.layout, around.floor, free, openings)
    cut = tuple(_drain(hole, around) for hole in holes)
    if len(holes) == openings.drains:
        return Fittings(cut=cut)
    message = (
        f"{len(holes)} of {openings.drains} drain holes have room in the cavity's floor; use fewer or "
        "narrower ones (openings.drain_mm)"
    )
    return Fittings(cut=cut, findings=(Finding.warning("fewer_drains", message),))


def fit_finger_holes(around: Surroundings, width_mm: float) -> Fittings:
    """Return two notches in the wall, beside the end posts."""
    notches = tuple(finger_notches(around.layout, around.rim_outline, width_mm))
    if len(notches) == 2:
        return Fittings(cut=notches)
    message = (
        f"only {len(notches)} of 2 finger holes have room beside the end posts; the specimen is too small "
        "for fingers. Lift it with forceps, or push it out (--drains)"
    )
    return Fittings(cut=notches, findings=(Finding.warning("no_finger_holes", message),))


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

    left: BaseGeometry = unary_union(
        [free.buffer(-radius).intersection(strip) for strip, radius in _strips(layout, openings.drain_mm)]
    )
    holes: list[Polygon] = []
    for _ in range(openings.drains):
        place = floor.lowest_in(left)
        if place is None:
            break
        radius = _radius_mm(layout.finger_at(place[0]), openings.drain_mm)
        holes.append(Point(*place).buffer(radius, quad_segs=8))
        left = left.difference(Point(*place).buffer(APART_MM))
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


def _drain(hole: Polygon, around: Surroundings) -> Solid:
    heights = around.floor.range_within(hole)
    top = heights[1] if heights else around.layout.floor_z_mm
    return Solid.extruded(hole, -1.0, top + 0.5, "drain hole")


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


def _strips(layout: Layout, diameter_mm: float) -> Iterator[tuple[BaseGeometry, float]]:
    """Yield where the middle of a hole may lie in every finger that is wide enough, and the hole's radius."""
    from shapely import box

    for low, high in layout.fingers:
        radius = _radius_mm((low, high), diameter_mm)
        if radius < SMALLEST_MM / 2:
            continue
        edge = BESIDE_MM + radius - SLACK_MM
        yield box(low + edge, layout.y_mm[0], high - edge, layout.y_mm[1]), radius


def _radius_mm(finger: tuple[float, float], diameter_mm: float) -> float:
    return min(diameter_mm, finger[1] - finger[0] - 2 * BESIDE_MM) / 2
