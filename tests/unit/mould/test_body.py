"""The plastic around a cavity, in plan: no slot leaves a wall of base or lid too thin to be printed."""

from __future__ import annotations

import pytest
from shapely import Polygon, box

from mouldgen.mould.body import upper_body
from mouldgen.mould.lid import lid_spans, solid_lid
from mouldgen.params import DesignParameters


@pytest.fixture
def bent_cavity():
    """Return a cavity whose wall runs along the slot at x = 40, and leaves it 0.6 mm of plastic there."""
    half = 0.6
    side = 40.0 + half + 0.6 - 4.0  # the wall is 4 mm thick
    return Polygon([(-100, -50), (side, -50), (side, 50), (-100, 50)])


def test_a_slot_along_a_wall_leaves_no_fin_of_it(long_layout, bent_cavity):
    from shapely import MultiPolygon

    body = upper_body(long_layout, MultiPolygon([bent_cavity]))
    plan = body.section(long_layout.rim_z_mm - 1.0)
    beside_slot = box(40.6, -40.0, 42.0, -10.0)
    assert plan.intersection(beside_slot).area < 0.01
    on_the_other_side = box(38.0, -40.0, 39.4, -10.0)
    assert plan.intersection(on_the_other_side).area == pytest.approx(on_the_other_side.area, rel=1e-3)


def test_a_slot_along_the_plug_of_a_lid_leaves_no_fin_of_it(long_layout, bent_cavity):
    from shapely import MultiPolygon

    spans = lid_spans(long_layout, ())
    lid = solid_lid(long_layout, MultiPolygon([bent_cavity]), None, spans, DesignParameters())
    plug = lid.section((long_layout.rim_z_mm + long_layout.guide_z_mm) / 2)
    assert plug.intersection(box(40.6, -40.0, 42.0, -10.0)).area < 0.01
    assert plug.intersection(box(38.0, -40.0, 39.4, -10.0)).area > 40.0


def test_a_slot_across_a_wall_takes_nothing_more(long_layout):
    from shapely import MultiPolygon

    cavity = box(-130, -50, 130, 50)
    body = upper_body(long_layout, MultiPolygon([cavity]))
    plan = body.section(long_layout.rim_z_mm - 1.0)
    whole = cavity.buffer(long_layout.wall_mm, quad_segs=8)
    assert whole.difference(plan).area == pytest.approx(0.0, abs=0.5)
