"""The slot coupon: a comb with slots of several widths, to try the blade in before the mould is printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mouldgen.mould.engravings import Engraving
from mouldgen.mould.layout import MARGIN_MM, Layout
from mouldgen.mould.lettering import centered_text, text_width_mm
from mouldgen.mould.marks import on_plate
from mouldgen.params import DesignParameters
from mouldgen.solids import Solid, compose, union

__all__ = ["CouponPlan", "plan_coupon", "slot_coupon"]

_OFFSETS_MM = tuple(np.round(np.arange(-0.2, 0.65, 0.1), 1).tolist())
_NARROWEST_MM = 0.2
_FINGER_MM = 6.0
_LABEL_GAP_MM = 3.0
_CORNER_MM = 2.0
_BEYOND_MM = 2.0
_BAR_MM = 1.0
_SINK_MM = 1.0


@dataclass(frozen=True)
class CouponPlan:
    """Where the slots of a coupon are, from its left edge at x = 0.

    Parameters
    ----------
    widths_mm
        Of the slots, rising.
    chosen_mm
        The mould's own.
    middles_mm
        Of the slots along X.
    length_mm
        Of the comb.
    """

    widths_mm: tuple[float, ...]
    chosen_mm: float
    middles_mm: tuple[float, ...]
    length_mm: float


def plan_coupon(slot_width_mm: float, letter_mm: float) -> CouponPlan:
    """Return the slots from 0.2 mm below to 0.6 mm above a width, in steps of 0.1 mm."""
    widths = tuple(round(slot_width_mm + offset, 3) for offset in _OFFSETS_MM)
    widths = tuple(width for width in widths if width >= _NARROWEST_MM)
    # two rows of labels: every second one stands in the same row
    longest = max(text_width_mm(_label(width), letter_mm) for width in widths)
    finger = max(_FINGER_MM, (longest + _LABEL_GAP_MM) / 2 - widths[0])
    left = _FINGER_MM + finger
    middles = []
    for width in widths:
        middles.append(left + width / 2)
        left += width + finger
    return CouponPlan(widths, slot_width_mm, tuple(middles), left + _FINGER_MM)


def slot_coupon(layout: Layout, parameters: DesignParameters) -> tuple[Solid, tuple[Engraving, ...]]:
    """Return the coupon, standing on z = 0 with its lower left corner at the origin, and its texts.

    The comb is as deep as the mould's guides, and as high up to `extras.coupon_mm`. Widths are engraved
    in front of the slots; a bar marks the width that the mould has.
    """
    plan = plan_coupon(layout.slot_width_mm, layout.letter_mm)
    letter, plate = layout.letter_mm, layout.floor_z_mm
    pitch = letter + MARGIN_MM + _BAR_MM + 1.0
    front = 2 * pitch + MARGIN_MM
    guide = layout.guide_depth_mm[0]
    depth = front + guide + MARGIN_MM
    height = min(layout.guide_z_mm - plate, parameters.extras.coupon_mm)
    comb = Solid.box(
        (_FINGER_MM, front, plate - _SINK_MM),
        (plan.length_mm - _FINGER_MM, front + guide, plate + height),
        "comb",
    )
    slots = compose(
        [
            Solid.box(
                (x - w / 2, front - _BEYOND_MM, -_BEYOND_MM),
                (x + w / 2, depth + _BEYOND_MM, plate + height + _BEYOND_MM),
                "slot",
            )
            for x, w in zip(plan.middles_mm, plan.widths_mm, strict=True)
        ],
        "slots",
    )
    whole = comb.minus(slots).plus(_plate(plan.length_mm, depth, plate), "slot coupon")
    engraved = tuple(_labels(plan, layout, front, pitch))
    marks = union([_bar(plan, layout, front, pitch), *(text.cutter() for text in engraved)], "widths")
    return whole.minus(marks).in_one_piece(), engraved


def _plate(length_mm: float, depth_mm: float, thickness_mm: float) -> Solid:
    from shapely import box

    inner = box(_CORNER_MM, _CORNER_MM, length_mm - _CORNER_MM, depth_mm - _CORNER_MM)
    return Solid.extruded(inner.buffer(_CORNER_MM, quad_segs=8), 0.0, thickness_mm, "plate")


def _labels(plan: CouponPlan, layout: Layout, front_mm: float, pitch_mm: float) -> Iterator[Engraving]:
    """Yield the widths, in two rows."""
    letter = layout.letter_mm
    for n, (x, width) in enumerate(zip(plan.middles_mm, plan.widths_mm, strict=True)):
        text = _label(width)
        yield on_plate(text, centered_text(text, x, _foot_mm(n, letter, front_mm, pitch_mm), letter), layout)


def _bar(plan: CouponPlan, layout: Layout, front_mm: float, pitch_mm: float) -> Solid:
    """Return the bar below the width of the mould."""
    n = plan.widths_mm.index(plan.chosen_mm)
    x, y = plan.middles_mm[n], _foot_mm(n, layout.letter_mm, front_mm, pitch_mm)
    half, top = text_width_mm(_label(plan.chosen_mm), layout.letter_mm) / 2, layout.floor_z_mm
    low = (x - half, y - 1.0 - _BAR_MM, top - layout.letter_depth_mm)
    return Solid.box(low, (x + half, y - 1.0, top + 1.0), "bar")


def _foot_mm(number: int, letter_mm: float, front_mm: float, pitch_mm: float) -> float:
    """Return where a label stands along Y: every second one in the same row."""
    return front_mm - letter_mm - MARGIN_MM - (number % 2) * pitch_mm


def _label(width_mm: float) -> str:
    return f"{width_mm:.1f}" if abs(width_mm - round(width_mm, 1)) < 1e-6 else f"{width_mm:.2f}"
