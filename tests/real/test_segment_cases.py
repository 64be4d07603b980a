"""Segmentations of real patients, compared with readers that share no code with mouldgen."""

import warnings

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from mouldgen.io.dicom.segmentation import open_segmentation
from mouldgen.io.segment_file import is_segment_file, open_segment_file

pytestmark = pytest.mark.real

ORGANS = {
    1: ("ribs", 8487),
    2: ("cervical vertebral column", 1216),
    3: ("thoracic vertebral column", 2712),
    4: ("lumbar vertebral column", 3259),
    5: ("right lung", 34450),
    6: ("left lung", 33700),
    7: ("tissue", 154589),
}


@pytest.fixture
def chest(cases):
    return cases / "09_chest_segnrrd" / "Segmentation.seg.nrrd"


def test_organs_of_a_chest_are_read_by_name(chest):
    assert is_segment_file(chest)
    source = open_segment_file(chest)
    assert {item.number: item.name for item in source.structures} == {
        n: name for n, (name, _) in ORGANS.items()
    }
    assert source.structures[4].terminology == "Anatomical Structure: Lung, Right (SCT 39607008)"
    assert source.asks_for_choice
    assert not source.is_cropped
    assert source.findings == ()


def test_organs_of_a_chest_lie_where_itk_sees_them(chest):
    source, image = open_segment_file(chest), sitk.ReadImage(str(chest))
    stored = sitk.GetArrayFromImage(image)
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.Execute(image)
    for number, (_name, count) in ORGANS.items():
        labels = source.voxels_of([number]).labels
        assert np.count_nonzero(labels.voxels) == np.count_nonzero(stored == number) == count
        np.testing.assert_allclose(source.center_lps(number), statistics.GetCentroid(number), atol=1e-3)
        places = np.argwhere(labels.voxels)[::97]
        points = labels.grid.to_points(places)
        assert {image[image.TransformPhysicalPointToIndex(point.tolist())] for point in points} == {number}
    assert source.center_lps(5)[0] < 0 < source.center_lps(6)[0]  # the right lung lies right


@pytest.fixture
def glioma(cases):
    return cases / "05_glioma_oblique_seg"


def test_an_oblique_glioma_has_its_volume_and_place(glioma):
    source = open_segmentation(glioma / "Tumor_segmentation.dcm", "Tumor_segmentation.dcm")
    assert [str(item) for item in source.structures] == ["1 (Glioma)"]
    assert source.structures[0].terminology == "Morphologically Altered Structure: Glioma (SCT 115240006)"
    assert source.referenced_series_uids == ()
    found = source.voxels_of([1])
    labels = found.labels
    assert np.count_nonzero(labels.voxels) == 799
    assert labels.volume_mm3() == pytest.approx(762, abs=0.5)
    assert found.is_cropped
    assert sorted(labels.grid.shape) == [12, 13, 16]
    points = labels.grid.to_points(np.argwhere(labels.voxels))
    np.testing.assert_allclose(points.min(axis=0), (-946.9, -817.9, 458.3), atol=0.05)
    np.testing.assert_allclose(points.max(axis=0), (-935.1, -803.2, 469.6), atol=0.05)
    np.testing.assert_allclose(source.center_lps(1), points.mean(axis=0), atol=1e-9)


def test_an_oblique_glioma_lies_at_its_pixels_of_the_image(glioma):
    """The corner of its frames is the image's column 162 and row 112, whichever slice it begins at."""
    path = glioma / "Tumor_segmentation.dcm"
    slices = [pydicom.dcmread(file) for file in (glioma / "3DAXT1postcontrast_MRI").iterdir()]
    labels = open_segmentation(path, "SEG").voxels_of([1]).labels
    points = labels.grid.to_points(np.argwhere(labels.voxels))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stored = pydicom.dcmread(path)
        frames = stored.pixel_array
    expected = set()
    for frame, item in zip(frames, stored.PerFrameFunctionalGroupsSequence, strict=True):
        corner = np.array(item.PlanePositionSequence[0].ImagePositionPatient, float)
        image = min(slices, key=lambda one: abs(_along(one, corner)[2]))
        column, row, off_mm = _along(image, corner)
        assert abs(off_mm) < 1e-3
        assert (round(column, 2), round(row, 2)) == (162, 112)
        expected |= {(image.SOPInstanceUID, 162 + c, 112 + r) for r, c in np.argwhere(frame)}
    found = set()
    for point in points:
        image = min(slices, key=lambda one: abs(_along(one, point)[2]))
        column, row, _off_mm = _along(image, point)
        found.add((image.SOPInstanceUID, round(column), round(row)))
    assert found == expected
    assert len(found) == 799


def _along(image, point):
    """Return column, row and distance from the plane of a point, by the formula of the standard."""
    axes = np.array(image.ImageOrientationPatient, float).reshape(2, 3)
    offset = point - np.array(image.ImagePositionPatient, float)
    between_rows, between_columns = (float(step) for step in image.PixelSpacing)
    return axes[0] @ offset / between_columns, axes[1] @ offset / between_rows, np.cross(*axes) @ offset
