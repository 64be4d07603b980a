"""RTSTRUCT files: what is read, what is withheld, and what is refused with the reason."""

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from mouldgen.errors import InputError
from mouldgen.io.dicom import structure_set
from mouldgen.io.dicom.identity import Identity
from mouldgen.io.dicom.structure_set import open_structure_set
from mouldgen.testing.dicom_structures import DrawnContour, StructureSetFile, write_structure_set

HEIGHTS = np.arange(-6.0, 7.0, 2.0)


def ring(z, radius=10.0, kind="CLOSED_PLANAR"):
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(24, z)])
    return DrawnContour(points, kind, f"2.25.{100 + int(z)}")


def tumour(kind="CLOSED_PLANAR"):
    return [ring(z, 10 + z / 4, kind) for z in HEIGHTS]


def volume_mm3(source, number=1):
    return source.voxels_of([number]).labels.volume_mm3()


@pytest.fixture
def write(tmp_path):
    """Write a structure set and return its path."""

    def write_file(rois, **about):
        return write_structure_set(tmp_path / "set.dcm", rois, StructureSetFile(**about))

    return write_file


@pytest.fixture
def rewrite(write):
    """Write one structure, change its data set, and return the path."""

    def write_changed(change, rois=None):
        path = write(rois or {"GTV": tumour()})
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)
        return path

    return write_changed


def test_structures_keep_the_order_and_the_numbers_of_the_file(write):
    source = open_structure_set(
        write({"GTV": tumour(), "Base": [ring(0), ring(2)]}, roi_numbers=(900, 7)), "set.dcm"
    )
    assert [(one.number, one.name, one.stored_name) for one in source.structures] == [
        (900, "GTV", "GTV"),
        (7, "Base", "Base"),
    ]
    assert volume_mm3(source, 900) == pytest.approx(
        sum(np.pi * (10 + z / 4) ** 2 * 2 for z in HEIGHTS), rel=0.015
    )
    assert volume_mm3(source, 7) == pytest.approx(np.pi * 100 * 4, rel=0.015)
    assert source.name == "set.dcm"
    assert source.format_name == "DICOM RTSTRUCT"
    assert source.asks_for_choice
    assert [path.name for path in source.files] == ["set.dcm"]


def test_the_images_and_the_frame_of_reference_are_named(write):
    path = write({"GTV": tumour()}, frame_of_reference_uid="2.25.5", series_uids=("2.25.6", "2.25.7"))
    source = open_structure_set(path, "set.dcm")
    assert source.frame_of_reference_uid == "2.25.5"
    assert source.referenced_series_uids == ("2.25.6", "2.25.7")
    assert source.voxels_of([1]).slices.sop_instance_uids == tuple(f"2.25.{100 + int(z)}" for z in HEIGHTS)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian]
)
def test_every_transfer_syntax_gives_the_same_points(write, syntax):
    usual = open_structure_set(write({"GTV": tumour()}), "set.dcm").regions[0].closed
    stored = open_structure_set(write({"GTV": tumour()}, transfer_syntax_uid=syntax), "set.dcm")
    for one, other in zip(usual, stored.regions[0].closed, strict=True):
        np.testing.assert_array_equal(one.points_lps, other.points_lps)


def test_contours_to_be_combined_by_exclusion_are_closed_contours(write):
    source = open_structure_set(
        write({"GTV": [*tumour("CLOSEDPLANAR_XOR"), *(ring(z, 5, "CLOSEDPLANAR_XOR") for z in HEIGHTS)]}), "x"
    )
    with_hole = sum(np.pi * ((10 + z / 4) ** 2 - 25) * 2 for z in HEIGHTS)
    assert volume_mm3(source) == pytest.approx(with_hole, rel=0.015)


def test_points_and_open_lines_are_landmarks(write):
    marks = {
        "hilum": [DrawnContour([[1, 2, 3]], "POINT"), DrawnContour([[3, 2, 5]], "POINT")],
        "suture": [DrawnContour([[0, 0, 0], [6, 0, 0], [6, 6, 0]], "OPEN_PLANAR")],
        "vessel": [DrawnContour([[0, 0, 0], [6, 0, 9]], "OPEN_NONPLANAR")],
        "single": [DrawnContour([[4, 5, 6]], "CLOSED_PLANAR")],
        "GTV": [*tumour(), DrawnContour([[99, 99, 99]], "POINT")],
    }
    source = open_structure_set(write(marks), "set.dcm")
    assert [one.is_volume for one in source.structures] == [False, False, False, False, True]
    np.testing.assert_allclose(source.center_lps(1), [2, 2, 4])
    np.testing.assert_allclose(source.center_lps(2), [4, 2, 0])
    np.testing.assert_allclose(source.center_lps(4), [4, 5, 6])
    np.testing.assert_allclose(source.center_lps(5)[:2], [0, 0], atol=0.01)
    assert [finding.code for finding in source.voxels_of([5]).findings] == [
        "open_contours",
        "grid_of_contours",
    ]


def test_structures_without_contours_are_left_out_and_keep_the_numbers_of_others(write):
    source = open_structure_set(write({"empty": [], "GTV": tumour()}), "set.dcm")
    assert [structure.number for structure in source.structures] == [2]
    assert [finding.code for finding in source.findings] == ["no_contours"]
    assert "1 (empty)" in source.findings[0].message


def test_structures_of_one_name_are_both_there(write):
    source = open_structure_set(write([("GTV", tumour()), ("GTV", tumour()[2:])]), "set.dcm")
    assert [str(structure) for structure in source.structures] == ["1 (GTV)", "2 (GTV)"]
    assert volume_mm3(source, 1) > volume_mm3(source, 2)


def test_coded_meanings_are_kept_and_free_text_is_not(write):
    path = write(
        {"a": tumour(), "b": tumour(), "c": tumour(), "d": tumour()},
        interpreted_types={"a": "GTV", "b": "ORGAN", "d": "MRS DOES TUMOUR"},
        codes={"b": ("64033007", "SCT", "Kidney"), "c": ("108369006", "SCT", "Neoplasm")},
    )
    found = [structure.terminology for structure in open_structure_set(path, "set.dcm").structures]
    assert found == ["GTV", "ORGAN: Kidney (SCT 64033007)", "Neoplasm (SCT 108369006)", ""]


def test_names_that_carry_the_patients_name_are_withheld_but_can_be_compared(write):
    rois = {"tumour DOE": tumour(), "Base": tumour(), "": [ring(0), ring(2)], "b\nc": []}
    path = write(
        rois,
        codes={"Base": ("1", "99X", "left of Jane Doe")},
        interpreted_types={"Base": "GTV"},
        fields={"PatientName": "Doe^Jane", "PatientID": "4711-0815"},
    )
    source = open_structure_set(path, "set.dcm")
    assert [structure.name for structure in source.structures] == ["structure 1", "Base", None]
    assert source.structures[0].stored_name == "tumour DOE"
    assert source.structures[1].terminology == "GTV"
    assert source.structures[2].stored_name is None
    messages = [finding.message for finding in (*source.findings, *source.voxels_of([1, 2]).findings)]
    assert "4 (b c)" in messages[0]
    assert not [message for message in messages if "doe" in message.casefold()]


def test_contours_of_a_structure_that_is_not_listed_are_reported(rewrite):
    def hide(dataset):
        del dataset.StructureSetROISequence[1]

    source = open_structure_set(rewrite(hide, {"GTV": tumour(), "Base": tumour()}), "set.dcm")
    assert [structure.name for structure in source.structures] == ["GTV"]
    assert [finding.code for finding in source.findings] == ["unlisted_contours"]


def test_a_frame_of_reference_that_structures_leave_out_is_that_of_the_set(rewrite):
    def shorten(dataset):
        del dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID

    assert open_structure_set(rewrite(shorten), "set.dcm").frame_of_reference_uid == "2.25.1001"


def first_contour(dataset):
    return dataset.ROIContourSequence[0].ContourSequence[0]


def set_coordinate(value):
    def change(dataset):
        first_contour(dataset).ContourData[4] = value

    return change


def renumber(dataset):
    dataset.StructureSetROISequence[1].ROINumber = dataset.StructureSetROISequence[0].ROINumber


def set_raw_coordinates(text):
    """Overwrite stored text, as pydicom writes no value that is no number."""

    def change(path):
        raw = path.read_bytes()
        assert raw.count(b"10.250000\\") > 0
        path.write_bytes(raw.replace(b"10.250000\\", text, 1))

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda d: setattr(first_contour(d), "NumberOfContourPoints", 23),
            r"announces 23 points and holds 72",
        ),
        (lambda d: first_contour(d).ContourData.pop(), r"announces 24 points and holds 71"),
        (lambda d: delattr(first_contour(d), "ContourData"), r"announces 24 points and holds 0"),
        (set_coordinate("250000"), r"more than 100 m from"),
        (lambda d: delattr(d.ROIContourSequence[0], "ReferencedROINumber"), "name no structure"),
        (renumber, "does not number its 2 structures one by one"),
        (lambda d: delattr(d, "ROIContourSequence"), "2 structures, none with contours"),
        (lambda d: setattr(d, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), "is no DICOM RTSTRUCT"),
    ],
    ids=["count", "one short", "no data", "far", "no number", "same number", "no contours", "other class"],
)
def test_a_file_that_contradicts_itself_is_refused_with_the_reason(rewrite, change, text):
    path = rewrite(change, {"GTV": tumour(), "Base": tumour()})
    with pytest.raises(InputError, match=rf"set\.dcm.*{text}"):
        open_structure_set(path, "set.dcm")


@pytest.mark.parametrize(
    "text", [b"1_.250000\\", b"nan      \\", b"10,250000\\", b"10.25.000\\", b"inf      \\"]
)
def test_coordinates_that_are_no_numbers_are_refused(write, text):
    path = write({"GTV": [ring(1.0, 10.25), ring(3.0)]})
    set_raw_coordinates(text)(path)
    with pytest.raises(InputError, match=r"set\.dcm (is damaged|holds a contour)"):
        open_structure_set(path, "set.dcm")


def test_too_large_a_file_or_too_many_points_are_refused(write, monkeypatch):
    path = write({"GTV": tumour()})
    monkeypatch.setattr(structure_set, "MOST_POINTS", 100)
    with pytest.raises(InputError, match="more than 1e\\+02 points"):
        open_structure_set(path, "set.dcm")
    monkeypatch.setattr(structure_set, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="structure sets of up to"):
        open_structure_set(path, "set.dcm")


def test_a_file_cut_anywhere_is_refused_and_never_read_in_part(write, tmp_path):
    whole = write({"GTV": tumour(), "Base": tumour()}).read_bytes()
    observations = whole.index(b"\x06\x30\x80\x00SQ")
    for length in range(0, len(whole), 61):
        (tmp_path / "cut.dcm").write_bytes(whole[:length])
        if length == observations:
            continue
        with pytest.raises(InputError, match=r"^cut\.dcm"):
            open_structure_set(tmp_path / "cut.dcm", "cut.dcm")


def test_changed_bytes_give_an_answer_or_a_reason(write, tmp_path):
    """Where a file with single changed bytes is read, what it gives can be used."""
    whole = write(
        {"GTV": tumour(), "Base": [ring(0), ring(2)], "hilum": [DrawnContour([[1, 2, 3]], "POINT")]}
    )
    raw = whole.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(250):
        changed = bytearray(raw)
        for place in rng.integers(132, len(raw), rng.integers(1, 4)):
            changed[place] = rng.integers(256)
        (tmp_path / "changed.dcm").write_bytes(changed)
        try:
            source = open_structure_set(tmp_path / "changed.dcm", "changed.dcm")
            centers = [source.center_lps(structure.number) for structure in source.structures]
            assert np.isfinite(centers).all()
            for structure in source.structures:
                if structure.is_volume:
                    assert volume_mm3(source, structure.number) > 0
        except InputError:
            continue


@pytest.mark.parametrize("numbers", [(0, 7), (900, 70_000)])
def test_numbers_that_no_label_can_have_are_replaced_by_the_order(write, numbers):
    source = open_structure_set(write({"GTV": tumour(), "Base": tumour()}, roi_numbers=numbers), "set.dcm")
    assert [one.number for one in source.structures] == [1, 2]
    assert [finding.code for finding in source.findings] == ["structures_renumbered"]


def test_the_images_that_contours_name_are_known(write):
    source = open_structure_set(write({"GTV": [ring(0), ring(2)]}), "set.dcm")
    assert source.image_uids == {"2.25.100", "2.25.102"}


def test_a_name_in_a_neighbouring_file_is_withheld_too(write):
    path = write({"Quux tumour": tumour()}, codes={"Quux tumour": ("1", "99X", "right of Zebediah")})
    assert open_structure_set(path, "set.dcm").structures[0].name == "Quux tumour"
    named = Dataset()
    named.PatientName = "Quux^Zebediah"
    source = open_structure_set(path, "set.dcm", identity=Identity.of(named))
    assert source.structures[0].name == "structure 1"
    assert source.structures[0].stored_name == "Quux tumour"
    assert not source.structures[0].terminology


def test_a_structure_in_a_second_frame_of_reference_can_be_chosen_alone(rewrite):
    def move(dataset):
        dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "2.25.77"

    source = open_structure_set(
        rewrite(move, {"old": tumour(), "GTV": tumour(), "Base": tumour()}), "set.dcm"
    )
    assert source.frame_of_reference_uid == "2.25.1001"
    assert volume_mm3(source, 1) == pytest.approx(volume_mm3(source, 2))
    with pytest.raises(InputError, match="different frames of reference"):
        source.voxels_of([1, 2])
