"""Feet: two rails under the ends of the plate, as parts of their own, so that nothing needs supports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import Rigid
from mouldgen.mould.fittings import FITTING_COLOR, Fittings
from mouldgen.mould.layout import Layout
from mouldgen.mould.parts import Part
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["feet_parts", "fit_feet", "foot_holes", "foot_outlines"]

RAIL_MM = 10.0
EDGE_MM = 1.5
PEG_MM = 6.0
ROOF_MM = 1.0
LEAST_DEPTH_MM = 1.2
SHORTER_MM = 0.3


def fit_feet(layout: Layout, height_mm: float, play_mm: float) -> Fittings:
    """Return rails under the ends of the plate, and the holes for their pegs."""
    holes = foot_holes(layout, play_mm)
    if holes:
        return Fittings(cut=tuple(holes), parts=tuple(feet_parts(layout, height_mm, FITTING_COLOR)))
    message = (
        f"a plate of {layout.floor_z_mm:g} mm is too thin for the pegs of feet below its letters; use "
        "mould.plate_mm=4 or more"
    )
    return Fittings(findings=(Finding.warning("no_feet", message),))


def foot_outlines(layout: Layout) -> tuple[BaseGeometry, BaseGeometry]:
    """Return the rails in plan: under the ledges at -X and at +X."""
    from shapely import box

    (x_low, x_high), (y_low, y_high) = layout.plate_x_mm, layout.plate_y_mm
    left = min(RAIL_MM, layout.x_mm[0] - x_low - 2 * EDGE_MM)
    right = min(RAIL_MM, x_high - layout.x_mm[1] - 2 * EDGE_MM)
    y = y_low + EDGE_MM, y_high - EDGE_MM
    rails = (
        box(x_low + EDGE_MM, y[0], x_low + EDGE_MM + left, y[1]),
        box(x_high - EDGE_MM - right, y[0], x_high - EDGE_MM, y[1]),
    )
    return rails[0].buffer(-2.0).buffer(2.0), rails[1].buffer(-2.0).buffer(2.0)


def foot_holes(layout: Layout, play_mm: float) -> list[Solid]:
    """Return the blind holes in the underside of the plate; none if it is too thin below its letters."""
    depth = _hole_depth_mm(layout)
    if depth < LEAST_DEPTH_MM:
        return []
    return [
        Solid.extruded(peg.buffer(PEG_MM / 2 + play_mm, quad_segs=8), -1.0, depth, "foot hole")
        for outline in foot_outlines(layout)
        for peg in _peg_places(outline)
    ]


def feet_parts(layout: Layout, height_mm: float, color: str) -> list[Part]:
    """Return both rails with their pegs up, each standing on z = 0."""
    mould_from_part = Rigid.from_parts(np.eye(3), [0.0, 0.0, -height_mm])
    top = height_mm + _hole_depth_mm(layout) - SHORTER_MM
    parts = []
    for side, outline in zip(("left", "right"), foot_outlines(layout), strict=True):
        pegs = (
            Solid.extruded(peg.buffer(PEG_MM / 2, quad_segs=8), height_mm - 1.0, top, "peg")
            for peg in _peg_places(outline)
        )
        foot = union([Solid.extruded(outline, 0.0, height_mm, "foot"), *pegs], f"{side} foot")
        title = f"Foot, {side}"
        parts.append(Part(f"foot-{side}", title, foot.to_mesh(), color, mould_from_part=mould_from_part))
    return parts


def _hole_depth_mm(layout: Layout) -> float:
    return layout.floor_z_mm - layout.letter_depth_mm - ROOF_MM


def _peg_places(outline: BaseGeometry) -> list[BaseGeometry]:
    from shapely import Point

    x_low, y_low, x_high, y_high = outline.bounds
    middle, inset = (x_low + x_high) / 2, PEG_MM
    return [Point(middle, y_low + inset), Point(middle, y_high - inset)]
