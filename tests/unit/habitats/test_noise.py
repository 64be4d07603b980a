"""The noise of an image is found to 10 %, whatever else is in it."""

import numpy as np
import pytest

from mouldgen.frames import VoxelGrid
from mouldgen.habitats.noise import noise_within
from mouldgen.testing.scalar_images import ball_labels, noise_image, values_at

RADIUS_MM = 14.0


def structures(points):
    """A bright rim, a dark core, and a bias field."""
    distance = np.linalg.norm(points, axis=-1)
    return np.where(distance > 9, 220.0, np.where(distance < 4, 20.0, 100.0)) + 3.0 * points[..., 0]


@pytest.mark.parametrize("spacing", [(0.8, 0.8, 3.3), (1.0, 1.0, 1.0), (3.0, 0.7, 0.7)])
@pytest.mark.parametrize("sigma", [0.01, 6.0])
@pytest.mark.parametrize("has_structures", [False, True])
def test_white_noise_is_found(spacing, sigma, has_structures):
    tissue = ball_labels((0, 0, 0), RADIUS_MM, spacing)
    values = noise_image(tissue.grid, sigma).voxels
    if has_structures:
        values = values + np.float32(sigma / 6.0) * values_at(structures, tissue.grid).astype(np.float32)
    assert noise_within(values, tissue.grid, tissue.voxels > 0) == pytest.approx(sigma, rel=0.1)


def test_noise_outside_the_tumour_does_not_count():
    tissue = ball_labels((0, 0, 0), RADIUS_MM)
    inside = tissue.voxels > 0
    values = noise_image(tissue.grid, 1.0).voxels * np.where(inside, 2.0, 50.0).astype(np.float32)
    assert noise_within(values, tissue.grid, inside) == pytest.approx(2.0, rel=0.15)


def test_a_tumour_of_few_voxels_is_judged_by_its_surroundings():
    tissue = ball_labels((0, 0, 0), RADIUS_MM)
    inside = np.zeros(tissue.grid.shape, bool)
    inside[14:17, 14:17, 14:17] = True
    values = noise_image(tissue.grid, 3.0).voxels
    assert noise_within(values, tissue.grid, inside) == pytest.approx(3.0, rel=0.1)


def test_voxels_without_a_value_are_left_out():
    tissue = ball_labels((0, 0, 0), RADIUS_MM)
    values = noise_image(tissue.grid, 3.0).voxels.copy()
    values[: values.shape[0] // 2] = np.nan
    assert noise_within(values, tissue.grid, tissue.voxels > 0) == pytest.approx(3.0, rel=0.1)


def test_a_ramp_has_no_noise():
    grid = VoxelGrid.axis_aligned((20, 20, 20), (1, 1, 1), (0, 0, 0))
    ramp = values_at(lambda p: p @ np.array([8.0, 4.0, 2.0]), grid).astype(np.float32)
    assert noise_within(ramp, grid, np.ones(grid.shape, bool)) == 0


def test_of_an_image_that_is_too_thin_nothing_is_known():
    grid = VoxelGrid.axis_aligned((2, 20, 20), (1, 1, 1), (0, 0, 0))
    assert noise_within(noise_image(grid, 3.0).voxels, grid, np.ones(grid.shape, bool)) == 0
