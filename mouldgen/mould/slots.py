"""What the blade needs: a slot at every cut, and the score slot along the middle, both with wide mouths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.mould.layout import Layout
from mouldgen.solids import Solid, compose

if TYPE_CHECKING:
    from shapely import Polygon

__all__ = ["blade_slots", "score_slot"]

BEYOND_MM = 2.0
"""Cutters reach this far out of the plastic, so that no faces coincide."""


def blade_slots(layout: Layout, *, top_z_mm: float | None = None) -> Solid | None:
    """Return one prism per cut, through walls and guides along the whole blade; None without cuts.

    They reach below the upper body; the baseplate is joined to it afterwards and stays whole. In front they
    are open, at the back too unless the fingers are tied there.

    Parameters
    ----------
    layout
        Slots, guides and tie.
    top_z_mm
        Where they widen to their mouths: the top of the guides if left out.
    """
    if not layout.slot_x_mm:
        return None
    y_low, y_high = layout.guide_y_mm[0] - BEYOND_MM, layout.guide_y_mm[1]
    y_high += 0.0 if layout.tie_mm else BEYOND_MM
    top = layout.guide_z_mm if top_z_mm is None else top_z_mm
    profiles = (_profile(x, -BEYOND_MM, top, layout) for x in layout.slot_x_mm)
    slots = [Solid.extruded_along("y", profile, y_low, y_high, "slot") for profile in profiles]
    return compose(slots, "slots")


def score_slot(layout: Layout) -> Solid:
    """Return the slot along X at y = 0 that stops short of the specimen's top."""
    x_low, x_high = layout.post_x_mm
    profile = _profile(0.0, layout.score_z_mm, layout.guide_z_mm, layout)
    return Solid.extruded_along("x", profile, x_low - BEYOND_MM, x_high + BEYOND_MM, "score slot")


def _profile(middle_mm: float, low_z_mm: float, top_z_mm: float, layout: Layout) -> Polygon:
    """Return the outline of a slot seen along the blade: its mouth opens at 45 degrees."""
    from shapely import Polygon

    half = layout.slot_width_mm / 2
    mouth = max(0.0, min(layout.mouth_mm, top_z_mm - low_z_mm - 0.1))
    right = [(half, low_z_mm), (half + mouth, top_z_mm + BEYOND_MM)]
    if mouth > 0:
        right[1:1] = [(half, top_z_mm - mouth), (half + mouth, top_z_mm)]
    left = [(-x, z) for x, z in reversed(right)]
    return Polygon([(middle_mm + x, z) for x, z in (*right, *left)])
