"""The plastic before anything is cut out: walls, blade guides, tie, dowels, end posts, baseplate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.mould.layout import GUIDE_OVERLAP_MM, Layout
from mouldgen.mould.thin_tails import thin_tails
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import MultiPolygon, Polygon

__all__ = ["baseplate", "guide_outlines", "plate_outline", "post_outlines", "upper_body"]

PLATE_CORNER_MM = 4.0
POST_HALF_WIDTH_MM = 7.0
FOOT_MM = 1.0
"""The upper body reaches this far into the baseplate, so that no faces coincide when they are joined."""


def upper_body(layout: Layout, rim_shadow: MultiPolygon) -> Solid:
    """Return walls around the cavity, guides on both sides, and posts for the score slot.

    Parameters
    ----------
    layout
        Heights and edges.
    rim_shadow
        Outline of the cavity at the rim.
    """
    wall = rim_shadow.buffer(layout.wall_mm, quad_segs=8).simplify(0.02)
    wall = wall.difference(thin_tails(wall, layout))
    foot, top = layout.floor_z_mm - FOOT_MM, layout.guide_z_mm
    solids = [Solid.extruded(wall, foot, layout.rim_z_mm, "walls")]
    solids += [Solid.extruded(outline, foot, top, "guide") for outline in guide_outlines(layout)]
    solids += [Solid.extruded(outline, foot, top, "end post") for outline in post_outlines(layout)]
    return union(solids, "upper body")


def guide_outlines(layout: Layout) -> tuple[Polygon, Polygon]:
    """Return the front guide, and the back guide with its tie, in plan."""
    from shapely import box

    x_low, x_high = layout.body_x_mm
    inner_low, inner_high = layout.y_mm[0] + GUIDE_OVERLAP_MM, layout.y_mm[1] - GUIDE_OVERLAP_MM
    front = box(x_low, layout.guide_y_mm[0], x_high, inner_low)
    back = box(x_low, inner_high, x_high, layout.back_y_mm)
    half = (inner_low - layout.guide_y_mm[0]) / 2
    return (
        _rounded(front, box(x_low, inner_low - half, x_high, inner_low), layout.corner_mm),
        _rounded(back, box(x_low, inner_high, x_high, inner_high + half), layout.corner_mm),
    )


def post_outlines(layout: Layout) -> tuple[Polygon, Polygon]:
    """Return the end posts at -X and at +X, in plan."""
    from shapely import box

    half = POST_HALF_WIDTH_MM + layout.slot_width_mm / 2
    overlap = GUIDE_OVERLAP_MM / 2
    left = box(layout.post_x_mm[0], -half, layout.x_mm[0] + overlap, half)
    right = box(layout.x_mm[1] - overlap, -half, layout.post_x_mm[1], half)
    return (
        _rounded(left, box(layout.x_mm[0] - 1.0, -half, layout.x_mm[0] + overlap, half), layout.corner_mm),
        _rounded(right, box(layout.x_mm[1] - overlap, -half, layout.x_mm[1] + 1.0, half), layout.corner_mm),
    )


def baseplate(layout: Layout) -> Solid:
    """Return the plate that everything stands on, with rounded corners."""
    return Solid.extruded(plate_outline(layout), 0.0, layout.floor_z_mm, "baseplate")


def plate_outline(layout: Layout) -> Polygon:
    """Return the baseplate in plan."""
    from shapely import box

    (x_low, x_high), (y_low, y_high) = layout.plate_x_mm, layout.plate_y_mm
    corner = min(PLATE_CORNER_MM, (x_high - x_low) / 4, (y_high - y_low) / 4)
    inner = box(x_low + corner, y_low + corner, x_high - corner, y_high - corner)
    return inner.buffer(corner, quad_segs=8)


def _rounded(outline: Polygon, kept: Polygon, radius_mm: float) -> Polygon:
    """Return a box with round corners, except where it must stay whole."""
    if radius_mm <= 0:
        return outline
    return outline.buffer(-radius_mm).buffer(radius_mm, quad_segs=12).union(kept)
