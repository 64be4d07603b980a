"""What the blade needs: a slot at every cut, and the score slot along the middle."""

from __future__ import annotations

from mouldgen.mould.layout import Layout
from mouldgen.solids import Solid, compose

__all__ = ["blade_slots", "score_slot"]

BEYOND_MM = 2.0
"""Cutters reach this far out of the plastic, so that no faces coincide."""


def blade_slots(layout: Layout) -> Solid | None:
    """Return one box per cut, through walls and guides along the whole blade; None without cuts.

    They reach below the upper body; the baseplate is joined to it afterwards and stays whole.
    """
    if not layout.slot_x_mm:
        return None
    half = layout.slot_width_mm / 2
    y_low, y_high = layout.guide_y_mm[0] - BEYOND_MM, layout.guide_y_mm[1] + BEYOND_MM
    low_z, high_z = -BEYOND_MM, layout.guide_z_mm + BEYOND_MM
    boxes = [
        Solid.box((x - half, y_low, low_z), (x + half, y_high, high_z), "slot") for x in layout.slot_x_mm
    ]
    return compose(boxes, "slots")


def score_slot(layout: Layout) -> Solid:
    """Return the slot along X at y = 0 that stops short of the specimen's top."""
    half = layout.slot_width_mm / 2
    x_low, x_high = layout.post_x_mm
    return Solid.box(
        (x_low - BEYOND_MM, -half, layout.score_z_mm),
        (x_high + BEYOND_MM, half, layout.guide_z_mm + BEYOND_MM),
        "score slot",
    )
