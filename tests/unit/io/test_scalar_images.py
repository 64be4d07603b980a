"""Images must show the specimen, and have names that files can have."""

import numpy as np
import pytest

from mouldgen import read_specimen
from mouldgen.errors import InputError, ParameterError
from mouldgen.io.scalar_images import check_image_names


@pytest.fixture
def read_with(write, labels):
    def read(voxels, spacing_mm=(0.9, 1.0, 3.0), origin_mm=(-10.0, 5.0, 7.0)):
        image = write("image.nii.gz", voxels, spacing_mm, origin_mm)
        return read_specimen(write("seg.nii", labels), images={"t2": image})

    return read


def test_an_image_on_its_own_grid_is_kept(read_with):
    voxels = np.random.default_rng(0).normal(size=(30, 31, 16)).astype(np.float32)
    specimen = read_with(voxels, (1.0, 1.0, 4.0), (-12.0, 4.0, 7.0))
    image = specimen.images[0]
    np.testing.assert_array_equal(image.voxels, voxels)
    np.testing.assert_allclose(image.grid.spacing_mm, (1, 1, 4))
    assert (image.name, image.slices.count, specimen.findings) == ("t2", 16, ())


def test_an_image_far_away_is_refused_with_its_distance(read_with, labels):
    with pytest.raises(
        InputError, match=r"\(image t2\) does not show the specimen: 0\.0 % .* up to 99\d\.\d mm away"
    ):
        read_with(labels, origin_mm=(990.0, 5.0, 7.0))


def test_an_image_of_a_part_is_a_warning_with_its_share(read_with, labels):
    specimen = read_with(labels[:11])
    assert [(finding.code, finding.severity) for finding in specimen.findings] == [
        ("image_partial", "warning")
    ]
    assert "image t2: 50.0 % of the specimen lies outside" in specimen.findings[0].message


def test_a_few_voxels_outside_are_only_told(write):
    voxels = np.pad(np.ones((200, 10, 10), np.uint8), 2)
    specimen = read_specimen(write("seg.nii", voxels), images={"t2": write("t2.nii", voxels[:201])})
    assert [(finding.code, finding.severity) for finding in specimen.findings] == [("image_partial", "info")]


@pytest.mark.parametrize("name", ["", "a b", "../t2", "t2.nii", "é", "x" * 33])
def test_names_that_are_no_file_names_are_refused(name):
    with pytest.raises(ParameterError, match="expected 1 to 32 letters, digits"):
        check_image_names([name])


@pytest.mark.parametrize("names", [["labels"], ["Habitats"], ["t2", "T2"]])
def test_names_that_are_taken_are_refused(names):
    with pytest.raises(ParameterError, match="that name is taken"):
        check_image_names(names)


def test_usual_names_are_fine():
    check_image_names(["t2", "T1c", "ADC_b1000", "fdg-pet"])
