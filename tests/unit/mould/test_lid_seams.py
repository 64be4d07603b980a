"""Where a lid is parted: above the base's seams if possible, else in slots, its dowels clear of seams."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mouldgen.mould.layout import Layout
from mouldgen.mould.seam_choice import choose_lid_seams
from mouldgen.mould.seams import Seam

BED_MM, MARGIN_MM = (250.0, 210.0, 200.0), 5.0


@pytest.fixture(scope="module")
def layout():
    """Return a layout with a body 300 mm long, and slots every 20 mm."""
    slots = tuple(float(x) for x in range(-140, 141, 20))
    return Layout(
        floor_z_mm=4.0,
        rim_z_mm=40.0,
        guide_z_mm=80.0,
        score_z_mm=70.0,
        x_mm=(-146.0, 146.0),
        y_mm=(-60.0, 60.0),
        wall_mm=4.0,
        guide_depth_mm=(8.0, 8.0),
        post_mm=8.0,
        tie_mm=8.0,
        roof_mm=5.0,
        corner_mm=1.0,
        slot_x_mm=slots,
        slot_width_mm=1.2,
        mouth_mm=1.0,
        number_x_mm=(),
        letter_mm=5.0,
        letter_depth_mm=0.8,
        number_rows=1,
        plate_x_mm=(-165.0, 165.0),
        plate_y_mm=(-90.0, 100.0),
    )


def seams_of(layout, seams=(), size_mm=(300.0, 150.0, 60.0), bed_mm=BED_MM):
    return choose_lid_seams(layout, seams, size_mm, bed_mm, MARGIN_MM)


def lengths(layout, at):
    return [high - low for low, high in pairwise([layout.body_x_mm[0], *at, layout.body_x_mm[1]])]


def test_it_is_parted_above_the_seam_of_the_base(layout):
    assert seams_of(layout, (Seam(0, 60.0), Seam(1, 8.0))) == (60.0,)


def test_a_base_that_is_parted_across_y_alone_leaves_the_choice_of_slots(layout):
    (at,) = seams_of(layout, (Seam(1, 8.0),))
    assert at in layout.slot_x_mm
    assert max(lengths(layout, (at,))) <= 240.0


@pytest.mark.parametrize("seam", [58.0, 62.5])
def test_a_seam_that_would_leave_a_thin_finger_is_not_followed_and_no_dowel_stands_on_it(layout, seam):
    (at,) = seams_of(layout, (Seam(0, seam),))
    assert at in layout.slot_x_mm
    assert abs(at - seam) >= 12.0


def test_a_seam_through_the_middle_of_a_finger_is_followed(layout):
    assert seams_of(layout, (Seam(0, 50.0),)) == (50.0,)


def test_a_seam_of_the_base_that_leaves_a_piece_too_large_or_too_short_is_not_followed(layout):
    (at,) = seams_of(layout, (Seam(0, 120.0),))
    assert at in layout.slot_x_mm
    assert min(lengths(layout, (at,))) >= 40.0
    assert max(lengths(layout, (at,))) <= 240.0


def test_a_lid_too_deep_or_too_high_is_not_parted(layout):
    assert seams_of(layout, size_mm=(300.0, 245.0, 60.0)) is None
    assert seams_of(layout, size_mm=(300.0, 150.0, 201.0)) is None


def test_a_deep_lid_is_turned(layout):
    at = seams_of(layout, size_mm=(300.0, 235.0, 60.0))
    assert at is not None
    assert max(lengths(layout, at)) <= 200.0
