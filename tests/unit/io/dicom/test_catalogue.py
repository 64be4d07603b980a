"""A folder's series are found whatever its files are called, told apart, and chosen without doubt."""

import os
import shutil

import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.dicom.catalogue import read_catalogue
from mouldgen.io.dicom.headers import Kind, read_header
from mouldgen.io.dicom.image_series import read_image_series
from mouldgen.testing.dicom_series import SeriesTexts, write_enhanced, write_series

SHAPE = (9, 7, 5)
GRID = VoxelGrid.axis_aligned(SHAPE, (0.7, 0.9, 2.5), (-4.0, 5.0, 6.0))
CORONAL = VoxelGrid(SHAPE, np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1.0]]))


def voxels(seed=0, shape=SHAPE):
    return np.random.default_rng(seed).integers(-1000, 1000, shape).astype(np.int16)


def write(folder, grid=GRID, *, seed=0, number=1, description="", modality="CT", **options):
    folder.mkdir(exist_ok=True, parents=True)
    texts = SeriesTexts(
        series_number=number, description=description, attributes=options.pop("attributes", {})
    )
    values = voxels(seed, grid.shape)
    return write_series(folder, values, grid, modality=modality, texts=texts, **options)


def edit(path, **values):
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)


def codes(entry):
    return [finding.code for finding in entry.image.findings]


class TestFiles:
    def test_names_extensions_and_folders_do_not_matter(self, tmp_path):
        written = write(tmp_path / "a")
        paths = [written[place] for place in (3, 0, 4, 2, 1)]
        (tmp_path / "b" / "deeper").mkdir(parents=True)
        for number, path in enumerate(paths):
            path.rename(tmp_path / ("a", "b", "b/deeper")[number % 3] / f"{number}")
        (entry,) = read_catalogue(tmp_path).series
        assert entry.image.stack.grid.shape == SHAPE
        np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels())

    def test_other_files_are_counted_and_no_more(self, tmp_path):
        write(tmp_path)
        (tmp_path / "notes.txt").write_text("long enough to be looked at " * 20)
        (tmp_path / "empty.dcm").touch()
        (tmp_path / "short").write_bytes(b"\x08\0\x05\0")
        (tmp_path / "picture.png").write_bytes(b"\x89PNG" + bytes(500))
        catalogue = read_catalogue(tmp_path)
        assert len(catalogue.series) == 1
        assert catalogue.ignored_count == 4
        assert catalogue.findings == ()

    @pytest.mark.parametrize("keeps_meta", [True, False])
    def test_a_preamble_is_not_needed(self, tmp_path, keeps_meta):
        for path in write(tmp_path):
            raw = path.read_bytes()[132:]
            start = 0 if keeps_meta else raw.index(b"\x08\0\x16\0UI")
            path.write_bytes(raw[start:])
        (entry,) = read_catalogue(tmp_path).series
        np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels())

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_named_pipe_is_passed_by(self, tmp_path):
        write(tmp_path)
        os.mkfifo(tmp_path / "pipe")
        assert len(read_catalogue(tmp_path).series) == 1

    def test_folders_below_are_left_out_on_request(self, tmp_path):
        write(tmp_path, number=1)
        write(tmp_path / "below", number=2)
        assert len(read_catalogue(tmp_path).series) == 2
        assert len(read_catalogue(tmp_path, recursive=False).series) == 1

    def test_a_damaged_file_among_others_is_said_by_its_place(self, tmp_path):
        paths = write(tmp_path)
        paths[4].write_bytes(paths[4].read_bytes()[:140])
        catalogue = read_catalogue(tmp_path)
        (finding,) = catalogue.findings
        assert finding.code == "files_damaged"
        assert "1 of 5" in finding.message
        assert "order of names: 5" in finding.message
        assert paths[4].name not in finding.message

    def test_an_empty_folder_holds_no_series(self, tmp_path):
        catalogue = read_catalogue(tmp_path)
        assert catalogue.series == ()
        with pytest.raises(InputError, match="holds no DICOM series"):
            catalogue.choose("1")

    def test_what_is_no_dicom_is_refused_by_its_name(self, tmp_path):
        path = tmp_path / "notes.dcm"
        path.write_bytes(b"text " * 100)
        with pytest.raises(InputError, match=r"notes\.dcm is no DICOM file"):
            read_catalogue(path)
        with pytest.raises(InputError, match="absent does not exist"):
            read_catalogue(tmp_path / "absent")

    def test_a_damaged_single_file_is_refused(self, tmp_path):
        path = tmp_path / "one.dcm"
        path.write_bytes(bytes(128) + b"DICM" + bytes(range(256)))
        with pytest.raises(InputError, match=r"one\.dcm"):
            read_catalogue(path)

    def test_one_slice_by_itself_is_listed_with_the_reason_against_it(self, tmp_path):
        path = write(tmp_path)[0]
        (entry,) = read_catalogue(path).series
        assert "only one slice" in entry.refusal
        with pytest.raises(InputError, match="only one slice"):
            read_image_series(entry, path.name)


class TestDirectoryFile:
    @pytest.fixture
    def medium(self, tmp_path):
        fileset = FileSet()
        for path in write(tmp_path / "made", attributes={"PatientID": "1", "PatientName": "A"}):
            edit(path, StudyDate="20200101", StudyTime="1200", StudyID="1", AccessionNumber="")
            fileset.add(path)
        fileset.write(tmp_path / "medium")
        fileset._stage["t"].cleanup()
        return tmp_path / "medium"

    def test_its_files_are_read(self, medium):
        shutil.copy(next(path for path in medium.rglob("*") if path.is_file()), medium / "not_listed")
        catalogue = read_catalogue(medium / "DICOMDIR")
        (entry,) = catalogue.series
        np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels())
        assert catalogue.findings == ()

    def test_names_copied_in_small_letters_are_found(self, medium):
        for path in sorted(medium.rglob("*"), key=lambda path: -len(path.parts)):
            path.rename(path.with_name(path.name.lower()))
        (entry,) = read_catalogue(medium / "dicomdir").series
        assert len(entry.headers) == 5

    def test_a_missing_file_is_said(self, medium):
        files = sorted(path for path in medium.rglob("*") if path.is_file() and path.name != "DICOMDIR")
        files[-1].unlink()
        (finding,) = read_catalogue(medium / "DICOMDIR").findings
        assert finding.code == "listed_files_missing"
        assert "1 of the 5 files" in finding.message

    def test_it_leads_nowhere_else(self, medium, tmp_path):
        dataset = pydicom.dcmread(medium / "DICOMDIR")
        stranger = tmp_path / "made" / "IM0000.dcm"
        assert stranger.is_file()
        for record in dataset.DirectoryRecordSequence:
            if "ReferencedFileID" in record:
                record.ReferencedFileID = ["..", "made", "IM0000.dcm"]
        with pydicom.config.disable_value_validation():
            dataset.save_as(medium / "DICOMDIR")
        catalogue = read_catalogue(medium / "DICOMDIR")
        assert catalogue.series == ()
        assert "5 of the 5" in catalogue.findings[0].message

    def test_in_a_folder_it_is_one_file_of_another_kind(self, medium):
        catalogue = read_catalogue(medium)
        assert len(catalogue.series) == 1
        assert catalogue.ignored_count == 1


class TestStacks:
    def test_series_come_in_the_order_of_their_numbers(self, tmp_path):
        for number, name in ((3, "a"), (1, "b"), (2, "c")):
            write(tmp_path / name, number=number, description=f"phase {number}")
        catalogue = read_catalogue(tmp_path)
        assert [(entry.number, entry.description) for entry in catalogue.series] == [
            (1, "phase 1"),
            (2, "phase 2"),
            (3, "phase 3"),
        ]
        assert catalogue.listing().splitlines()[0].split("  ")[1:] == [
            "1",
            "CT",
            "phase 1",
            "5 slices of 9 x 7, 0.7 x 0.9 x 2.5 mm",
        ]

    def test_orientations_of_one_series_are_separate_entries(self, tmp_path):
        write(tmp_path / "a", seed=1)
        paths = write(tmp_path / "b", CORONAL, seed=2, first_number=11)
        for path in paths:
            edit(path, SOPInstanceUID=pydicom.uid.generate_uid())
        one, other = read_catalogue(tmp_path).series
        assert one.uid == other.uid
        np.testing.assert_array_equal(read_image_series(one, "x").voxels, voxels(1))
        assert read_image_series(other, "x").voxels.shape == (9, 5, 7)

    @pytest.mark.parametrize("change", [{"FrameOfReferenceUID": "1.2.3"}, {"PixelSpacing": ["0.8", "0.7"]}])
    def test_frames_of_reference_and_spacings_are_kept_apart(self, tmp_path, change):
        write(tmp_path / "a")
        for path in write(tmp_path / "b"):
            edit(path, SOPInstanceUID=pydicom.uid.generate_uid(), **change)
        assert [entry.image.stack.grid.shape for entry in read_catalogue(tmp_path).series] == [SHAPE, SHAPE]

    def test_a_localiser_among_the_slices_is_left_out(self, tmp_path):
        write(tmp_path / "a")
        for path in write(tmp_path / "b", CORONAL.cropped((0, 0, 0), (9, 7, 2)), first_number=21):
            edit(
                path,
                SOPInstanceUID=pydicom.uid.generate_uid(),
                ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
            )
        (entry,) = read_catalogue(tmp_path).series
        assert entry.image.stack.grid.shape == SHAPE
        assert codes(entry) == ["images_left_out"]
        assert "2 of 7 images" in entry.image.findings[0].message

    def test_a_single_image_of_another_orientation_is_left_out(self, tmp_path):
        write(tmp_path / "a")
        keep, *rest = write(tmp_path / "b", CORONAL)
        edit(keep, SOPInstanceUID=pydicom.uid.generate_uid())
        for path in rest:
            path.unlink()
        (entry,) = read_catalogue(tmp_path).series
        assert codes(entry) == ["images_left_out"]

    def test_a_series_of_localisers_is_still_listed(self, tmp_path):
        write(tmp_path, attributes={"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]})
        (entry,) = read_catalogue(tmp_path).series
        assert entry.refusal == ""

    @pytest.mark.parametrize("is_renamed", [False, True])
    def test_copies_are_left_out(self, tmp_path, is_renamed):
        for path in write(tmp_path)[1:3]:
            copy = path.with_name(f"copy of {path.name}")
            shutil.copy(path, copy)
            if is_renamed:
                edit(copy, SOPInstanceUID=pydicom.uid.generate_uid(), InstanceNumber=70)
        (entry,) = read_catalogue(tmp_path).series
        assert codes(entry) == ["copies_left_out"]
        np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels())

    def test_an_image_that_contradicts_another_is_no_copy(self, tmp_path):
        path = write(tmp_path)[2]
        copy = tmp_path / "other"
        shutil.copy(path, copy)
        edit(copy, PixelData=bytes(2 * 9 * 7))
        (entry,) = read_catalogue(tmp_path).series
        assert "6 images lie at only 5 positions, 1 to 2 at each" in entry.refusal
        with pytest.raises(InputError, match="numbers 3 and 3"):
            read_image_series(entry, "x")

    @pytest.mark.parametrize(
        ("keyword", "values", "parts"),
        [
            ("EchoTime", ["80", "9.5", "120"], ["EchoTime 9.5", "EchoTime 80", "EchoTime 120"]),
            (
                "TemporalPositionIdentifier",
                [1, 2, 10],
                [f"TemporalPositionIdentifier {n}" for n in (1, 2, 10)],
            ),
            (
                "DiffusionBValue",
                [0.0, 50.0, 800.0],
                [f"DiffusionBValue {b}" for b in ("0.0", "50.0", "800.0")],
            ),
            ("AcquisitionTime", ["101010", "101020", "101030"], [f"part {n} of 3" for n in (1, 2, 3)]),
        ],
    )
    def test_a_fourth_dimension_is_parted_by_the_tag_that_tells(self, tmp_path, keyword, values, parts):
        for seed, value in enumerate(values):
            for path in write(tmp_path / str(seed), seed=seed, modality="MR", first_number=1 + 5 * seed):
                edit(path, SOPInstanceUID=pydicom.uid.generate_uid(), **{keyword: value})
        entries = read_catalogue(tmp_path).series
        assert [entry.image.part for entry in entries] == parts
        order = np.argsort([float(value) for value in values])
        for entry, seed in zip(entries, order, strict=True):
            np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels(seed))

    def test_two_tags_part_what_one_cannot(self, tmp_path):
        for seed, (echo, phase) in enumerate((e, p) for e in (10, 20) for p in (1, 2)):
            for path in write(tmp_path / str(seed), seed=seed, modality="MR"):
                uid = pydicom.uid.generate_uid()
                edit(path, SOPInstanceUID=uid, EchoTime=echo, TemporalPositionIdentifier=phase)
        entries = read_catalogue(tmp_path).series
        assert entries[1].image.part == "EchoTime 10.0, TemporalPositionIdentifier 2"
        np.testing.assert_array_equal(read_image_series(entries[2], "x").voxels, voxels(2))

    def test_a_fourth_dimension_that_nothing_tells_is_refused(self, tmp_path):
        for seed in range(3):
            for path in write(tmp_path / str(seed), seed=seed):
                edit(path, SOPInstanceUID=pydicom.uid.generate_uid())
        (entry,) = read_catalogue(tmp_path).series
        with pytest.raises(InputError, match="15 images lie at only 5 positions, 3 at each, and nothing"):
            read_image_series(entry, "x")

    def test_images_are_counted_as_given_where_some_of_them_are_equal(self, tmp_path):
        for seed in range(2):
            for path in write(tmp_path / str(seed), seed=seed)[: 5 - seed]:
                edit(path, SOPInstanceUID=pydicom.uid.generate_uid())
                if path.name.endswith("1.dcm"):
                    edit(path, PixelData=bytes(2 * 9 * 7))
        for path in (tmp_path / "1").glob("*4.dcm"):
            path.unlink()
        (entry,) = read_catalogue(tmp_path).series
        assert "9 images lie at only 5 positions, 1 to 2 at each, and nothing" in entry.refusal

    def test_the_files_of_a_multi_frame_series_are_its_parts(self, tmp_path):
        for seed in range(2):
            texts = SeriesTexts(series_uid="1.2.3")
            path = write_enhanced(tmp_path / str(seed), voxels(seed), GRID, modality="MR", texts=texts)
            edit(path, SOPInstanceUID=f"1.2.3.{seed}")
        entries = read_catalogue(tmp_path).series
        assert [entry.image.part for entry in entries] == ["part 1 of 2", "part 2 of 2"]
        np.testing.assert_array_equal(read_image_series(entries[1], "x").voxels, voxels(1))

    def test_phases_within_one_multi_frame_file_are_parted(self, tmp_path):
        def phase(frame):
            return {"FrameContentSequence": {"TemporalPositionIndex": 1 + frame // 5}}

        order = [*range(5), *range(5)]
        write_enhanced(tmp_path / "x", voxels(), GRID, modality="MR", order=order, per_frame=phase)
        entries = read_catalogue(tmp_path).series
        assert [entry.image.part for entry in entries] == [
            "TemporalPositionIndex 1",
            "TemporalPositionIndex 2",
        ]
        numbers = [read_image_series(entry, "x").slices.instance_numbers for entry in entries]
        assert numbers == [(1, 2, 3, 4, 5), (6, 7, 8, 9, 10)]

    @pytest.mark.parametrize("values", [{"EchoTime": ("10", "80")}, {"AcquisitionNumber": (1, 2)}])
    @pytest.mark.parametrize("offset", [0.5, 0.3, 1.5, -2.5])
    def test_volumes_whose_slices_lie_between_each_other_are_parted(self, tmp_path, values, offset):
        shifted = GRID.point_from_index.copy()
        shifted[2, 3] += offset * 2.5
        for seed, grid in enumerate((GRID, VoxelGrid(SHAPE, shifted))):
            for path in write(tmp_path / str(seed), grid, seed=seed, modality="MR"):
                own = {keyword: pair[seed] for keyword, pair in values.items()}
                edit(path, SOPInstanceUID=pydicom.uid.generate_uid(), **own)
        entries = read_catalogue(tmp_path).series
        (keyword, pair), *_ = values.items()
        assert [entry.image.part for entry in entries] == [f"{keyword} {value}" for value in pair]
        for seed, entry in enumerate(entries):
            volume = read_image_series(entry, "x")
            np.testing.assert_array_equal(volume.voxels, voxels(seed))
            assert volume.grid.point_from_index[2, 3] == pytest.approx(6 + seed * offset * 2.5)

    def test_four_volumes_between_each_other_are_parted_by_two_tags(self, tmp_path):
        for seed, (echo, phase) in enumerate((e, p) for p in (1, 2) for e in (10, 20)):
            shifted = GRID.point_from_index.copy()
            shifted[2, 3] += seed * 2.5 / 4
            for path in write(tmp_path / str(seed), VoxelGrid(SHAPE, shifted), seed=seed, modality="MR"):
                uid = pydicom.uid.generate_uid()
                edit(path, SOPInstanceUID=uid, EchoTime=echo, TemporalPositionIdentifier=phase)
        entries = read_catalogue(tmp_path).series
        assert [entry.image.part for entry in entries] == [
            f"EchoTime {echo}, TemporalPositionIdentifier {phase}"
            for echo in ("10.0", "20.0")
            for phase in (1, 2)
        ]
        for seed, entry in zip((0, 2, 1, 3), entries, strict=True):
            np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels(seed))

    @pytest.mark.parametrize(
        ("keyword", "values"),
        [
            ("AcquisitionNumber", [1] * 5 + [2] * 5),
            ("AcquisitionNumber", [1] * 4 + [2] * 3 + [3] * 3),
            ("AcquisitionNumber", [1, 2, 1, 1, 2, 2, 1, 2, 1, 2]),
            ("AcquisitionNumber", [1, 2, 3, 4, 5] * 2),
            ("AcquisitionNumber", list(range(10))),
            ("AcquisitionTime", ["100000", "100500"] * 5),
            ("AcquisitionTime", [f"1000{k:02d}" for k in range(10)]),
            ("TriggerTime", [str(20 * k) for k in range(10)]),
        ],
    )
    def test_one_volume_taken_in_several_runs_stays_whole(self, tmp_path, keyword, values):
        grid = VoxelGrid((9, 7, 10), GRID.point_from_index)
        write(tmp_path, grid, per_slice=lambda k: {keyword: values[k]})
        (entry,) = read_catalogue(tmp_path).series
        assert entry.image.part == ""
        np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels(0, grid.shape))

    @pytest.mark.parametrize(
        ("keyword", "one", "other"),
        [("PatientID", "A", "B"), ("StudyInstanceUID", "1.2.3.1", "1.2.3.2")],
    )
    @pytest.mark.parametrize("is_above", [True, False])
    def test_patients_and_studies_never_share_a_volume(self, tmp_path, keyword, one, other, is_above):
        grid = VoxelGrid((9, 7, 6), GRID.point_from_index)
        owner = [one] * 3 + [other] * 3 if is_above else [one, other] * 3
        write(tmp_path, grid, per_slice=lambda k: {keyword: owner[k]})
        entries = read_catalogue(tmp_path).series
        assert [entry.image.part for entry in entries] == [f"patient or study {n} of 2" for n in (1, 2)]
        places = [[k for k in range(6) if owner[k] == name] for name in (one, other)]
        for entry, kept in zip(entries, places, strict=True):
            assert "series_of_several_patients" in codes(entry)
            np.testing.assert_array_equal(
                read_image_series(entry, "x").voxels, voxels(0, grid.shape)[:, :, kept]
            )

    def test_equal_images_of_two_patients_are_no_copies(self, tmp_path):
        for name in "AB":
            write(tmp_path / name, attributes={"PatientID": name})
        assert [len(entry.headers) for entry in read_catalogue(tmp_path).series] == [5, 5]

    def test_files_without_a_patient_belong_to_the_only_one(self, tmp_path):
        write(tmp_path, per_slice=lambda k: {"PatientID": "A" if k % 2 else ""})
        (entry,) = read_catalogue(tmp_path).series
        assert codes(entry) == []
        assert entry.image.stack.grid.shape == SHAPE

    def test_the_images_of_a_series_are_known_by_their_uids(self, tmp_path):
        for number in (1, 2):
            write(tmp_path / str(number), number=number)
        for entry, name in zip(read_catalogue(tmp_path).series, "12", strict=True):
            uids = {read_header(path).sop_instance_uid for path in (tmp_path / name).iterdir()}
            assert len(uids) == 5
            assert entry.sop_instance_uids == uids

    def test_descriptions_reach_the_terminal_on_one_line(self, tmp_path):
        write(tmp_path, description="T1\x1b[2J\nax")
        assert read_catalogue(tmp_path).series[0].description == "T1 [2J ax"

    def test_images_without_a_place_are_left_out(self, tmp_path):
        write(tmp_path / "a")
        for path in write(tmp_path / "b", number=2, modality="DX"):
            edit(path, ImagePositionPatient=None)
        catalogue = read_catalogue(tmp_path)
        assert len(catalogue.series) == 1
        assert [finding.code for finding in catalogue.findings] == ["images_without_place"]
        assert catalogue.excuses() == ""

    def test_images_without_a_place_excuse_that_there_is_no_series(self, tmp_path):
        paths = write(tmp_path)
        assert read_catalogue(tmp_path).excuses() == ""
        edit(paths[4], PixelSpacing=None)
        assert "1 images do not say where" in read_catalogue(tmp_path).excuses()
        for path in paths[:4]:
            edit(path, PixelSpacing=None)
        paths[0].write_bytes(paths[0].read_bytes()[:140])
        catalogue = read_catalogue(tmp_path)
        assert catalogue.series == ()
        damaged, placeless = catalogue.excuses().split("; ")
        assert damaged.startswith("1 of 5 DICOM files cannot be read")
        assert placeless.startswith("4 images do not say where")


class TestChoice:
    @pytest.fixture
    def catalogue(self, tmp_path):
        for number, description in enumerate(("T1 ax", "T2 ax", "T2 cor", "12"), start=1):
            write(tmp_path / str(number), number=number, description=description, modality="MR")
        return read_catalogue(tmp_path)

    @pytest.mark.parametrize(
        ("choice", "number"),
        [("2", 2), ("t1 AX", 1), ("*cor", 3), ("t?*c*", 3), ("12", 4), (" 3 ", 3)],
    )
    def test_by_number_and_description(self, catalogue, choice, number):
        assert catalogue.choose(choice).number == number

    def test_by_uid_and_its_end(self, catalogue):
        for entry in catalogue.series:
            assert catalogue.choose(entry.uid) is entry
            assert catalogue.choose(entry.uid[-9:]) is entry

    @pytest.mark.parametrize(
        ("choice", "reason"), [("T2*", "names 2"), ("7", "names none"), ("flair", "names none")]
    )
    def test_doubt_is_answered_with_the_listing(self, catalogue, choice, reason):
        with pytest.raises(InputError, match=reason) as caught:
            catalogue.choose(choice)
        assert catalogue.listing() in str(caught.value)

    def test_among_one_kind(self, catalogue):
        with pytest.raises(InputError, match="holds no DICOM segmentation"):
            catalogue.choose("1", Kind.SEGMENTATION)


def test_segmentations_and_structure_sets_are_entries_with_what_they_refer_to(tmp_path):
    images = write(tmp_path / "images", number=1)
    series = read_header(images[0]).series_uid
    for name, sop_class, modality in (
        ("seg", "1.2.840.10008.5.1.4.1.1.66.4", "SEG"),
        ("rt", "1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT"),
        ("dose", "1.2.840.10008.5.1.4.1.1.481.2", "RTDOSE"),
    ):
        path = write(tmp_path / name, number=5, description=name)[0]
        for other in path.parent.glob("*"):
            if other != path:
                other.unlink()
        reference = pydicom.Dataset()
        reference.SeriesInstanceUID = series
        edit(path, SOPClassUID=sop_class, Modality=modality, ReferencedSeriesSequence=[reference])
    catalogue = read_catalogue(tmp_path)
    kinds = {entry.kind: entry for entry in catalogue.series}
    assert set(kinds) == {Kind.IMAGE, Kind.SEGMENTATION, Kind.STRUCTURE_SET}
    assert kinds[Kind.SEGMENTATION].headers[0].referenced_series_uids == (series,)
    assert catalogue.ignored_count == 1
    assert "SEG" in catalogue.listing(Kind.SEGMENTATION)
    with pytest.raises(InputError, match="no image series but a segmentation"):
        read_image_series(kinds[Kind.SEGMENTATION], "x")
