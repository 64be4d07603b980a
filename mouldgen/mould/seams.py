"""Seams that part a mould: dovetails in the baseplate, a straight gap above it.

A seam runs across the whole plate. Its dovetails are tabs of the piece on the lower side that reach under the
piece on the upper side, so that the upper piece is put down onto them and rests on them; seen from above
the seam is one straight line. Tabs lie under the body, never under engraved letters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import GeometryError
from mouldgen.mould.layout import Layout
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "SEAM_CLEAR_MM",
    "TAB_MM",
    "Seam",
    "parted_bodies",
    "seam_gap",
    "seam_place",
    "sides_text",
    "tab_middles_mm",
]

TAB_MM = 8.0
"""How far a dovetail reaches into the other piece."""

SEAM_CLEAR_MM = 2.0
"""Texts keep this far from a seam."""

_SPECK_MM3 = 1.0
_NECK_MM = 6.5
_HEAD_MM = 9.0
"""The socket's ceiling spans the head: no wider than printers bridge without supports."""

_CEILING_MM = 1.0
_APART_MM = 45.0
_MOST_TABS = 6
_CLEAR_MM = 3.0
_BEYOND_MM = 20.0
_CORNER_MM = 0.8


@dataclass(frozen=True)
class Seam:
    """A plane that parts the mould.

    Parameters
    ----------
    axis
        0 for a plane across X, 1 for one across Y.
    at_mm
        Its position.
    """

    axis: int
    at_mm: float


def seam_place(seam: Seam, layout: Layout) -> str:
    """Return where a seam is, in words: ``in the slot of cut 6``, or ``at y = 8.0 mm``."""
    if seam.axis == 0 and seam.at_mm in layout.slot_x_mm:
        return f"in the slot of cut {layout.slot_x_mm.index(seam.at_mm) + 1}"
    return f"at {'xy'[seam.axis]} = {seam.at_mm:.1f} mm"


def sides_text(sides_mm: Iterable[float]) -> str:
    """Return the sides of a box for a message, in whole millimetres: ``313 x 218 x 124``."""
    return " x ".join(f"{side:.0f}" for side in sides_mm)


def parted_bodies(rest: Solid, count: int, what: str) -> list[Solid]:
    """Return the bodies that are left of a part without its seams, the largest first.

    Parameters
    ----------
    rest
        The part without its seams.
    count
        How many bodies the seams make.
    what
        What messages call the part.

    Raises
    ------
    GeometryError
        If it falls into other bodies than that.
    """
    bodies = [body for body in rest.pieces() if body.volume_mm3 > _SPECK_MM3]
    if len(bodies) != count:
        message = (
            f"parting the {what} gives {len(bodies)} bodies instead of {count}; use --split never, or "
            "another angle"
        )
        raise GeometryError(message)
    return bodies


def tab_middles_mm(seam: Seam, layout: Layout, crossing: tuple[Seam, ...]) -> tuple[float, ...]:
    """Return where the dovetails of a seam are along it: under the body, clear of the seams that cross it."""
    low, high = layout.guide_y_mm if seam.axis == 0 else layout.post_x_mm
    stops = [low, *sorted(other.at_mm for other in crossing), high]
    middles: list[float] = []
    for n, (start, stop) in enumerate(pairwise(stops)):
        # the tabs of a crossing seam reach beyond it
        begin = start + _CLEAR_MM + (TAB_MM if n else 0.0) + _HEAD_MM / 2
        end = stop - _CLEAR_MM - _HEAD_MM / 2
        if end >= begin:
            count = min(_MOST_TABS, round((end - begin) / _APART_MM) + 1)
            shares = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.5])
            middles += [float(begin + share * (end - begin)) for share in shares]
    return tuple(middles)


def seam_gap(
    seam: Seam, layout: Layout, whole: Solid, crossing: tuple[Seam, ...], clearance_mm: float
) -> Solid:
    """Return what is taken away along a seam: a gap of the clearance everywhere between the pieces.

    Parameters
    ----------
    seam
        The seam.
    layout
        Of the mould.
    whole
        The base.
    crossing
        Seams of the other axis.
    clearance_mm
        Width of the gap.
    """
    (x_low, y_low, _), (x_high, y_high, top) = whole.bounds_mm
    bounds = (x_low - _BEYOND_MM, y_low - _BEYOND_MM, x_high + _BEYOND_MM, y_high + _BEYOND_MM)
    side = _lower_side(seam, bounds)
    tabs = [_tab(seam, middle) for middle in tab_middles_mm(seam, layout, crossing)]
    ceiling = max(0.6 * layout.floor_z_mm, layout.floor_z_mm - _CEILING_MM)
    roof = ceiling - clearance_mm
    half = clearance_mm / 2
    straight = _band(side, half)
    gaps = [Solid.extruded(straight, ceiling - clearance_mm / 2, top + 1.0, "seam")]
    if tabs:
        from shapely.ops import unary_union

        toothed = unary_union([side, *tabs])
        gaps.append(Solid.extruded(_band(toothed, half), -1.0, ceiling - half, "seam"))
        over_tabs = _grown(toothed, half).difference(_grown(side, -half))
        gaps.append(Solid.extruded(over_tabs, roof, ceiling, "seam"))
    else:
        gaps.append(Solid.extruded(straight, -1.0, ceiling, "seam"))
    return union(gaps, "seam")


def _lower_side(seam: Seam, bounds: tuple[float, float, float, float]) -> Polygon:
    from shapely import box

    x_low, y_low, x_high, y_high = bounds
    if seam.axis == 0:
        return box(x_low, y_low, seam.at_mm, y_high)
    return box(x_low, y_low, x_high, seam.at_mm)


def _tab(seam: Seam, middle_mm: float) -> Polygon:
    """Return a dovetail, wider at its head, with rounded corners; its foot lies within the lower side."""
    from shapely import Polygon

    foot, head = -2.0 * _CORNER_MM, TAB_MM
    slope = (_HEAD_MM - _NECK_MM) / 2 / TAB_MM
    corners = [
        (along, across * (_NECK_MM / 2 + slope * along))
        for along, across in ((foot, -1), (head, -1), (head, 1), (foot, 1))
    ]
    placed = [
        (seam.at_mm + along, middle_mm + across)
        if seam.axis == 0
        else (middle_mm + across, seam.at_mm + along)
        for along, across in corners
    ]
    return Polygon(placed).buffer(-_CORNER_MM).buffer(_CORNER_MM, quad_segs=4)


def _band(side: Polygon, half_mm: float) -> BaseGeometry:
    """Return the strip along the edge of a side."""
    return _grown(side, half_mm).difference(_grown(side, -half_mm))


def _grown(side: Polygon, by_mm: float) -> BaseGeometry:
    return side.buffer(by_mm, join_style="mitre")
