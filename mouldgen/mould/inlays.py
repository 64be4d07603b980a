"""Coloured inlays: discs let into the floor of the cavity, each a part of its own.

A disc's top is the cavity's floor, so that it neither lifts the specimen nor leaves a pit; it lies between two
slots, so that no blade meets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.frames import Rigid
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import Layout
from mouldgen.mould.parts import Part
from mouldgen.mould.targets import Target
from mouldgen.params import InlayParameters
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["InlayPlace", "inlay_part", "inlay_recess", "place_inlays"]

BESIDE_MM = 1.2
"""Plastic between an inlay and a slot, a hole or another inlay."""

SMALLEST_MM = 1.5
FARTHEST_MM = 15.0
LOWEST_Z_MM = 1.0


@dataclass(frozen=True)
class InlayPlace:
    """Where a disc lies.

    Parameters
    ----------
    target
        What it marks.
    x_mm, y_mm, radius_mm
        Its outline.
    low_z_mm, high_z_mm
        Its underside, and a height above all of its top.
    """

    target: Target
    x_mm: float
    y_mm: float
    radius_mm: float
    low_z_mm: float
    high_z_mm: float

    @property
    def outline(self) -> BaseGeometry:
        """The disc in plan."""
        return self.grown(0.0)

    def grown(self, by_mm: float) -> BaseGeometry:
        """Return the disc in plan with a rim around it."""
        from shapely import Point

        return Point(self.x_mm, self.y_mm).buffer(self.radius_mm + by_mm, quad_segs=12)


def place_inlays(
    targets: Sequence[Target],
    layout: Layout,
    floor: CavityFloor,
    free: BaseGeometry,
    inlays: InlayParameters,
    play_mm: float,
) -> tuple[list[InlayPlace], list[Target]]:
    """Return where discs go, straight below their targets or next to it, and the targets without room.

    Parameters
    ----------
    targets
        In the plastic.
    layout, floor
        Slots and cavity.
    free
        Where discs may lie, in plan.
    inlays, play_mm
        Size, and the gap around a disc.
    """
    placed: list[InlayPlace] = []
    missed: list[Target] = []
    for target in targets:
        place = _place(target, layout, floor, free, inlays, play_mm)
        if place is None:
            missed.append(target)
        else:
            placed.append(place)
            free = free.difference(place.grown(BESIDE_MM + play_mm))
    return placed, missed


def inlay_recess(place: InlayPlace, play_mm: float) -> Solid:
    """Return what a disc needs to be cut out of the base."""
    what = f"recess of inlay {place.target.key}"
    return Solid.extruded(place.grown(play_mm), place.low_z_mm, place.high_z_mm, what)


def inlay_part(place: InlayPlace, cavity: Solid) -> Part:
    """Return the disc, its underside on z = 0."""
    name = f"inlay-{place.target.key}"
    disc = Solid.extruded(place.outline, place.low_z_mm, place.high_z_mm, name).minus(cavity).in_one_piece()
    mould_from_part = Rigid.from_parts(np.eye(3), [0.0, 0.0, place.low_z_mm])
    mesh = disc.moved(mould_from_part.inverse()).to_mesh()
    return Part(name, f"Inlay {place.target.name}", mesh, place.target.color, mould_from_part=mould_from_part)


def _place(
    target: Target,
    layout: Layout,
    floor: CavityFloor,
    free: BaseGeometry,
    inlays: InlayParameters,
    play_mm: float,
) -> InlayPlace | None:
    from shapely import Point, box
    from shapely.ops import nearest_points

    x, y, _ = (float(v) for v in target.position_mould)
    low, high = layout.finger_at(x)
    edge = BESIDE_MM + play_mm
    radius = min(inlays.disc_mm / 2, (high - low) / 2 - edge)
    if radius < SMALLEST_MM:
        return None
    inner = free.buffer(-(radius + play_mm))
    strip = box(low + edge + radius - 1e-6, floor.y_mm[0], high - edge - radius + 1e-6, floor.y_mm[-1])
    allowed = inner.intersection(strip)
    if allowed.is_empty:
        return None
    middle = nearest_points(allowed, Point(x, y))[0]
    if middle.distance(Point(x, y)) > FARTHEST_MM:
        return None
    around = middle.buffer(radius + play_mm + 0.5)
    heights = floor.range_within(around)
    if heights is None:
        return None
    underside = max(heights[0] - inlays.disc_depth_mm, LOWEST_Z_MM)
    return InlayPlace(target, middle.x, middle.y, radius, underside, heights[1] + 0.5)
