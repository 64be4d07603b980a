"""Other readers place every voxel at the same point, and real patients' files are read as they are."""

import os
import shutil
import subprocess

import nibabel
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from mouldgen.frames import VoxelGrid
from mouldgen.io.dicom.catalogue import read_catalogue
from mouldgen.io.dicom.headers import Kind
from mouldgen.io.dicom.image_series import read_image_series
from mouldgen.io.volumes import read_volume
from mouldgen.testing.dicom_series import SeriesTexts, write_enhanced, write_series
from mouldgen.testing.storage import ALL_AXIS_ORDERS

SHAPE = (24, 20, 9)
SAME_POINT_MM = 1e-3
SARCOMA = "04_sarcoma_ct_mr_pet"
GLIOMA = "05_glioma_oblique_seg"
CONVERTER = shutil.which("dcm2niix")
needs_converter = pytest.mark.skipif(
    CONVERTER is None and not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"),
    reason="dcm2niix is not installed; set MOULDGEN_REQUIRE_CLIENTS to insist on it",
)


def oblique_grid(axes):
    """Return an anisotropic grid, turned about all three axes, in one of the 48 orders."""
    x, y, z = np.radians((20.0, -35.0, 10.0))
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_x @ about_y @ about_z * (0.8, 1.1, 2.6)
    affine[:3, 3] = (-31.4, 77.7, 215.3)
    shape = [0, 0, 0]
    for new_axis, old_axis in enumerate(axes.order):
        shape[old_axis] = SHAPE[new_axis]
    return VoxelGrid(tuple(shape), affine).reordered(axes.order, axes.flips)


def random_voxels(shape):
    return np.random.default_rng(0).integers(-1000, 3000, shape).astype(np.int16)


def read(path, number=1):
    catalogue = read_catalogue(path)
    return read_image_series(catalogue.series[number - 1], "series")


def compare(volume, value_at):
    """Compare some voxels with another reader: `value_at` maps a point to its value and nearest centre."""
    for index in np.random.default_rng(1).integers(0, volume.grid.shape, (40, 3)):
        point = volume.grid.to_points(index)
        value, centre = value_at(point)
        assert value == volume.voxels[tuple(index)]
        np.testing.assert_allclose(centre, point, atol=SAME_POINT_MM)


def through_itk(image):
    def value_at(point):
        index = image.TransformPhysicalPointToIndex(point.tolist())
        return image[index], image.TransformIndexToPhysicalPoint(index)

    return value_at


def through_nibabel(image):
    to_lps = np.diag((-1.0, -1.0, 1.0, 1.0)) @ image.affine
    values = np.asanyarray(image.dataobj)

    def value_at(point):
        index = np.rint(np.linalg.solve(to_lps, (*point, 1.0)))
        return values[tuple(index[:3].astype(int))], (to_lps @ index)[:3]

    return value_at


def itk_series(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def converted(folder, tmp_path):
    out = tmp_path / "converted"
    out.mkdir()
    subprocess.run([CONVERTER, "-b", "n", "-z", "n", "-o", out, folder], check=True, capture_output=True)
    (path,) = out.glob("*.nii")
    return nibabel.load(path)


def as_mr(manufacturer="SIEMENS"):
    """Return what dcm2niix insists on; for Siemens it takes the spacing of frames from elsewhere."""
    wanted = {
        "Manufacturer": manufacturer,
        "StudyDate": "20200101",
        "StudyTime": "101010",
        "SeriesTime": "101010",
    }
    return SeriesTexts(attributes=wanted)


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::5], ids=str)
def test_itk_places_classic_series_at_the_same_points(tmp_path, axes):
    grid = oblique_grid(axes)
    write_series(tmp_path, random_voxels(grid.shape), grid)
    compare(read(tmp_path), through_itk(itk_series(tmp_path)))


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::7], ids=str)
def test_itk_places_multi_frame_images_at_the_same_points(tmp_path, axes):
    grid = oblique_grid(axes)
    path = write_enhanced(tmp_path / "x", random_voxels(grid.shape), grid)
    compare(read(path), through_itk(sitk.ReadImage(str(path), imageIO="GDCMImageIO")))


@pytest.mark.client
@needs_converter
@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::9], ids=str)
def test_dcm2niix_and_nibabel_place_classic_series_at_the_same_points(tmp_path, axes):
    grid = oblique_grid(axes)
    folder = tmp_path / "dicom"
    folder.mkdir()
    write_series(folder, random_voxels(grid.shape), grid, modality="MR", texts=as_mr())
    compare(read(folder), through_nibabel(converted(folder, tmp_path)))


@pytest.mark.client
@needs_converter
def test_dcm2niix_and_nibabel_place_multi_frame_images_at_the_same_points(tmp_path):
    grid = oblique_grid(ALL_AXIS_ORDERS[0])
    folder = tmp_path / "dicom"
    folder.mkdir()
    write_enhanced(folder / "x.dcm", random_voxels(grid.shape), grid, modality="MR", texts=as_mr(""))
    compare(read(folder), through_nibabel(converted(folder, tmp_path)))


@pytest.mark.real
@pytest.mark.parametrize("modality", ["CT", "MR_T1", "PET"])
def test_the_sarcoma_is_the_same_in_dicom_and_nifti(cases, modality):
    volume = read(cases / SARCOMA / "dicom" / modality / "image")
    other = read_volume(cases / SARCOMA / "nifti" / f"{modality}_image.nii.gz")
    assert volume.grid.shape == other.grid.shape
    np.testing.assert_allclose(volume.voxels, other.voxels, rtol=1e-6)
    corners = np.array(np.meshgrid(*[(0, size - 1) for size in volume.grid.shape])).reshape(3, -1).T
    apart_mm = np.abs(volume.grid.to_points(corners) - other.grid.to_points(corners)).max()
    assert apart_mm < SAME_POINT_MM


@pytest.mark.real
def test_the_sarcoma_folder_offers_three_images_and_their_structure_sets(cases):
    catalogue = read_catalogue(cases / SARCOMA)
    images = {entry.modality: entry for entry in catalogue.of_kind(Kind.IMAGE)}
    assert set(images) == {"CT", "MR", "PT"}
    assert len(catalogue.of_kind(Kind.STRUCTURE_SET)) == 3
    referenced = {
        uid
        for entry in catalogue.of_kind(Kind.STRUCTURE_SET)
        for uid in entry.headers[0].referenced_series_uids
    }
    assert referenced == {entry.uid for entry in images.values()}
    assert all(entry.image.findings == () for entry in images.values())


@pytest.mark.real
@pytest.mark.parametrize("folder", ["3DAXT2SPACE_MRI", "3DAXT1postcontrast_MRI"])
def test_the_oblique_glioma_lies_where_itk_places_it(cases, folder):
    volume = read(cases / GLIOMA / folder)
    compare(volume, through_itk(itk_series(cases / GLIOMA / folder)))
    paths = {pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID: path for path in volume.files}
    assert [paths[uid] for uid in volume.slices.sop_instance_uids] == list(volume.files)


@pytest.mark.real
def test_the_oblique_glioma_keeps_its_frames_of_reference_apart(cases):
    catalogue = read_catalogue(cases / GLIOMA)
    frames = {entry.frame_of_reference_uid for entry in catalogue.of_kind(Kind.IMAGE)}
    (segmentation,) = catalogue.of_kind(Kind.SEGMENTATION)
    assert len(frames) == 2
    assert segmentation.frame_of_reference_uid == catalogue.choose("*T1*", Kind.IMAGE).frame_of_reference_uid
