from __future__ import annotations

import numpy as np
import pytest

from mouldgen.frames import VoxelGrid
from mouldgen.mould.cavity import (
    RimRules,
    build_cavity,
    choose_rim,
    opened,
    shadow,
    sweep_upward,
)
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.surface import DistanceField, iso_surface

RADIUS = 12.0
RULES = RimRules(rim_share=0.7, lowest_share=0.2, void_limit_percent=100.0)


def ball(spacing=0.5, radius=RADIUS):
    count = int(2 * (radius + 4) / spacing) + 1
    grid = VoxelGrid.axis_aligned([count] * 3, [spacing] * 3, [-(radius + 4)] * 3)
    points = grid.to_points(np.moveaxis(np.indices(grid.shape), 0, -1))
    values = (np.linalg.norm(points, axis=-1) - radius).astype(np.float32)
    return DistanceField(values, grid, reach_mm=3.0, enclosed_mm3=4 / 3 * np.pi * radius**3)


def test_the_cavity_of_a_ball_is_a_half_ball_and_a_cylinder():
    clearance, top = 0.5, 30.0
    open_top = opened(sweep_upward(ball()), rim_z_mm=0.0, chamfer_mm=0.0)
    cavity = build_cavity(open_top, level_mm=clearance, top_z_mm=top, tolerance_mm=0.0)
    radius = RADIUS + clearance
    expected = 2 / 3 * np.pi * radius**3 + np.pi * radius**2 * top
    assert cavity.volume_mm3 == pytest.approx(expected, rel=2e-3)


def test_a_top_within_the_grid_is_drawn_above_it():
    """Guides may be lower than the grid, whose walls would else stand above the top that closes them."""
    open_top = opened(sweep_upward(ball()), rim_z_mm=0.0, chamfer_mm=0.0)
    cavity = build_cavity(open_top, level_mm=0.5, top_z_mm=RADIUS + 1.0, tolerance_mm=0.0)
    radius, top = RADIUS + 0.5, float(cavity.bounds_mm[1, 2])
    assert top > RADIUS + 4.0
    expected = 2 / 3 * np.pi * radius**3 + np.pi * radius**2 * top
    assert cavity.volume_mm3 == pytest.approx(expected, rel=2e-3)


def test_the_void_of_a_ball_follows_the_formula():
    field = ball(0.25)
    rim = choose_rim(field, sweep_upward(field), 0.0, RULES)
    h = rim.z_mm
    specimen = 2 / 3 * np.pi * RADIUS**3 + np.pi * (RADIUS**2 * h - h**3 / 3)
    cavity = 2 / 3 * np.pi * RADIUS**3 + np.pi * RADIUS**2 * h
    assert rim.void_percent == pytest.approx(100 * (cavity / specimen - 1), abs=0.3)
    assert rim.share == pytest.approx(0.7, abs=0.02)


def test_the_rim_is_lowered_until_the_void_is_small():
    field = ball()
    rim = choose_rim(field, sweep_upward(field), 0.0, RimRules(1.0, 0.2, 2.0))
    assert rim.void_percent <= 2.0
    assert rim.share < 1.0


def test_the_shadow_below_the_widest_point_is_the_section_there():
    swept = sweep_upward(ball())
    at = shadow(swept, -6.0, 0.0)
    assert at.area == pytest.approx(np.pi * (RADIUS**2 - 36), rel=0.01)
    assert shadow(swept, None, 0.0).area == pytest.approx(np.pi * RADIUS**2, rel=0.01)


def test_the_chamfer_opens_only_towards_the_rim():
    swept = sweep_upward(ball())
    open_top = opened(swept, rim_z_mm=5.0, chamfer_mm=1.0)
    assert shadow(open_top, 3.0, 0.0).area == pytest.approx(shadow(swept, 3.0, 0.0).area)
    assert shadow(open_top, 5.0, 0.0).area == pytest.approx(np.pi * (RADIUS + 1) ** 2, rel=0.01)


@pytest.mark.parametrize("scale", [(0.9, 0.9, 0.9), (1.0, 0.9, 1.1)])
def test_distances_of_a_stretched_specimen_are_true_near_its_surface(scale):
    mesh = iso_surface(ball().values_mm, ball().grid, 0.0)
    field = LyingSpecimen(ball(), mesh, 0.0).scaled(scale).field
    axes = np.array(scale) * RADIUS
    center = np.array([0, 0, -RADIUS + axes[2]])
    for axis in range(3):
        point = center.copy()
        point[axis] += axes[axis] + 0.5
        index = np.round(field.grid.to_indices(point)).astype(int)
        there = field.grid.to_points(index)
        height = abs(there[axis] - center[axis]) - axes[axis]
        assert field.values_mm[tuple(index)] == pytest.approx(height, abs=0.06)
