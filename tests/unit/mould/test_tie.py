"""The tie joins the fingers where no blade comes; mouths lead the blade in; upright edges are round."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import box

THIN = {"cuts": {"slab_mm": 4.0}}


def test_fingers_are_free_at_the_back_without_it_and_joined_with_it(fitted, body, section):
    free, tied = fitted(**THIN), fitted(**THIN, guides={"tie": True})
    for design, count in ((free, len(free.mould.slot_x_mm) + 1), (tied, 1)):
        behind = box(-200, design.mould.slot_y_mm[1] - 4.0, 200, 200)
        plastic = section(body(design, "base"), design.mould.guide_z_mm - 3.0).intersection(behind)
        assert len(getattr(plastic, "geoms", [plastic])) == count


def test_it_is_outside_the_way_of_the_blade(fitted, body):
    """From above and from the front, to 8 mm behind the specimen, no plastic is in any slot."""
    design = fitted(**THIN, guides={"tie": True}, mould={"guide_depth_mm": 4.0})
    base, mould = body(design, "base"), design.mould
    behind_specimen = body(design, "specimen").bounds[1, 1] + 8.0
    assert mould.is_tied
    assert mould.slot_y_mm[1] >= behind_specimen
    y = np.linspace(base.bounds[0, 1], behind_specimen, 120)
    z = np.linspace(mould.floor_z_mm + 0.1, base.bounds[1, 2] + 5, 40)
    yy, zz = (grid.ravel() for grid in np.meshgrid(y, z))
    for x in mould.slot_x_mm:
        for side in (-0.58, 0.58):
            assert not base.contains(np.column_stack([np.full(yy.size, x + side), yy, zz])).any()


def test_slender_fingers_are_a_warning_until_they_are_tied(fitted):
    def finding(design):
        return next(f for f in design.findings if f.code == "slender_fingers")

    free, tied = finding(fitted(**THIN)), finding(fitted(**THIN, guides={"tie": True}))
    assert (free.severity, tied.severity) == ("warning", "info")
    assert "--tie" in free.message
    assert "tied at the back" in tied.message


def test_stout_fingers_are_no_finding(fitted, found):
    assert "slender_fingers" not in found(fitted())


@pytest.mark.parametrize("mouth_mm", [0.0, 1.0])
def test_mouths_are_wider_than_the_slots_at_the_top_only(fitted, body, section, mouth_mm):
    design = fitted(edges={"slot_mouth_mm": mouth_mm})
    base, mould = body(design, "base"), design.mould
    x, (front, _) = mould.slot_x_mm[1], mould.slot_y_mm
    around = box(x - 3, front + 2, x + 3, front + 3)

    def width(z):
        return (around.area - section(base, z).intersection(around).area) / 1.0

    assert width(mould.guide_z_mm - 0.05) == pytest.approx(mould.slot_width_mm + 2 * mouth_mm, abs=0.12)
    assert width(mould.guide_z_mm - 1.5) == pytest.approx(mould.slot_width_mm, abs=0.01)


def test_mouths_leave_most_of_thin_fingers(fitted, body, section):
    design = fitted(cuts={"slab_mm": 3.0})
    mould = design.mould
    top = section(body(design, "base"), mould.guide_z_mm - 0.02)
    x = (mould.slot_x_mm[3] + mould.slot_x_mm[4]) / 2
    strip = box(x - 1.5, mould.slot_y_mm[0] + 1, x + 1.5, mould.slot_y_mm[0] + 2)
    assert top.intersection(strip).area == pytest.approx(0.7 * (3.0 - mould.slot_width_mm), rel=0.05)


@pytest.mark.parametrize("radius_mm", [0.0, 2.0])
def test_upright_edges_are_round(fitted, body, section, radius_mm):
    """A round corner takes (1 - pi / 4) r^2 of the square's area."""
    design = fitted(edges={"corner_mm": radius_mm})
    plastic = section(body(design, "base"), design.mould.guide_z_mm - 4.0)
    y_low = plastic.bounds[1]
    corner = box(design.mould.slot_x_mm[0] - 30, y_low, design.mould.slot_x_mm[0], y_low + 3)
    guide = plastic.intersection(corner)
    left = guide.bounds[0]
    square = box(left, y_low, left + 3, y_low + 3)
    missing = square.area - plastic.intersection(square).area
    assert missing == pytest.approx((1 - np.pi / 4) * radius_mm**2, abs=0.03)
