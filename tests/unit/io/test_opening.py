"""A folder of DICOM files as an input: what is taken from it, what is asked, and what is refused."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from mouldgen import DesignParameters, read_specimen
from mouldgen.errors import InputError, MissingExtraError, ParameterError
from mouldgen.io.dicom import library
from mouldgen.io.opening import InputPlace, open_image, open_segmentation
from mouldgen.testing.clinical_export import SERIES_UIDS, write_clinical_files
from mouldgen.testing.dicom_series import SeriesTexts, write_series
from mouldgen.testing.phantoms import chiral_specimen

TUMOUR = DesignParameters(specimen={"rois": ["tumour"]})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinical")
    write_clinical_files(chiral_specimen(), folder)
    return folder


@pytest.fixture(scope="module")
def truth():
    return chiral_specimen().tissue


def codes(specimen):
    return [finding.code for finding in specimen.findings]


def message_of(specimen, code):
    return next(finding.message for finding in specimen.findings if finding.code == code)


@pytest.mark.parametrize("place", ["export", "plan.dcm", "seg.dcm", "Segmentation.seg.nrrd"])
def test_every_format_gives_the_voxels_that_were_drawn(files, truth, place):
    specimen = read_specimen(files / place, TUMOUR, images={"t1": files / "t1"})
    assert specimen.volume_mm3 == pytest.approx(truth.volume_mm3(), rel=1e-9)
    assert specimen.tissue.grid.center_mm == pytest.approx(truth.grid.center_mm, abs=1e-3)
    assert [name for name, _ in specimen.structures] == ["Tumour"]


def test_a_folder_says_what_it_took_and_what_it_left(files):
    specimen = read_specimen(files / "export", TUMOUR)
    assert [image.name for image in specimen.images] == ["mr"]
    assert "RTSTRUCT (number 3 of the folder); the DICOM MR series that it was drawn on" in message_of(
        specimen, "series_taken"
    )
    assert "not used: 2 (MR)" in message_of(specimen, "series_left")
    assert specimen.images[0].slices.instance_numbers[:2] == (1, 2)
    assert len(set(specimen.images[0].slices.sop_instance_uids)) == specimen.images[0].slices.count


def test_the_series_of_contours_may_be_given_as_an_image(files):
    specimen = read_specimen(
        files / "plan.dcm", TUMOUR, images={"first": files / "t1", "other": files / "t2"}
    )
    assert [image.name for image in specimen.images] == ["first", "other"]
    assert "grid_of_contours" not in codes(specimen)
    assert specimen.slices.sop_instance_uids == specimen.images[0].slices.sop_instance_uids


def test_the_series_of_contours_is_found_beside_them(files, tmp_path):
    shutil.copytree(files / "t1", tmp_path / "all")
    shutil.copy(files / "plan.dcm", tmp_path / "all")
    specimen = read_specimen(tmp_path / "all" / "plan.dcm", TUMOUR)
    assert [image.name for image in specimen.images] == ["mr"]
    assert "grid_of_contours" not in codes(specimen)


def test_contours_alone_make_their_own_grid(files, truth, tmp_path):
    shutil.copy(files / "plan.dcm", tmp_path)
    specimen = read_specimen(tmp_path / "plan.dcm", TUMOUR)
    assert "grid_of_contours" in codes(specimen)
    assert specimen.images == ()
    assert specimen.volume_mm3 == pytest.approx(truth.volume_mm3(), rel=0.02)


@pytest.mark.parametrize("choice", ["1", SERIES_UIDS["t1"], SERIES_UIDS["t1"][-8:], "T1 axial", "t1*"])
def test_a_series_is_chosen_by_number_uid_or_description(files, choice):
    assert open_image(f"{files / 'export'}#{choice}").series_uid == SERIES_UIDS["t1"]


@pytest.mark.parametrize("choice", ["9", "t*", "1.2.3"])
def test_a_choice_that_names_none_or_several_is_refused_with_the_list(files, choice):
    with pytest.raises(InputError, match=r"(?s)T1 axial.*T2 axial.*RTSTRUCT"):
        open_image(f"{files / 'export'}#{choice}")


def test_several_series_are_asked_about(files):
    with pytest.raises(
        InputError, match=r"(?s)2 series that could be meant; choose one as export#NUMBER.*T2"
    ):
        open_image(files / "export")


def test_several_segmentations_are_asked_about(files, tmp_path):
    for name in ("seg.dcm", "plan.dcm"):
        shutil.copy(files / name, tmp_path)
    with pytest.raises(InputError, match=r"2 series that could be meant"):
        open_segmentation(tmp_path, {})
    assert open_segmentation(f"{tmp_path}#1", {}).source.format_name.startswith("DICOM")


@pytest.mark.parametrize(
    ("place", "reason"), [("t1", "nothing that is a DICOM SEG or RTSTRUCT"), ("export#1", "is not a DICOM")]
)
def test_images_are_no_segmentation(files, place, reason):
    with pytest.raises(InputError, match=reason):
        open_segmentation(files / place, {})


def test_a_segmentation_is_no_image(files):
    with pytest.raises(InputError, match="nothing that is an image series"):
        open_image(files / "seg.dcm")


def test_a_folder_without_dicom_says_so(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match="holds no|no DICOM"):
        open_segmentation(tmp_path, {})


def test_an_image_of_another_frame_in_its_place_is_taken_with_a_finding(files, tmp_path):
    image = open_image(files / "t1")
    texts = SeriesTexts(series_uid="1.2.3.4", frame_of_reference_uid="1.2.3.5")
    write_series(tmp_path, np.zeros(image.file_grid.shape, np.int16), image.file_grid, texts=texts)
    specimen = read_specimen(files / "seg.dcm", images={"ct": tmp_path})
    assert "image ct: the image and the segmentation carry different frames" in message_of(
        specimen, "frame_of_reference_differs"
    )


def test_an_image_of_another_patient_is_a_warning_that_names_neither(files, tmp_path):
    image = open_image(files / "t1")
    ids = {"PatientID": "MRN4711"}
    texts = SeriesTexts(series_uid="1.2.3.4", frame_of_reference_uid="1.2.3.5", attributes=ids)
    write_series(tmp_path, np.zeros(image.file_grid.shape, np.int16), image.file_grid, texts=texts)
    findings = open_segmentation(files / "seg.dcm", {"ct": open_image(tmp_path)}).findings
    stranger = next(finding for finding in findings if finding.code == "patient_differs")
    assert "image ct carries another patient ID" in stranger.message
    assert "4711" not in stranger.message
    assert "patient_differs" not in codes(read_specimen(files / "seg.dcm", images={"t1": files / "t1"}))


@pytest.mark.parametrize(("frame_uid", "shift_vox"), [("1.2.3.5", 8), ("", 60)])
def test_an_image_that_lies_elsewhere_is_refused(files, tmp_path, frame_uid, shift_vox):
    """With another frame of reference already when a tenth of the specimen is outside."""
    image = open_image(files / "t1")
    grid = image.file_grid.cropped([shift_vox, 0, 0], [shift_vox + 30, *image.file_grid.shape[1:]])
    texts = SeriesTexts(
        series_uid="1.2.3.4", frame_of_reference_uid=frame_uid or image.frame_of_reference_uid
    )
    write_series(tmp_path, np.zeros(grid.shape, np.int16), grid, texts=texts)
    with pytest.raises(InputError, match="image ct.* does not show the specimen"):
        read_specimen(files / "seg.dcm", images={"ct": tmp_path})


def test_landmarks_ride_along_with_their_centres(files):
    parameters = DesignParameters(
        specimen={"rois": ["tumour"], "landmark_rois": ["ref*"]}, orientation={"base_roi": "BASE"}
    )
    specimen = read_specimen(files / "Segmentation.seg.nrrd", parameters)
    assert [mark.name for mark in specimen.landmarks] == ["BASE", "Ref_point_1", "Ref_point_2"]
    middle = specimen.tissue.centroid_mm(1)
    base = specimen.landmark("base").position_lps
    assert base[1] > middle[1]  # it was drawn on the posterior side
    right, left = (specimen.landmark(f"ref_point_{n}").position_lps for n in (1, 2))
    assert right[0] < middle[0] < left[0]


def test_habitats_may_be_segments(files):
    specimen = read_specimen(files / "seg.dcm", habitats=files / "habitats.dcm")
    names = {habitat.name for habitat in chiral_specimen().habitats.habitats}
    assert {habitat.name for habitat in specimen.habitats.habitats} == names
    assert all(habitat.terminology for habitat in specimen.habitats.habitats)


def test_overlapping_habitats_are_a_finding(files):
    parameters = DesignParameters(specimen={"rois": ["tumour"]})
    with pytest.raises((InputError, ParameterError)) as caught:
        read_specimen(files / "seg.dcm", parameters, habitats=files / "Segmentation.seg.nrrd")
    assert "outside the specimen" in str(caught.value)


def test_without_the_extra_a_message_says_what_to_install(files, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydicom", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mouldgen\[dicom\]'"):
        library.import_pydicom()
    with pytest.raises(MissingExtraError):
        open_segmentation(files / "seg.dcm", {})


def test_a_path_with_a_hash_that_exists_is_no_choice(tmp_path):
    (tmp_path / "scan#2").mkdir()
    assert InputPlace.of(tmp_path / "scan#2") == InputPlace(tmp_path / "scan#2")
    assert InputPlace.of(f"{tmp_path}#T1 # axial") == InputPlace(tmp_path, "T1 # axial")
