"""maps/: volumes keep their values, their grid and their names, and carry no date."""

import dataclasses
import time

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.export.mould_volumes import (
    map_file_names,
    read_volume_grid,
    write_image,
    write_labels,
    write_mould_volumes,
)
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import Image, LabelVolume, SliceStack
from mouldgen.testing.phantoms import rotation_about

GRID = VoxelGrid.axis_aligned((4, 5, 6), (0.5, 1.0, 2.0), (-3.0, 4.0, 5.0)).moved(
    Rigid.from_parts(rotation_about([1, 1, 0], 20.0), [1, 2, 3])
)


def labels_up_to(largest):
    voxels = np.random.default_rng(0).integers(0, largest + 1, GRID.shape)
    voxels[0, 0, 0] = largest
    return LabelVolume(voxels.astype(np.uint16), GRID)


def read_voxels(path):
    volume = sitk.ReadImage(str(path))
    return volume, sitk.GetArrayFromImage(volume).transpose(2, 1, 0)


@pytest.mark.parametrize(
    ("largest", "dtype"), [(3, np.uint8), (255, np.uint8), (256, np.uint16), (65535, np.uint16)]
)
def test_labels_take_as_few_bits_as_they_need(tmp_path, largest, dtype):
    labels = labels_up_to(largest)
    write_labels(labels, tmp_path / "labels.nrrd")
    _, voxels = read_voxels(tmp_path / "labels.nrrd")
    assert voxels.dtype == dtype
    np.testing.assert_array_equal(voxels, labels.voxels)


def test_the_grid_comes_back(tmp_path):
    write_labels(labels_up_to(3), tmp_path / "labels.nrrd")
    grid = read_volume_grid(tmp_path / "labels.nrrd")
    assert grid.shape == GRID.shape
    np.testing.assert_allclose(grid.point_from_index, GRID.point_from_index, atol=1e-9)


def test_fractions_are_stored_as_they_are(tmp_path):
    image = Image(
        "pet", np.random.default_rng(0).random(GRID.shape, np.float32), GRID, SliceStack.along_axis(GRID, 2)
    )
    write_image(image, tmp_path / "pet.nrrd", dtype=np.float32)
    _, voxels = read_voxels(tmp_path / "pet.nrrd")
    np.testing.assert_array_equal(voxels, image.voxels)


def test_whole_numbers_stay_whole(design, tmp_path):
    write_mould_volumes(design, tmp_path)
    _, voxels = read_voxels(tmp_path / "t2.nrrd")
    assert voxels.dtype == np.int16
    assert np.abs(voxels - design.images_mould[0].voxels).max() <= 0.5


@pytest.mark.parametrize(
    ("largest", "dtype"), [(32767, np.int16), (32768, np.int32), (-40000, np.int32), (1e10, np.float32)]
)
def test_the_type_holds_the_largest_value_that_was_read(design, tmp_path, largest, dtype):
    voxels = np.array(design.specimen.images[0].voxels)
    voxels[0, 0, 0] = largest
    source = dataclasses.replace(design.specimen.images[0], voxels=voxels)
    specimen = dataclasses.replace(design.specimen, images=(source, *design.specimen.images[1:]))
    write_mould_volumes(dataclasses.replace(design, specimen=specimen), tmp_path)
    assert read_voxels(tmp_path / "t2.nrrd")[1].dtype == dtype


def test_every_image_has_a_file_and_all_share_a_grid(design, tmp_path):
    write_mould_volumes(design, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["habitats.nrrd", "pet_suv.nrrd", "t2.nrrd"]
    grids = [read_volume_grid(path).point_from_index for path in tmp_path.iterdir()]
    np.testing.assert_allclose(grids[1:], [grids[0]] * 2, atol=1e-6)


def test_bytes_do_not_depend_on_the_clock(tmp_path):
    write_labels(labels_up_to(3), tmp_path / "one.nrrd")
    time.sleep(1.1)  # the date in a gzip header has a resolution of one second
    write_labels(labels_up_to(3), tmp_path / "two.nrrd")
    assert (tmp_path / "one.nrrd").read_bytes() == (tmp_path / "two.nrrd").read_bytes()


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["t2", "FLAIR"], ["t2.nrrd", "FLAIR.nrrd"]),
        (["../../etc/passwd"], ["______etc_passwd.nrrd"]),
        (["habitats", "Habitats"], ["habitats_2.nrrd", "Habitats_3.nrrd"]),
        (["a b", "a_b", "A/B"], ["a_b.nrrd", "a_b_2.nrrd", "A_B_3.nrrd"]),
        (["", "tümör"], ["_.nrrd", "t_m_r.nrrd"]),
    ],
)
def test_file_names_are_safe_and_never_alike(names, files):
    assert list(map_file_names(names)) == files


def test_a_damaged_volume_is_an_input_error(tmp_path):
    path = tmp_path / "labels.nrrd"
    write_labels(labels_up_to(65535), path)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InputError, match=r"labels\.nrrd"):
        read_volume_grid(path)
