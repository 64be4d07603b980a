"""Where base and lid are parted: the lid above the seams of the base if possible, else in slots."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mouldgen.mould.layout import Texts
from mouldgen.mould.seam_choice import choose_lid_seams, choose_seams
from mouldgen.mould.seams import Seam

BED_MM, MARGIN_MM = (250.0, 210.0, 200.0), 5.0


def seams_of(layout, seams=(), size_mm=(300.0, 150.0, 60.0), bed_mm=BED_MM):
    return choose_lid_seams(layout, seams, size_mm, bed_mm, MARGIN_MM)


def lengths(layout, at):
    return [high - low for low, high in pairwise([layout.body_x_mm[0], *at, layout.body_x_mm[1]])]


def test_it_is_parted_above_the_seam_of_the_base(long_layout):
    assert seams_of(long_layout, (Seam(0, 60.0), Seam(1, 8.0))) == (60.0,)


def test_a_base_that_is_parted_across_y_alone_leaves_the_choice_of_slots(long_layout):
    (at,) = seams_of(long_layout, (Seam(1, 8.0),))
    assert at in long_layout.slot_x_mm
    assert max(lengths(long_layout, (at,))) <= 240.0


@pytest.mark.parametrize("seam", [58.0, 62.5])
def test_a_seam_that_would_leave_a_thin_finger_is_not_followed_and_no_dowel_stands_on_it(long_layout, seam):
    (at,) = seams_of(long_layout, (Seam(0, seam),))
    assert at in long_layout.slot_x_mm
    assert abs(at - seam) >= 12.0


def test_a_seam_through_the_middle_of_a_finger_is_followed(long_layout):
    assert seams_of(long_layout, (Seam(0, 50.0),)) == (50.0,)


def test_a_seam_of_the_base_that_leaves_a_piece_too_large_or_too_short_is_not_followed(long_layout):
    (at,) = seams_of(long_layout, (Seam(0, 120.0),))
    assert at in long_layout.slot_x_mm
    assert min(lengths(long_layout, (at,))) >= 40.0
    assert max(lengths(long_layout, (at,))) <= 240.0


def test_a_lid_too_deep_or_too_high_is_not_parted(long_layout):
    assert seams_of(long_layout, size_mm=(300.0, 245.0, 60.0)) is None
    assert seams_of(long_layout, size_mm=(300.0, 150.0, 201.0)) is None


def test_a_deep_lid_is_turned(long_layout):
    at = seams_of(long_layout, size_mm=(300.0, 235.0, 60.0))
    assert at is not None
    assert max(lengths(long_layout, at)) <= 200.0


def test_a_base_is_parted_clear_of_the_edges_of_score_slot_and_end_posts(long_layout):
    """A seam beside an edge would leave a fin as high as the post, too thin to be printed."""
    texts = Texts((), "L", "R", "A", "P", ("case",))
    half = long_layout.slot_width_mm / 2
    for depth_mm in np.arange(95.0, 175.0, 2.5):
        bed_mm = (350.0, depth_mm + 2 * MARGIN_MM, 200.0)
        size_mm = (330.0, 190.0, 85.0)
        for seam in choose_seams(long_layout, texts, size_mm, bed_mm, MARGIN_MM) or ():
            if seam.axis == 1:
                assert abs(abs(seam.at_mm) - half) >= 2.0
                assert abs(abs(seam.at_mm) - 7.0 - half) >= 2.0
