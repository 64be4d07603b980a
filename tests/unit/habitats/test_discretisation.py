import numpy as np
import pytest

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.habitats.channels import Channel, TumourVoxels
from mouldgen.habitats.discretisation import grey_levels, levels_of_number, levels_of_size
from mouldgen.params.habitats import FeatureParameters, Modality

ROW = (5, 1, 1)
TUMOUR = TumourVoxels(
    np.array([False, True, True, True, True]).reshape(ROW),
    VoxelGrid.axis_aligned(ROW, (1, 1, 1), (0, 0, 0)),
)


def channel(modality: Modality, *values: float) -> Channel:
    volume = np.array(values, np.float32).reshape(ROW)
    return Channel("image", modality, volume, volume)


def test_a_fixed_number_of_levels_parts_the_range_evenly_and_the_greatest_value_has_the_last():
    assert levels_of_number([0, 0.99, 1, 2.5, 3.99, 4], 4).tolist() == [1, 1, 2, 3, 4, 4]
    assert levels_of_number([-7, -3], 32).tolist() == [1, 32]


def test_an_image_that_is_the_same_everywhere_has_level_1_alone():
    assert levels_of_number([5.5, 5.5, 5.5], 32).tolist() == [1, 1, 1]


def test_levels_of_a_fixed_size_include_their_lower_end():
    assert levels_of_size([-1000, -976, -975, 0, 24.9, 25], 25, -1000).tolist() == [1, 1, 2, 41, 41, 42]


def test_levels_begin_lower_by_whole_levels_where_values_lie_below_the_start():
    assert levels_of_size([-1030, -1025, -1000, -975], 25, -1000).tolist() == [1, 2, 3, 4]


def test_levels_span_the_tumour_and_nothing_outside_has_one():
    levels = grey_levels(channel(Modality.MR, 900, 10, 20, 30, 40), TUMOUR, FeatureParameters(bin_count=3))
    assert levels.ravel().tolist() == [0, 1, 2, 3, 3]


def test_levels_of_ct_are_25_hu_from_minus_1000_and_of_pet_suv_0_5_from_0():
    size = FeatureParameters(binning="size")
    assert grey_levels(channel(Modality.CT, 0, -1, 0, 24, 25), TUMOUR, size).ravel().tolist() == [
        0,
        40,
        41,
        41,
        42,
    ]
    assert grey_levels(channel(Modality.PET, 0, 0, 0.4, 0.5, 7.2), TUMOUR, size).ravel().tolist() == [
        0,
        1,
        1,
        2,
        15,
    ]


def test_a_given_size_holds_for_its_image():
    size = FeatureParameters(binning="size", bin_sizes={"image": 100})
    assert grey_levels(channel(Modality.MAP, 0, 0, 99, 100, 1000), TUMOUR, size).ravel().tolist() == [
        0,
        1,
        1,
        2,
        11,
    ]


def test_a_fixed_size_of_weighted_mr_is_refused_until_it_is_given():
    with pytest.raises(ParameterError, match=r"image has no unit .* bin_sizes"):
        grey_levels(channel(Modality.MR, 0, 1, 2, 3, 4), TUMOUR, FeatureParameters(binning="size"))
