"""The plastic before anything is cut out: walls, blade guides, end posts, baseplate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.mould.layout import GUIDE_OVERLAP_MM, Layout
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["baseplate", "upper_body"]

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
    foot = layout.floor_z_mm - FOOT_MM
    solids = [Solid.extruded(wall, foot, layout.rim_z_mm, "walls")]
    (x_low, x_high), (y_low, y_high) = layout.body_x_mm, layout.guide_y_mm
    inner_low, inner_high = layout.y_mm[0] + GUIDE_OVERLAP_MM, layout.y_mm[1] - GUIDE_OVERLAP_MM
    top = layout.guide_z_mm
    solids.append(Solid.box((x_low, y_low, foot), (x_high, inner_low, top), "front guide"))
    solids.append(Solid.box((x_low, inner_high, foot), (x_high, y_high, top), "back guide"))
    half = POST_HALF_WIDTH_MM + layout.slot_width_mm / 2
    for outer, inner in (
        (layout.post_x_mm[0], layout.x_mm[0] + GUIDE_OVERLAP_MM / 2),
        (layout.post_x_mm[1], layout.x_mm[1] - GUIDE_OVERLAP_MM / 2),
    ):
        low, high = min(outer, inner), max(outer, inner)
        solids.append(Solid.box((low, -half, foot), (high, half, top), "end post"))
    return union(solids, "upper body")


def baseplate(layout: Layout) -> Solid:
    """Return the plate that everything stands on, with rounded corners."""
    from shapely import box

    (x_low, x_high), (y_low, y_high) = layout.plate_x_mm, layout.plate_y_mm
    corner = min(PLATE_CORNER_MM, (x_high - x_low) / 4, (y_high - y_low) / 4)
    inner = box(x_low + corner, y_low + corner, x_high - corner, y_high - corner)
    return Solid.extruded(inner.buffer(corner, quad_segs=8), 0.0, layout.floor_z_mm, "baseplate")
