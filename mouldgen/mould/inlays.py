"""Coloured inlays: pins that show in the floor of the cavity, each a part of its own.

A pin goes in from below until its cone seats, stands on the table with the base, and ends in the cavity's
floor, so that it neither lifts the specimen nor leaves a pit. It stands between two slots, so that no blade
meets it: round where there is room for it, narrow and long between slots that are close together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding
from mouldgen.mould.fittings import Fittings, Surroundings
from mouldgen.mould.parts import Part
from mouldgen.mould.targets import Target
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["InlayPlace", "InlaySize", "fit_inlays", "inlay_hole", "inlay_outlines", "inlay_part"]

BESIDE_MM = 1.2
"""Plastic between an inlay and a slot, a hole or another inlay."""

NARROW_BESIDE_MM = 0.8
ROUND_MM, NARROWEST_MM = 1.5, 0.7
"""Least half widths of round pins, and of narrow ones: three lines of FDM stand upright."""

FARTHEST_MM = 15.0
CONE_MM = 1.0


@dataclass(frozen=True)
class InlaySize:
    """How large inlays may be.

    Parameters
    ----------
    radius_mm
        Where the slots leave room for it.
    play_mm
        Gap around it.
    """

    radius_mm: float
    play_mm: float


@dataclass(frozen=True)
class InlayPlace:
    """Where a pin stands.

    Parameters
    ----------
    target
        What it marks.
    x_mm, y_mm, radius_mm, straight_mm
        Its outline at the floor: middle, half its width, and half the length along Y of its straight sides.
    high_z_mm
        A height above all of its top.
    """

    target: Target
    x_mm: float
    y_mm: float
    radius_mm: float
    straight_mm: float
    high_z_mm: float

    def outline(self, by_mm: float) -> Polygon:
        """Return its outline with a rim around it."""
        from shapely import LineString, Point

        ends = [(self.x_mm, self.y_mm - self.straight_mm), (self.x_mm, self.y_mm + self.straight_mm)]
        spine = LineString(ends) if self.straight_mm else Point(ends[0])
        return spine.buffer(self.radius_mm + by_mm, quad_segs=12)


def fit_inlays(
    around: Surroundings, targets: Sequence[Target], free: BaseGeometry, size: InlaySize
) -> tuple[list[InlayPlace], Fittings]:
    """Return where pins stand, straight below their targets or next to it, and what they bring.

    Parameters
    ----------
    around
        Slots and cavity.
    targets
        In the plastic.
    free
        Where pins may stand, in plan.
    size
        How large they may be.
    """
    places: list[InlayPlace] = []
    fittings = Fittings()
    for target in targets:
        place = _place(target, around, free, size)
        if place is None:
            fittings += Fittings(findings=(_without_room(target),))
            continue
        places.append(place)
        free = free.difference(place.outline(CONE_MM + BESIDE_MM + size.play_mm))
        hole, part = inlay_hole(place, size.play_mm), inlay_part(place, around.cavity)
        fittings += Fittings(cut=(hole,), parts=(part,))
    return places, fittings


def inlay_outlines(places: Sequence[InlayPlace], play_mm: float) -> BaseGeometry:
    """Return what pins take up in plan."""
    from shapely.ops import unary_union

    return unary_union([place.outline(CONE_MM + BESIDE_MM + play_mm) for place in places])


def inlay_hole(place: InlayPlace, play_mm: float) -> Solid:
    """Return what a pin needs to be cut out of the base."""
    return _pin(place, play_mm, -1.0, f"hole of inlay {place.target.key}")


def inlay_part(place: InlayPlace, cavity: Solid) -> Part:
    """Return the pin, which stands on z = 0 in the mould as in print."""
    name = f"inlay-{place.target.key}"
    pin = _pin(place, 0.0, 0.0, name).minus(cavity).in_one_piece()
    return Part(name, f"Inlay {place.target.name}", pin.to_mesh(), place.target.color, extruder=2)


def _pin(place: InlayPlace, play_mm: float, low_z_mm: float, what: str) -> Solid:
    """Return a pin on a cone that widens downward at 45 degrees, which prints without supports."""

    def hull(*rings: tuple[float, float]) -> Solid:
        levels = [(np.array(place.outline(by).exterior.coords)[:-1], z) for by, z in rings]
        return Solid.convex(np.concatenate([np.insert(ring, 2, z, axis=1) for ring, z in levels]), what)

    foot = play_mm + CONE_MM
    shaft = hull((play_mm, low_z_mm), (play_mm, place.high_z_mm))
    below = [(foot, low_z_mm)] if low_z_mm < 0 else []
    return union([shaft, hull(*below, (foot, 0.0), (play_mm, CONE_MM))], what)


def _without_room(target: Target) -> Finding:
    return Finding.warning(
        "inlay_without_room",
        f"there is no room for the inlay of {target.name} between the slots below it; use thicker slabs "
        "(--slab), or smaller windows and inlays",
    )


def _place(target: Target, around: Surroundings, free: BaseGeometry, size: InlaySize) -> InlayPlace | None:
    from shapely import Point, box
    from shapely.affinity import translate
    from shapely.ops import nearest_points

    x, y, _ = (float(v) for v in target.position_mould)
    low, high = around.layout.finger_at(x)
    radius, straight = _half_sizes_mm(high - low, size)
    if radius < NARROWEST_MM:
        return None
    inner = free.buffer(-(radius + size.play_mm))
    if straight:
        inner = inner.intersection(translate(inner, 0, straight)).intersection(translate(inner, 0, -straight))
    edge = _beside_mm(radius) + size.play_mm + radius - 1e-6
    floor = around.floor
    allowed = inner.intersection(box(low + edge, floor.y_mm[0], high - edge, floor.y_mm[-1]))
    if allowed.is_empty:
        return None
    middle = nearest_points(allowed, Point(x, y))[0]
    place = InlayPlace(target, middle.x, middle.y, radius, straight, 0.0)
    heights = floor.range_within(place.outline(size.play_mm + 0.5))
    if heights is None or middle.distance(Point(x, y)) > FARTHEST_MM:
        return None
    return replace(place, high_z_mm=heights[1] + 0.5)


def _half_sizes_mm(room_mm: float, size: InlaySize) -> tuple[float, float]:
    """Return half the width of a pin in a finger, and half the length of its straight sides."""
    radius = min(size.radius_mm, room_mm / 2 - BESIDE_MM - size.play_mm)
    if radius >= ROUND_MM:
        return radius, 0.0
    radius = min(ROUND_MM, size.radius_mm, room_mm / 2 - NARROW_BESIDE_MM - size.play_mm)
    return radius, max(0.0, size.radius_mm - radius)


def _beside_mm(radius_mm: float) -> float:
    return BESIDE_MM if radius_mm > ROUND_MM else NARROW_BESIDE_MM
