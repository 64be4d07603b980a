import numpy as np
import pytest

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.habitats.windows import Window, slice_axis
from mouldgen.params.habitats import FeatureParameters


def grid(*spacing_mm: float) -> VoxelGrid:
    return VoxelGrid.axis_aligned((9, 9, 9), spacing_mm, (0, 0, 0))


@pytest.mark.parametrize(
    ("window_mm", "spacing_mm", "widths_vox"),
    [
        (5, (1, 1, 1), (5, 5, 5)),
        (5, (0.977, 0.977, 3.27), (5, 5, 1)),
        (6, (1, 1, 1), (7, 7, 7)),
        (5.9, (1, 1, 1), (5, 5, 5)),
        (5, (0.5, 1, 2), (11, 5, 3)),
    ],
)
def test_a_width_in_millimetres_becomes_the_nearest_odd_number_of_voxels(window_mm, spacing_mm, widths_vox):
    window = Window.fitted(grid(*spacing_mm), FeatureParameters(window_mm=window_mm))
    assert window.widths_vox == widths_vox


def test_a_square_lies_within_the_slices_that_are_furthest_apart():
    parameters = FeatureParameters(window_mm=7, window="2d")
    assert Window.fitted(grid(1, 2.5, 1), parameters).widths_vox == (7, 1, 7)
    assert Window.fitted(grid(1, 1, 1), parameters).widths_vox == (7, 7, 1)
    assert slice_axis(grid(1, 1, 1)) == 2


def test_a_window_of_one_voxel_is_refused_and_the_least_width_is_said():
    with pytest.raises(ParameterError, match=r"2 mm holds a single voxel .* at least 6 mm"):
        Window.fitted(grid(3, 3, 3), FeatureParameters(window_mm=2))


def test_a_cube_has_13_directions_and_a_square_4_none_the_opposite_of_another():
    for window, count in ((Window.cube(3), 13), (Window((1, 1, 0)), 4), (Window((0, 2, 0)), 1)):
        directions = set(window.directions)
        assert len(directions) == len(window.directions) == count
        assert not directions & {(-i, -j, -k) for i, j, k in directions}
        assert (np.abs(window.directions) <= window.reach_vox).all()
