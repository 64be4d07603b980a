"""Where slot and cavity run almost side by side, no edge thinner than a printed wall is left between them."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import Polygon, box

from mouldgen.mould.slots import blade_slots
from mouldgen.mould.thin_edges import thin_edges
from mouldgen.solids import Solid, union

TOP_MM = 85.0


def cavity_at(angle_deg):
    """Return a cavity, open upwards, with a side that meets the face of the slot at x = 40 at an angle."""
    reach = 50.0 if angle_deg < 20 else 20.0
    lean = reach * np.tan(np.radians(angle_deg))
    plan = Polygon([(-30, -reach), (39.4 - lean, -reach), (39.4 + lean, reach), (-30, reach)])
    return Solid.extruded(plan, 20.0, TOP_MM, "cavity")


def walls(layout, cavity, edges=()):
    """Return the plastic in plan, halfway up, around the cavity and the slots."""
    block = Solid.box((-100, -60, 0), (100, 60, 80), "block").minus(blade_slots(layout))
    if edges:
        block = block.minus(union(edges, "edges"))
    return block.minus(cavity).section(50.0)


def thin_mm2(plan):
    """Return the area of what is thinner than 0.8 mm, corners aside."""
    thick = plan.buffer(-0.4, join_style="mitre").buffer(0.4, join_style="mitre")
    return plan.difference(thick.buffer(0.01)).area


@pytest.mark.parametrize("angle_deg", [2.0, 5.0, 10.0])
def test_an_edge_at_a_small_angle_is_cut_away(long_layout, angle_deg):
    cavity = cavity_at(angle_deg)
    edges = thin_edges(cavity, long_layout)
    assert thin_mm2(walls(long_layout, cavity)) > 0.5
    assert thin_mm2(walls(long_layout, cavity, edges)) < 0.1


def test_no_more_is_cut_away_than_a_strip_as_wide_as_a_printed_wall(long_layout):
    cavity = cavity_at(5.0)
    before, after = (walls(long_layout, cavity, edges) for edges in ((), thin_edges(cavity, long_layout)))
    gone = before.difference(after)
    assert gone.area > 1.0
    assert gone.difference(box(38.2, -60, 41.8, 60)).area < 0.01


@pytest.mark.parametrize("angle_deg", [30.0, 60.0])
def test_steeper_edges_stay(long_layout, angle_deg):
    assert thin_edges(cavity_at(angle_deg), long_layout) == []


def test_what_is_cut_away_is_open_upwards(long_layout):
    """A hollow that leans, so that the edge is lower in front: plastic over it would hang in the air."""
    points = [(x, y, z) for y, z, x in ((-50, 20, 37), (50, 45, 37), (-50, 20, 39), (50, 45, 41.5))]
    upper = [(x, y, TOP_MM) for x, y, _ in points]
    ends = [(-30, -50, 20), (-30, 50, 45), (-30, -50, TOP_MM), (-30, 50, TOP_MM)]
    cavity = Solid.convex([*points, *upper, *ends], "cavity")
    edges = thin_edges(cavity, long_layout)
    assert edges
    for edge in edges:
        shadow = edge.section(edge.bounds_mm[0, 2] + 0.01)
        for z in np.linspace(edge.bounds_mm[0, 2] + 0.5, TOP_MM - 0.1, 8):
            section = edge.section(float(z))
            assert shadow.difference(section.buffer(1e-3)).area < 1e-2
            shadow = section
