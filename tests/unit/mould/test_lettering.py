from __future__ import annotations

import pytest
from shapely import Point

from mouldgen.mould.lettering import text_outline, text_width_mm


def test_capitals_have_the_height_that_was_asked_for():
    _, low, _, high = text_outline("H", 6.0).bounds
    assert (low, high) == pytest.approx((0.0, 6.0))


def test_letters_are_the_right_way_round():
    # the stem of an L is on its left, its foot at the bottom
    low_x, low_y, high_x, high_y = text_outline("L", 6.0).bounds
    outline = text_outline("L", 6.0)
    assert outline.contains(Point(low_x + 0.5, high_y - 0.5))
    assert outline.contains(Point(high_x - 0.5, low_y + 0.5))
    assert not outline.contains(Point(high_x - 0.5, high_y - 0.5))


def test_counters_of_letters_stay_open():
    outline = text_outline("O", 6.0)
    assert not outline.contains(outline.envelope.centroid)


def test_strokes_are_wide_enough_for_a_nozzle():
    assert not text_outline("I", 5.0).buffer(-0.4).is_empty


@pytest.mark.parametrize("text", ["1", "27", "case-0a1b", "A*", "BASE P*"])
def test_a_text_is_as_wide_as_its_advance(text):
    low_x, _, high_x, _ = text_outline(text, 6.0).bounds
    assert high_x - low_x <= text_width_mm(text, 6.0)
    assert high_x - low_x > 0.6 * text_width_mm(text, 6.0)
