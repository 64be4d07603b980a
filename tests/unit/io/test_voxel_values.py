"""Stored numbers become labels only if they are labels."""

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.io.volumes import read_volume
from mouldgen.io.voxel_values import count_labels, judge_labels, to_image, to_labels


@pytest.fixture
def stored(write):
    def read_back(voxels, name="volume.nrrd"):
        return read_volume(write(name, voxels))

    return read_back


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "int32", "uint32", "int64", "float32", "float64"]
)
def test_labels_of_every_number_type_are_read(stored, labels, dtype):
    volume, findings = to_labels(stored(labels.astype(dtype)))
    np.testing.assert_array_equal(volume.voxels, labels)
    assert volume.voxels.dtype == np.uint16
    assert [finding.code for finding in findings] == (["labels_rounded"] if dtype.startswith("float") else [])


def test_labels_that_are_nearly_whole_are_rounded_and_said(stored, labels):
    volume, findings = to_labels(stored(labels * np.float32(0.9995)))
    np.testing.assert_array_equal(volume.voxels, labels)
    assert "float32" in findings[0].message
    assert "0.0005 off" in findings[0].message


def test_the_highest_label_is_kept(stored, labels):
    assert to_labels(stored(labels.astype(np.uint16) * 65535))[0].labels() == (65535,)


@pytest.mark.parametrize(
    ("dtype", "values", "reason"),
    [
        ("float32", [np.nan, np.nan], r"2 voxels \(0\.0189 %\) are NaN or infinite\."),
        ("float32", [np.inf], r"1 voxel .* is NaN or infinite\."),
        ("float64", [0.5, 0.25], r"2 voxels \(0\.0189 %\) are fractional, such as 0\.25, 0\.5"),
        ("float32", [-1.0], "1 voxel .* is negative, such as -1"),
        ("int16", [-7, -3], "2 voxels .* are negative, such as -7, -3"),
        ("int32", [70000], "1 voxel .* is above 65535, such as 70000"),
        ("float32", [70000.0], "1 voxel .* is above 65535, such as 70000"),
    ],
)
def test_values_that_are_no_labels_are_refused_with_their_number(stored, labels, dtype, values, reason):
    voxels = labels.astype(dtype)
    voxels[0, 0, : len(values)] = values
    with pytest.raises(
        InputError, match=f"{reason}.* Expected whole numbers from 0 to 65535; give a segmentation"
    ):
        to_labels(stored(voxels))


def test_all_reasons_are_said_at_once(stored, labels):
    voxels = labels.astype(np.float32)
    voxels[0, 0, :4] = [np.nan, -2, 0.5, 1e6]
    with pytest.raises(InputError, match=r"NaN.*negative.*fractional.*above"):
        to_labels(stored(voxels))


def test_labels_are_counted_without_background(stored, labels):
    voxels = labels.astype(np.uint16)
    voxels[0, 0, :3] = [900, 2, 900]
    volume, _findings = to_labels(stored(voxels))
    assert count_labels(volume.voxels) == {1: 1000, 2: 1, 900: 2}
    assert count_labels(np.zeros((2, 2, 2), np.uint16)) == {}


def test_many_labels_look_like_an_image():
    assert judge_labels(dict.fromkeys(range(1, 65), 1)) == ()
    assert "65 different labels" in judge_labels(dict.fromkeys(range(1, 66), 1))[0].message


def test_grey_values_are_kept(stored):
    voxels = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)
    image, findings = to_image(stored(voxels), "t2")
    np.testing.assert_array_equal(image.voxels, voxels)
    assert (image.name, findings) == ("t2", ())


def test_whole_numbers_become_grey_values(stored):
    image, _findings = to_image(stored(np.full((4, 5, 6), -1000, np.int16)), "ct")
    assert image.voxels.dtype == np.float32
    assert (image.voxels == -1000).all()


def test_values_that_are_not_finite_are_shown_as_zero_and_said(stored):
    voxels = np.ones((4, 5, 5), np.float64)
    voxels[0, 0, :2] = [np.nan, 1e300]
    image, findings = to_image(stored(voxels), "adc")
    assert image.voxels[0, 0].tolist() == [0, 0, 1, 1, 1]
    assert "2 voxels (2 %) are NaN or infinite" in findings[0].message


def test_an_image_without_any_finite_value_is_refused(stored):
    with pytest.raises(InputError, match="holds no finite value"):
        to_image(stored(np.full((3, 3, 3), np.nan, np.float32)), "adc")


@pytest.mark.parametrize("name", ["volume.nii", "volume.nii.gz", "volume.nrrd", "volume.mha"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
class TestNotFinite:
    """ITK takes NaN in NIfTI files for 0; the file is looked through instead."""

    def test_in_labels_is_refused(self, stored, labels, name, dtype):
        voxels = labels.astype(dtype)
        voxels[0, 0, 0], voxels[-1, -1, -1], voxels[8, 8, 8] = np.nan, np.inf, -np.inf
        with pytest.raises(
            InputError, match=r"not a label map: 3 voxels \(0\.0284 %\) are NaN or infinite\. Expected"
        ):
            to_labels(stored(voxels, name))

    def test_in_an_image_is_said(self, stored, name, dtype):
        voxels = np.random.default_rng(0).normal(size=(80, 81, 50)).astype(dtype)
        voxels[::40, 0, 0] = np.nan
        image, findings = to_image(stored(voxels, name), "adc")
        assert "2 voxels (0.000617 %) are NaN or infinite" in findings[0].message
        np.testing.assert_allclose(image.voxels, np.nan_to_num(voxels), rtol=1e-6)

    def test_everywhere_is_refused(self, stored, name, dtype):
        with pytest.raises(InputError, match="holds no finite value"):
            to_image(stored(np.full((4, 4, 4), np.nan, dtype), name), "adc")
