"""The common grid keeps the tumour's volume and place, and is as fine as the images."""

import numpy as np
import pytest

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.habitats.common_grid import choose_spacing_mm, grid_around, tumour_on
from mouldgen.images import LabelVolume
from mouldgen.testing.scalar_images import DIRECTIONS, ball_labels, values_at

CENTER = np.array([-120.0, 64.0, 930.0])


def grids_of(*spacings):
    return [VoxelGrid.axis_aligned((5, 5, 5), spacing, (0, 0, 0)) for spacing in spacings]


@pytest.mark.parametrize(
    ("spacings", "expected"),
    [
        ([(0.5, 0.5, 3.0)], 0.5),
        ([(0.5, 0.5, 3.0), (0.8, 0.8, 4.0)], 0.8),
        ([(0.5, 0.5, 3.0), (4.0, 4.0, 3.0)], 1.0),
        ([(0.977, 0.977, 3.3), (5.5, 5.5, 3.3)], 0.977),
        ([(5.5, 5.5, 3.3)], 1.0),
        ([(5.0, 0.6, 0.6)], 0.6),
    ],
)
def test_the_spacing_is_the_finest_that_all_images_support_but_at_most_1_mm(spacings, expected):
    assert choose_spacing_mm(grids_of(*spacings)) == pytest.approx(expected)


def test_a_spacing_that_is_asked_for_is_taken():
    assert choose_spacing_mm(grids_of((0.5, 0.5, 3.0)), 2.5) == 2.5


@pytest.mark.parametrize("directions", DIRECTIONS.values(), ids=DIRECTIONS)
def test_the_grid_runs_along_the_labels_and_reaches_beyond_them_by_the_margin(directions):
    tissue = ball_labels(CENTER, 14.0, (0.8, 0.8, 3.0), directions=directions)
    grid = grid_around(tissue, 0.7, 5.0)
    np.testing.assert_allclose(grid.directions, tissue.grid.directions, atol=1e-12)
    assert grid.spacing_mm == pytest.approx([0.7] * 3)
    low, high = tissue.extent_along(directions.T)
    middle = grid.center_mm @ directions
    half = np.array(grid.shape) * 0.7 / 2
    assert (low - (middle - half) >= 5.0 - 1e-9).all()
    assert ((middle + half) - high >= 5.0 - 1e-9).all()
    assert (high - low + 2 * 5.0 + 4 * 0.7 >= 2 * half).all()


def test_with_equal_spacing_both_grids_are_one_lattice():
    tissue = ball_labels(CENTER, 12.0, (0.9, 0.9, 0.9), directions=DIRECTIONS["left-handed"])
    grid = grid_around(tissue, 0.9, 4.0)
    index = tissue.grid.to_indices(grid.origin_mm)
    np.testing.assert_allclose(index, np.rint(index), atol=1e-9)
    found = grid.to_points(np.argwhere(tumour_on(grid, tissue)))
    expected = tissue.grid.to_points(np.argwhere(tissue.voxels))
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("directions", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("spacing", [(0.8, 0.8, 3.3), (1.0, 1.0, 1.0), (0.5, 0.5, 6.5), (5.5, 5.5, 3.3)])
@pytest.mark.parametrize("grid_mm", [0.9, 1.0, 2.0, 3.0])
def test_the_tumour_keeps_its_volume_and_place(directions, spacing, grid_mm):
    tissue = ball_labels(CENTER, 17.0, spacing, directions=directions)
    grid = grid_around(tissue, grid_mm, 3.0)
    inside = tumour_on(grid, tissue)
    volume = np.count_nonzero(inside) * grid.voxel_mm3
    assert volume == pytest.approx(tissue.volume_mm3(), rel=0.005)
    centroid = grid.to_points(np.argwhere(inside)).mean(axis=0)
    np.testing.assert_allclose(centroid, tissue.centroid_mm(1), atol=0.15 * grid_mm)


def test_no_voxel_is_tumour_that_the_labels_do_not_touch():
    tissue = ball_labels(CENTER, 10.0, (1.0, 1.0, 4.0))
    grid = grid_around(tissue, 0.7, 3.0)
    far = np.linalg.norm(values_at(lambda p: p, grid) - CENTER, axis=-1) > 10.0 + 4.0
    assert not tumour_on(grid, tissue)[far].any()


def test_several_labels_are_one_tumour():
    tissue = ball_labels(CENTER, 10.0)
    several = LabelVolume(tissue.voxels * np.uint16(3), tissue.grid)
    grid = grid_around(tissue, 0.8, 2.0)
    np.testing.assert_array_equal(tumour_on(grid, several), tumour_on(grid, tissue))


def test_a_grid_that_is_too_fine_is_refused_with_the_spacing_that_works():
    voxels = np.ones((100, 100, 100), np.uint16)
    tissue = LabelVolume(voxels, VoxelGrid.axis_aligned(voxels.shape, (3, 3, 3), (0, 0, 0)))
    with pytest.raises(
        ParameterError, match=r"at most 67 million .* channels.voxel_mm to \d\.\d\d mm"
    ) as error:
        grid_around(tissue, 0.3, 5.0)
    enough_mm = float(str(error.value).split("channels.voxel_mm to ")[1].split()[0])
    assert grid_around(tissue, enough_mm, 5.0)
