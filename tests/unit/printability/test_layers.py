from __future__ import annotations

import numpy as np
import pytest
from shapely import Point, box

from mouldgen.params import DesignParameters
from mouldgen.printability import estimate
from mouldgen.solids import Solid

PRINTER = DesignParameters().printer


def layers_of(solid, count):
    return estimate.cut_layers(solid.to_mesh(), solid, PRINTER, count)


def heights(top, count):
    return (np.arange(count) + 0.5) * top / count


def test_sections_of_a_stepped_block_have_the_areas_of_its_steps():
    steps = [(0.0, 4.0, 30.0), (3.0, 9.0, 20.0), (8.0, 12.0, 8.0)]
    solid = Solid.extruded(box(0, 0, 30, 30), 0.0, 4.0, "step")
    for low, high, side in steps[1:]:
        solid = solid.plus(Solid.extruded(box(0, 0, side, side), low, high, "step"))
    layers = layers_of(solid, 24)
    z = heights(12.0, 24)
    expected = np.where(z < 4, 30.0, np.where(z < 9, 20.0, 8.0))
    np.testing.assert_allclose(layers.area_mm2, expected**2, rtol=1e-6)
    np.testing.assert_allclose(layers.perimeter_mm, 4 * expected, rtol=1e-6)


def test_sections_above_and_below_a_hollow_differ_from_those_through_it():
    solid = Solid.extruded(box(0, 0, 20, 20), 0.0, 10.0, "block")
    solid = solid.minus(Solid.extruded(box(5, 5, 15, 15), 4.1, 5.2, "hollow"))
    z = heights(10.0, 20)
    np.testing.assert_allclose(
        layers_of(solid, 20).area_mm2, np.where((z > 4.1) & (z < 5.2), 300.0, 400.0), rtol=1e-6
    )


def test_every_section_of_a_cone_is_cut():
    points = [*((x, y, 0.0) for x, y in Point(0, 0).buffer(10.0, quad_segs=8).exterior.coords), (0, 0, 20.0)]
    solid = Solid.convex(points, "cone")
    foot_mm2 = Point(0, 0).buffer(10.0, quad_segs=8).area
    z = heights(20.0, 15)
    np.testing.assert_allclose(layers_of(solid, 15).area_mm2, foot_mm2 * (1 - z / 20) ** 2, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 40])
def test_a_prism_is_cut_once(monkeypatch, count):
    cut = []
    real = estimate._section_row
    monkeypatch.setattr(estimate, "_section_row", lambda *given: cut.append(given) or real(*given))
    layers = layers_of(Solid.extruded(Point(0, 0).buffer(9.0), 0.0, 30.0, "prism"), count)
    assert len(cut) == 1
    assert len(layers.area_mm2) == count
