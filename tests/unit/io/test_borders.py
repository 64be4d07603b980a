"""Labels that reach the border of their volume are named by side."""

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.borders import check_borders, touched_borders

GRID = VoxelGrid.axis_aligned((10, 12, 14), (1.0, 2.0, 3.0), (0, 0, 0))


@pytest.mark.parametrize(
    ("start", "side", "area_mm2"),
    [
        ((0, 4, 4), "right", 54.0),
        ((7, 4, 4), "left", 54.0),
        ((4, 0, 4), "anterior", 27.0),
        ((4, 9, 4), "posterior", 27.0),
        ((4, 4, 0), "inferior", 18.0),
        ((4, 4, 11), "superior", 18.0),
    ],
)
def test_each_side_has_its_name_and_area(start, side, area_mm2):
    borders = tuple(touched_borders(np.ones((3, 3, 3), bool), GRID, start))
    assert [(border.side, border.voxels, border.area_mm2) for border in borders] == [(side, 9, area_mm2)]
    findings = check_borders("tumour.nii", borders, is_cropped=False)
    assert f"{side} (9 voxels, {area_mm2:g} mm2)" in findings[0].message
    assert findings[0].code == "cut_by_border"


def test_only_voxels_of_the_label_count():
    mask = np.zeros((3, 3, 3), bool)
    mask[0, 1, 1] = mask[2, :, 2] = True
    borders = tuple(touched_borders(mask, GRID, (0, 4, 4)))
    assert [(border.side, border.voxels) for border in borders] == [("right", 1)]


def test_a_label_inside_touches_nothing():
    assert tuple(touched_borders(np.ones((8, 10, 12), bool), GRID, (1, 1, 1))) == ()
    assert check_borders("tumour.nii", (), is_cropped=False) == ()


def test_one_slice_touches_both_sides():
    flat = VoxelGrid.axis_aligned((10, 12, 1), (1, 1, 1), (0, 0, 0))
    borders = touched_borders(np.ones((2, 2, 1), bool), flat, (4, 4, 0))
    assert [border.side for border in borders] == ["inferior", "superior"]


def test_all_six_sides_are_refused_unless_cropped_on_purpose():
    borders = tuple(touched_borders(np.ones(GRID.shape, bool), GRID, (0, 0, 0)))
    with pytest.raises(InputError, match=r"touches all six borders of tumour\.nii.* say --cropped"):
        check_borders("tumour.nii", borders, is_cropped=False)
    assert check_borders("tumour.nii", borders, is_cropped=True) == ()
