"""What slots leave of walls too thin to be printed: tails of their outside, and edges along the cavity.

A printer leaves them out or prints them as a loose thread, which may break off into the tissue. Edges are cut
away for the width of a printed wall; whatever is steeper to the slot stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.frames import Rigid
from mouldgen.mould.layout import Layout
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["thin_edges", "thin_tails"]

_THINNEST_MM = 1.0
"""Two lines of a 0.4 mm nozzle, and a little more."""

_WIDEST_MM = 3.0
"""Edges that reach less than this along the slot are as sharp as any corner, and stay (18 degrees)."""

_AROUND_MM, _INTO_MM, _GRID_MM = 0.2, 0.1, 1e-4
_SLIVER_MM, _LEAST_TAIL_MM2 = 0.02, 0.2
_ON_END = Rigid.from_parts(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]), np.zeros(3))
"""Turns X upwards, so that sections across X have Y and Z for axes."""


def thin_edges(cavity: Solid, layout: Layout) -> list[Solid]:
    """Return what is cut out of the walls beside slots, open upwards as the cavity is.

    Parameters
    ----------
    cavity
        What is cut out of the walls, open upwards.
    layout
        Slots.
    """
    upright = cavity.moved(_ON_END)
    half = layout.slot_width_mm / 2
    edges = [(x + side * half, side) for x in layout.slot_x_mm for side in (-1.0, 1.0)]
    return [edge for face_x_mm, side in edges for edge in _beside(upright, face_x_mm, side)]


def thin_tails(wall: BaseGeometry, layout: Layout) -> BaseGeometry:
    """Return what slots that run along the outside of a wall leave of it, too thin to be printed, in plan.

    Parameters
    ----------
    wall
        With what it encloses, in plan.
    layout
        Slots.
    """
    from shapely import MultiPolygon, box

    _, y_low, _, y_high = wall.bounds
    half = layout.slot_width_mm / 2
    slots = MultiPolygon([box(x - half, y_low - 1.0, x + half, y_high + 1.0) for x in layout.slot_x_mm])
    fingers = wall.difference(slots)
    thick = fingers.buffer(-_THINNEST_MM / 2, join_style="mitre").buffer(_THINNEST_MM / 2, join_style="mitre")
    tails = fingers.difference(thick.buffer(_SLIVER_MM))
    large = [tail for tail in getattr(tails, "geoms", [tails]) if tail.area > _LEAST_TAIL_MM2]
    # a little of the slot goes with them, so that no faces coincide
    return MultiPolygon(large).buffer(_SLIVER_MM, join_style="mitre")


def _beside(upright: Solid, face_x_mm: float, side: float) -> Iterator[Solid]:
    """Yield what is cut away on one side of a slot, whose face is given."""
    at_face, inside = (
        upright.section(face_x_mm + side * into_mm).buffer(0) for into_mm in (0.0, _THINNEST_MM)
    )
    half = _WIDEST_MM / 2
    thin = inside.difference(at_face).buffer(-half, join_style="mitre")
    if thin.is_empty:
        return
    thin = thin.buffer(half + _AROUND_MM, join_style="mitre").simplify(_INTO_MM / 2)
    low, high = sorted((face_x_mm - side * _INTO_MM, face_x_mm + side * (_THINNEST_MM + _INTO_MM)))
    top = float(upright.bounds_mm[1, 1])
    for part in getattr(thin, "geoms", [thin]):
        yield Solid.extruded_along("x", _upwards(part, top), low, high, "thin edge")


def _upwards(outline: BaseGeometry, top_z_mm: float) -> BaseGeometry:
    """Return an outline in (y, z) with all that lies above it, up to a height."""
    from shapely import Polygon, union_all

    ring = outline.exterior.coords
    above = (
        Polygon([(y, z), (next_y, next_z), (next_y, top_z_mm), (y, top_z_mm)])
        for (y, z), (next_y, next_z) in pairwise(ring)
        if max(z, next_z) < top_z_mm
    )
    parts = [Polygon(outline.exterior), *(part for part in above if part.area > _GRID_MM)]
    return union_all(parts, grid_size=_GRID_MM)
