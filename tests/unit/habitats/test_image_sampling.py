"""Sampling keeps what a grid can hold, where it is, and nothing else."""

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.frames import VoxelGrid
from mouldgen.habitats.image_sampling import nearest_on, part_of_image, sample
from mouldgen.testing.phantoms import covering_grid
from mouldgen.testing.scalar_images import DIRECTIONS, image_of, values_at

CENTER = np.array([-900.0, 40.0, 350.0])
SLOPE = np.array([0.7, -1.3, 0.4])


def ramp(points):
    return (points - CENTER) @ SLOPE + 5.0


def laid(image, target):
    return sample(part_of_image(image.voxels, image.grid, target), target)


@pytest.mark.parametrize("directions", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("spacing", [(0.4, 0.4, 0.4), (0.9, 0.7, 3.3), (2.5, 2.0, 6.0)])
def test_ramps_come_through_exactly_whichever_way_the_image_lies(directions, spacing):
    image = image_of(ramp, covering_grid(CENTER, [18] * 3, spacing, directions=directions))
    target = covering_grid(CENTER, [6] * 3, [1.0] * 3, directions=DIRECTIONS["oblique"].T)
    np.testing.assert_allclose(laid(image, target), values_at(ramp, target), atol=2e-4)


@pytest.mark.parametrize(("wavelength_mm", "least", "most"), [(16.0, 0.93, 1.0), (2.2, 0.0, 0.1)])
def test_waves_are_kept_below_the_new_nyquist_frequency_and_suppressed_above(wavelength_mm, least, most):
    target = VoxelGrid.axis_aligned((16, 16, 16), (2.0, 2.0, 2.0), (8.0, 8.0, 8.0))
    source = VoxelGrid.axis_aligned((96, 96, 96), (0.5, 0.5, 0.5), (0.0, 0.0, 0.0))
    frequency = 2 * np.pi / wavelength_mm
    image = image_of(lambda p: np.cos(frequency * p[..., 0]), source)
    kept = laid(image, target).std() / values_at(lambda p: np.cos(frequency * p[..., 0]), target).std()
    # spectrum of a Gaussian whose variance is (2^2 - 0.5^2) / (8 ln 2)
    expected = np.exp(-(frequency**2) * (4.0 - 0.25) / (8 * np.log(2)) / 2)
    assert kept == pytest.approx(expected, abs=0.01)
    assert least <= kept <= most


def test_only_axes_that_become_coarser_are_smoothed():
    source = VoxelGrid.axis_aligned((40, 40, 20), (0.5, 1.0, 3.0), (0.0, 0.0, 0.0))
    target = VoxelGrid.axis_aligned((10, 10, 10), (1.0, 1.0, 1.0), (5.0, 5.0, 5.0))
    sigma = part_of_image(np.zeros(source.shape, np.float32), source, target).sigma_vox
    np.testing.assert_allclose(sigma, [2 * np.sqrt(0.75 / (8 * np.log(2))), 0, 0])


@pytest.mark.parametrize("directions", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("spacing", [(0.5, 0.5, 0.5), (1.0, 1.0, 2.5), (2.0, 2.0, 2.0)])
def test_a_blob_stays_where_it_is(directions, spacing):
    blob_lps = CENTER + [1.3, -2.4, 0.7]

    def blob(points):
        return np.exp(-((points - blob_lps) ** 2).sum(axis=-1) / (2 * 2.5**2))

    image = image_of(blob, covering_grid(CENTER, [30] * 3, spacing, directions=directions))
    target = covering_grid(CENTER, [13] * 3, [1.0] * 3, directions=DIRECTIONS["oblique"].T)
    weights = laid(image, target).astype(np.float64)
    points = values_at(lambda p: p, target)
    center = (weights[..., None] * points).sum(axis=(0, 1, 2)) / weights.sum()
    np.testing.assert_allclose(center, blob_lps, atol=0.01)


def test_voxels_of_one_lattice_come_through_bit_for_bit_to_the_border():
    source = covering_grid(CENTER, [9, 8, 7], [0.9] * 3, directions=DIRECTIONS["left-handed"])
    voxels = np.random.default_rng(1).normal(size=source.shape).astype(np.float32)
    part = part_of_image(voxels, source, source)
    np.testing.assert_array_equal(sample(part, source), voxels)


def test_what_lies_outside_the_image_has_no_value():
    source = VoxelGrid.axis_aligned((10, 10, 10), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    target = VoxelGrid.axis_aligned((14, 10, 10), (1.0, 1.0, 1.0), (-2.0, 0.0, 0.0))
    values = sample(part_of_image(np.ones(source.shape, np.float32), source, target), target)
    assert np.isnan(values[:2]).all()
    assert np.isnan(values[-2:]).all()
    assert (values[2:-2] == 1).all()


@pytest.mark.parametrize("spacing", [0.5, 1.0, 2.0])
def test_voxels_without_a_value_are_left_out_and_do_not_spread(spacing):
    source = VoxelGrid.axis_aligned((40, 40, 40), [spacing] * 3, (0.0, 0.0, 0.0))
    voxels = np.full(source.shape, 7.0, np.float32)
    voxels[20:] = np.nan
    target = VoxelGrid.axis_aligned((16, 6, 6), (1.0, 1.0, 1.0), (20 * spacing - 8.5, 5.0, 5.0))
    values = sample(part_of_image(voxels, source, target), target)
    border_mm = 19.5 * spacing
    x = values_at(lambda p: p[..., 0], target)
    np.testing.assert_allclose(values[x < border_mm - 1e-6], 7.0, rtol=1e-6)
    assert np.isnan(values[x > border_mm + 0.75]).all()


def test_images_that_do_not_meet_the_grid_give_no_part():
    source = VoxelGrid.axis_aligned((10, 10, 10), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    target = VoxelGrid.axis_aligned((10, 10, 10), (1.0, 1.0, 1.0), (300.0, 0.0, 0.0))
    assert part_of_image(np.zeros(source.shape, np.float32), source, target) is None


def test_only_the_neighbourhood_of_the_grid_is_worked_on():
    source = VoxelGrid.axis_aligned((200, 200, 100), (0.5, 0.5, 0.5), (0.0, 0.0, 0.0))
    target = VoxelGrid.axis_aligned((10, 10, 10), (1.0, 1.0, 1.0), (40.0, 40.0, 20.0))
    part = part_of_image(np.zeros(source.shape, np.float32), source, target)
    assert max(part.grid.shape) <= 10 / 0.5 + 2 * (4 * part.sigma_vox.max() + 3)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_changes_no_bit(threads):
    source = covering_grid(CENTER, [20] * 3, [0.9, 0.7, 3.3], directions=DIRECTIONS["oblique"])
    voxels = np.random.default_rng(1).normal(size=source.shape).astype(np.float32)
    target = covering_grid(CENTER, [15] * 3, [1.0] * 3)
    usual = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    reference = sample(part_of_image(voxels, source, target), target)
    try:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
        again = sample(part_of_image(voxels, source, target), target)
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(usual)
    np.testing.assert_array_equal(again, reference)


def test_a_mask_goes_to_the_voxels_whose_centres_lie_in_it():
    source = VoxelGrid.axis_aligned((4, 4, 4), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
    mask = np.zeros(source.shape, bool)
    mask[1, 2, 3] = True
    target = VoxelGrid.axis_aligned((12, 12, 12), (0.7, 0.7, 0.7), (-0.9, -0.9, -0.9))
    points = values_at(lambda p: p, target)
    expected = (np.abs(points - [2.0, 4.0, 6.0]) < 1.0).all(axis=-1)
    np.testing.assert_array_equal(nearest_on(mask, source, target), expected)
