"""A report on a file says what it holds and what looks odd."""

import json

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.inspection import inspect_input
from mouldgen.testing.phantoms import rotation_about
from mouldgen.testing.storage import ALL_AXIS_ORDERS, write_volume


def codes(report):
    return [finding.code for finding in report.findings]


def test_a_label_map_is_reported_label_by_label(write, labels):
    labels[0, :2, :3] = 5
    labels[20, 20, 10] = 5
    report = inspect_input(write("tumour.nii.gz", labels))
    assert (report.file, report.format, report.size, report.pixel_type) == (
        "tumour.nii.gz",
        "NIfTI-1",
        (24, 22, 20),
        "uint8",
    )
    assert report.spacing_mm == pytest.approx((0.9, 1.0, 3.0))
    assert report.origin_lps == pytest.approx((-10, 5, 7))
    assert (report.axes, report.is_right_handed, report.values) == ("LPS", True, None)
    assert report.oblique_deg == pytest.approx(0, abs=1e-4)
    one, five = report.labels
    assert (one.label, one.voxels, one.parts, one.borders) == (1, 1000, 1, ())
    assert one.volume_ml == pytest.approx(2.7)
    assert one.extent_mm == pytest.approx((9, 10, 30))
    assert (five.label, five.voxels, five.parts) == (5, 7, 2)
    assert five.borders == ("right", "anterior", "inferior")


def test_an_image_is_reported_by_its_values(write):
    voxels = np.linspace(-1.5, 2.5, 24).reshape(2, 3, 4).astype(np.float32)
    report = inspect_input(write("t2.nrrd", voxels))
    assert report.labels == ()
    assert (report.values.minimum, report.values.maximum) == (-1.5, 2.5)
    assert report.values.mean == pytest.approx(0.5)


def test_many_whole_numbers_are_an_image(write):
    report = inspect_input(write("t2.mha", np.arange(120, dtype=np.uint8).reshape(4, 5, 6)))
    assert (report.values.minimum, report.values.maximum, report.values.mean) == (0, 119, 59.5)


def test_numbers_that_are_not_finite_are_found(write):
    voxels = np.ones((4, 5, 5), np.float32)
    voxels[0, 0, 0] = np.nan
    assert codes(inspect_input(write("adc.nrrd", voxels, (1.0, 1.0, 1.0)))) == ["not_finite"]


def test_names_of_labels_are_shown(write, labels):
    path = write("tumour.nrrd", labels)
    names = b"Segment0_LabelValue:=1\nSegment0_Name:=left lung\nencoding:"
    path.write_bytes(path.read_bytes().replace(b"encoding:", names))
    assert inspect_input(path).labels[0].name == "left lung"


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::5], ids=str)
def test_axes_are_those_of_the_file(tmp_path, axes):
    grid = VoxelGrid.axis_aligned((4, 5, 6), (1, 1, 1), (0, 0, 0))
    write_volume(tmp_path / "volume.nrrd", np.ones(grid.shape, np.uint8), grid, axes)
    report = inspect_input(tmp_path / "volume.nrrd")
    letters = [("RAI" if flip else "LPS")[axis] for axis, flip in zip(axes.order, axes.flips, strict=True)]
    assert report.axes == "".join(letters)
    assert report.is_right_handed is not axes.mirrors
    assert ("left_handed" in codes(report)) is axes.mirrors


@pytest.mark.parametrize("angle_deg", [0.5, 20, 44])
def test_oblique_axes_are_measured(tmp_path, angle_deg):
    affine = np.eye(4)
    affine[:3, :3] = rotation_about([1, 0, 0], angle_deg)
    grid = VoxelGrid((4, 5, 6), affine)
    write_volume(tmp_path / "volume.nrrd", np.ones(grid.shape, np.uint8), grid)
    report = inspect_input(tmp_path / "volume.nrrd")
    assert report.oblique_deg == pytest.approx(angle_deg, abs=1e-6)
    assert ("oblique" in codes(report)) is (angle_deg > 1)


def test_what_looks_odd_is_told(nifti, labels):
    report = inspect_input(nifti((123, "B", 0), (252, "2h", 0, 0), voxels=labels.astype(np.float32)))
    assert codes(report) == ["no_orientation", "unit_undeclared", "labels_rounded", "thick_slices"]
    assert "3.3 times" in report.findings[-1].message


def test_an_empty_label_map_is_told(write, labels):
    report = inspect_input(write("tumour.nrrd", 0 * labels, (1.0, 1.0, 1.0)))
    assert (report.labels, report.values, codes(report)) == ((), None, ["all_background"])


def test_the_report_becomes_json_without_folders(write, labels, tmp_path):
    text = json.dumps(inspect_input(write("tumour.nii", labels)).to_dict())
    assert json.loads(text)["labels"][0]["voxels"] == 1000
    assert json.loads(text)["file"] == "tumour.nii"
    assert str(tmp_path) not in text


def test_a_file_that_is_no_volume_is_refused(tmp_path):
    (tmp_path / "notes.nii").write_text("notes")
    with pytest.raises(InputError, match="its content is text"):
        inspect_input(tmp_path / "notes.nii")
