"""Separate lesions are counted from the largest; specks are not lesions."""

import numpy as np
import pytest

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.io.lesions import choose_lesions, find_lesions


def mask_of(*boxes, shape=(40, 30, 20)):
    mask = np.zeros(shape, bool)
    for start, size in boxes:
        mask[tuple(slice(low, low + length) for low, length in zip(start, size, strict=True))] = True
    return mask


def grid_of(mask, spacing_mm=(1.0, 1.0, 2.0)):
    return VoxelGrid.axis_aligned(mask.shape, spacing_mm, (0, 0, 0))


SMALL = ((2, 2, 2), (5, 5, 4))
LARGE = ((12, 2, 2), (10, 8, 6))
SPECK = ((30, 20, 15), (1, 1, 1))


def test_lesions_are_numbered_from_the_largest():
    mask = mask_of(SMALL, LARGE)
    found = find_lesions(mask, grid_of(mask))
    assert [str(lesion) for lesion in found.lesions] == [
        "1: 0.96 mL, 10.0 x 8.0 x 12.0 mm",
        "2: 0.20 mL, 5.0 x 5.0 x 8.0 mm",
    ]
    assert found.parts[12, 2, 2] == 1
    assert found.parts[2, 2, 2] == 2


def test_lesions_of_equal_size_are_numbered_along_the_axes():
    boxes = [((20, 2, 2), (4, 4, 4)), ((2, 20, 2), (4, 4, 4)), ((2, 2, 10), (4, 4, 4))]
    mask = mask_of(*boxes)
    parts = find_lesions(mask, grid_of(mask)).parts
    assert (parts[2, 2, 10], parts[2, 20, 2], parts[20, 2, 2]) == (1, 2, 3)


@pytest.mark.parametrize("step", [(1, 0, 0), (1, 1, 0), (1, 1, 1)])
def test_voxels_that_share_a_corner_belong_together(step):
    mask = mask_of(((5, 5, 5), (2, 2, 2)), (tuple(6 + one for one in step), (2, 2, 2)))
    assert len(find_lesions(mask, grid_of(mask)).lesions) == 1


def test_specks_are_dropped_and_said():
    mask = mask_of(LARGE, SPECK)
    found = find_lesions(mask, grid_of(mask))
    chosen, findings = choose_lesions(found, "one")
    np.testing.assert_array_equal(chosen, mask_of(LARGE))
    assert (found.speck_count, found.speck_mm3) == (1, 2.0)
    assert [finding.code for finding in findings] == ["specks_dropped"]
    assert "0.002 mL" in findings[0].message


def test_a_part_is_a_speck_only_beside_something_much_larger():
    mask = mask_of(((2, 2, 2), (2, 2, 2)), SPECK)
    assert len(find_lesions(mask, grid_of(mask)).lesions) == 2
    large = mask_of(((2, 2, 2), (36, 26, 12)), ((2, 2, 17), (5, 5, 2)))
    assert len(find_lesions(large, grid_of(large, (1.0, 1.0, 1.0))).lesions) == 1
    assert len(find_lesions(large, grid_of(large, (1.5, 1.5, 1.5))).lesions) == 2


def test_several_lesions_are_asked_about():
    mask = mask_of(SMALL, LARGE)
    message = (
        r"2 separate lesions \(1: 0\.96 mL.*; 2: 0\.20 mL.*\); choose with --lesion largest, --lesion all"
    )
    with pytest.raises(ParameterError, match=message):
        choose_lesions(find_lesions(mask, grid_of(mask)), "one")


@pytest.mark.parametrize(
    ("choice", "boxes", "codes"),
    [
        ("largest", [LARGE], ["lesions_left_out"]),
        ("1", [LARGE], ["lesions_left_out"]),
        ("2", [SMALL], ["lesions_left_out"]),
        ("all", [SMALL, LARGE], ["several_lesions"]),
    ],
)
def test_lesions_are_chosen(choice, boxes, codes):
    mask = mask_of(SMALL, LARGE)
    chosen, findings = choose_lesions(find_lesions(mask, grid_of(mask)), choice)
    np.testing.assert_array_equal(chosen, mask_of(*boxes))
    assert [finding.code for finding in findings] == codes


def test_a_lesion_that_is_not_there_is_refused_with_those_that_are():
    mask = mask_of(SMALL, LARGE)
    with pytest.raises(ParameterError, match=r"no lesion 3; the segmentation has 1: 0\.96 mL.*2: 0\.20 mL"):
        choose_lesions(find_lesions(mask, grid_of(mask)), "3")


def test_long_lists_of_lesions_are_cut():
    mask = mask_of(*[((3 * n, 0, 0), (2, 2, 2)) for n in range(12)])
    with pytest.raises(ParameterError, match=r"12 separate lesions \(1: .*; 8: [^;]*; and 4 smaller\)"):
        choose_lesions(find_lesions(mask, grid_of(mask)), "one")
