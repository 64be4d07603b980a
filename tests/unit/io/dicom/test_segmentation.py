"""Segments of DICOM SEG files keep their names, places and voxels, whichever way they are stored."""

import copy
import warnings
from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError, MouldgenError, Severity
from mouldgen.frames import VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.dicom.files import read_dataset
from mouldgen.io.dicom.identity import Identity
from mouldgen.io.dicom.segment_content import read_content
from mouldgen.io.dicom.segment_images import named_by_images, slice_spacing_mm
from mouldgen.io.dicom.segmentation import open_segmentation
from mouldgen.io.stored_volume import StoredVolume, turned_to_patient
from mouldgen.testing.dicom_segments import reorder_frames, source_images, write_segmentation
from mouldgen.testing.phantoms import rotation_about
from mouldgen.testing.strategies import voxel_grids

RLE, JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"
IMPLICIT = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom", "ignore::UserWarning:highdicom")


def oblique_grid(shape=(7, 9, 6), spacing=(0.7, 1.3, 2.5), *, mirrored=False):
    affine = np.eye(4)
    affine[:3, :3] = rotation_about((1, 2, 3), 33) * spacing * (1, 1, -1 if mirrored else 1)
    affine[:3, 3] = (10, -20, 30)
    return VoxelGrid(shape, affine)


GRID = oblique_grid()


def box(start, stop, grid=GRID):
    mask = np.zeros(grid.shape, bool)
    mask[tuple(slice(low, high) for low, high in zip(start, stop, strict=True))] = True
    return mask


TUMOUR = box((1, 2, 1), (5, 6, 4))
VESSEL = box((4, 5, 3), (6, 8, 5))
TWO = ([TUMOUR, VESSEL], ["Tumour", "Vessel"])


@pytest.fixture
def write(tmp_path):
    """Write segments, and return the path and the data set."""

    def write_segments(masks=TWO[0], names=TWO[1], grid=GRID, **options):
        path = tmp_path / "seg.dcm"
        return path, write_segmentation(path, masks, names, grid, **options)

    return write_segments


def saved(dataset, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path)
    return path


def opened(path):
    return open_segmentation(path, "the input")


def codes(findings):
    return [finding.code for finding in findings]


def assert_at(labels, mask, grid, number):
    """Assert that a label is a mask: its voxels have the same centres in space, and there are no others."""
    indices = labels.grid.to_indices(grid.to_points(np.argwhere(mask)))
    nearest = indices.round().astype(int)
    assert np.abs((indices - nearest) * labels.grid.spacing_mm).max() < 1e-3
    assert (labels.voxels[tuple(nearest.T)] == number).all()
    assert np.count_nonzero(labels.voxels == number) == np.count_nonzero(mask)


def wide_grids():
    """Lattices whose frames have at least 8 pixels: highdicom 0.28 packs the bits of smaller ones wrongly."""
    return voxel_grids(most_vox=6).filter(lambda grid: grid.shape[0] * grid.shape[1] >= 8)


@given(
    grid=wide_grids(),
    seed=st.integers(0, 2**31),
    kind=st.sampled_from(["BINARY", "FRACTIONAL", "LABELMAP"]),
    stored=st.fixed_dictionaries(
        {
            "transfer_syntax_uid": st.sampled_from([IMPLICIT, "1.2.840.10008.1.2.1"]),
            "omit_empty_frames": st.booleans(),
        }
    ),
)
def test_segments_come_back_on_any_grid(tmp_path_factory, grid, seed, kind, stored):
    drawn = np.random.default_rng(seed).integers(0, 3, grid.shape)
    masks = [drawn == 1, drawn == 2]
    if kind != "LABELMAP":
        masks[1] |= drawn == 1
    for mask in masks:
        mask[0, 0, 0] = False
    masks[0][0, 0, 0] = True
    path = tmp_path_factory.mktemp("seg") / "seg.dcm"
    write_segmentation(path, masks, ["a", "b"], grid, kind=kind, **stored)
    source = opened(path)
    for structure in source.structures:
        mask = masks[structure.number - 1]
        found = source.voxels_of([structure.number])
        assert found.labels.voxels.sum() == structure.number * mask.sum()
        assert_at(found.labels, mask, grid, structure.number)
        assert found.labels.grid.is_right_handed
        np.testing.assert_allclose(
            source.center_lps(structure.number), grid.to_points(np.argwhere(mask)).mean(axis=0), atol=1e-3
        )
    assert [item.number for item in source.structures] == [n + 1 for n in (0, 1) if masks[n].any()]


@given(
    grid=wide_grids().filter(lambda grid: grid.shape[2] > 1),
    seed=st.integers(0, 2**31),
    kind=st.sampled_from(["BINARY", "FRACTIONAL"]),
)
def test_voxels_and_points_agree_with_highdicom(tmp_path_factory, grid, seed, kind):
    masks = list(np.random.default_rng(seed).random((2, *grid.shape)) < 0.5)
    masks[0][:, :, [0, -1]] = True
    path = tmp_path_factory.mktemp("seg") / "seg.dcm"
    write_segmentation(path, masks, ["a", "b"], grid, kind=kind, omit_empty_frames=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        volume = highdicom.seg.segread(path).get_volume(dtype=np.float32)
    source = opened(path)
    for structure in source.structures:
        labels = source.voxels_of([structure.number]).labels
        theirs = np.argwhere(volume.array[..., structure.number - 1] >= 0.5)
        points = theirs @ volume.affine[:3, :3].T + volume.affine[:3, 3]
        indices = labels.grid.to_indices(points)
        assert np.abs(indices - indices.round()).max() * labels.grid.spacing_mm.max() < 1e-3
        assert labels.voxels[tuple(indices.round().astype(int).T)].all()
        assert len(theirs) == np.count_nonzero(labels.voxels)


@pytest.mark.parametrize(
    ("kind", "syntax"), [("BINARY", IMPLICIT), ("FRACTIONAL", RLE), ("FRACTIONAL", JPEG_LS)]
)
def test_the_frames_agree_with_itk(write, kind, syntax):
    """ITK reads the pixels of a SEG frame by frame, whose places the functional groups hold.

    Frames have whole bytes: of others, ITK gives bits that were never set.
    """
    grid = oblique_grid((8, 9, 6))
    masks = [box((1, 2, 1), (5, 6, 4), grid), box((4, 5, 3), (6, 8, 5), grid)]
    path, dataset = write(masks, grid=grid, kind=kind, transfer_syntax_uid=syntax)
    frames = sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0
    source = opened(path)
    for number in (1, 2):
        labels = source.voxels_of([number]).labels
        seen = 0
        for frame, item in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
            if item.SegmentIdentificationSequence[0].ReferencedSegmentNumber == number:
                corner = np.array(item.PlanePositionSequence[0].ImagePositionPatient, float)
                rows, columns = np.nonzero(frame)
                steps = np.outer(columns * 0.7, grid.directions[:, 0]) + np.outer(
                    rows * 1.3, grid.directions[:, 1]
                )
                nearest = labels.grid.to_indices(corner + steps).round().astype(int)
                assert (labels.voxels[tuple(nearest.T)] == number).all()
                seen += len(rows)
        assert seen == np.count_nonzero(labels.voxels)


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_voxels_are_those_of_the_masks_in_patient_order(write, mirrored):
    grid = oblique_grid(mirrored=mirrored)
    path, _ = write(grid=grid, omit_empty_frames=False)
    truth, patient_grid = turned_to_patient(np.where(TUMOUR, 1, 2 * VESSEL), grid)
    found = opened(path).voxels_of([1, 2])
    np.testing.assert_array_equal(found.labels.voxels, truth)
    np.testing.assert_allclose(found.labels.grid.point_from_index, patient_grid.point_from_index, atol=1e-6)
    assert found.overlap_vox == np.count_nonzero(TUMOUR & VESSEL) > 0


def test_names_codes_and_references_are_read(write):
    images = source_images(GRID)
    path, _ = write(images=images)
    source = opened(path)
    assert [str(item) for item in source.structures] == ["1 (Tumour)", "2 (Vessel)"]
    assert source.structures[0].stored_name == "Tumour"
    assert source.structures[0].terminology == "Morphologically Altered Structure: Mass (SCT 4147007)"
    assert source.asks_for_choice
    assert source.files == (path,)
    assert source.name == "the input"
    assert source.frame_of_reference_uid == images[0].FrameOfReferenceUID
    assert source.referenced_series_uids == (images[0].SeriesInstanceUID,)
    assert source.findings == ()


def test_a_type_may_have_a_modifier(write):
    path, dataset = write()
    kind = dataset.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0]
    modifier = pydicom.Dataset()
    modifier.CodeValue, modifier.CodingSchemeDesignator, modifier.CodeMeaning = "24028007", "SCT", "Right"
    kind.SegmentedPropertyTypeModifierCodeSequence = [modifier]
    terminology = opened(saved(dataset, path)).structures[0].terminology
    assert terminology == "Morphologically Altered Structure: Mass, Right (SCT 4147007)"


def test_a_name_that_tells_the_patient_stays_inside(write):
    path, _ = write(names=["Tumour of Doe", "Vessel MRN-4711"])
    source = opened(path)
    assert [item.name for item in source.structures] == ["segment 1", "segment 2"]
    assert [item.stored_name for item in source.structures] == ["Tumour of Doe", "Vessel MRN-4711"]


def test_segments_of_one_name_stay_apart(write):
    source = opened(write(names=["Lesion", "Lesion"])[0])
    assert [str(item) for item in source.structures] == ["1 (Lesion)", "2 (Lesion)"]
    assert source.voxels_of([2]).labels.voxels.sum() == 2 * VESSEL.sum()


def test_an_empty_segment_is_left_out_with_a_finding(write):
    source = opened(write([TUMOUR, TUMOUR & False], omit_empty_frames=False)[0])
    assert [item.number for item in source.structures] == [1]
    assert codes(source.findings) == ["segments_empty"]
    assert not source.asks_for_choice


def test_a_file_of_empty_segments_is_refused(write):
    path, _ = write([TUMOUR & False] * 2, omit_empty_frames=False)
    with pytest.raises(InputError, match="none of them has a voxel"):
        opened(path)


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_frames_may_come_in_any_order_and_empty_ones_may_be_absent(write, kind):
    masks = [TUMOUR & ~VESSEL, VESSEL.copy()]
    path, dataset = write(masks, kind=kind, omit_empty_frames=False)
    truth = opened(path).voxels_of([1, 2]).labels
    order = np.random.default_rng(1).permutation(int(dataset.NumberOfFrames)).tolist()
    reorder_frames(dataset, order)
    mixed = opened(saved(dataset, path)).voxels_of([1, 2]).labels
    np.testing.assert_array_equal(mixed.voxels, truth.voxels)
    np.testing.assert_allclose(mixed.grid.point_from_index, truth.grid.point_from_index, atol=1e-9)
    for mask in masks:
        mask[:, :, 3] = False
    path, dataset = write(masks, kind=kind)
    source = opened(path)
    assert source.slices.count == 4
    assert_at(source.voxels_of([1, 2]).labels, masks[0], GRID, 1)
    assert_at(source.voxels_of([1, 2]).labels, masks[1], GRID, 2)


@pytest.mark.parametrize("bits", [1, 8])
def test_bits_of_frames_need_not_begin_at_bytes(write, bits):
    """63 pixels a frame: each begins at another bit; some writers use whole bytes for BINARY."""
    path, dataset = write([TUMOUR], ["a"])
    if bits == 8:
        frames = dataset.pixel_array
        dataset.PixelData = frames.tobytes() + bytes(frames.size % 2)
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit = 7
        saved(dataset, path)
    assert_at(opened(path).voxels_of([1]).labels, TUMOUR, GRID, 1)


@pytest.mark.parametrize(
    ("kind", "syntax"),
    [
        ("BINARY", JPEG_2000),
        ("FRACTIONAL", RLE),
        ("FRACTIONAL", JPEG_LS),
        ("FRACTIONAL", JPEG_2000),
        ("LABELMAP", RLE),
        ("LABELMAP", JPEG_LS),
        ("LABELMAP", JPEG_2000),
    ],
)
def test_compressed_frames_are_read(write, kind, syntax):
    grid = oblique_grid((40, 36, 5))
    masks = [box((3, 4, 0), (20, 30, 3), grid), box((22, 4, 1), (33, 31, 5), grid)]
    path, _ = write(masks, grid=grid, kind=kind, transfer_syntax_uid=syntax)
    labels = opened(path).voxels_of([1, 2]).labels
    for number, mask in enumerate(masks, start=1):
        assert_at(labels, mask, grid, number)


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000, IMPLICIT])
def test_segment_numbers_of_16_bits_are_read(write, syntax):
    grid = oblique_grid((40, 36, 3))
    masks = [box((3, 4, 0), (20, 30, 3), grid), box((22, 4, 1), (33, 31, 3), grid)]
    path, dataset = write(masks, grid=grid, kind="LABELMAP", numbers=(7, 1000), transfer_syntax_uid=syntax)
    assert dataset.BitsAllocated == 16
    source = opened(path)
    assert [item.number for item in source.structures] == [7, 1000]
    assert_at(source.voxels_of([7, 1000]).labels, masks[1], grid, 1000)


def test_a_deflated_file_is_read(write):
    path, dataset = write()
    dataset.file_meta.TransferSyntaxUID = DEFLATED
    assert_at(opened(saved(dataset, path)).voxels_of([1]).labels, TUMOUR, GRID, 1)


class TestFractions:
    """A voxel belongs to a segment from one half, and what lies between is said."""

    @pytest.mark.parametrize(("largest", "lowest"), [(255, 128), (254, 127), (100, 50), (1, 1), (3, 2)])
    def test_the_border_is_one_half(self, write, largest, lowest):
        path, dataset = write([TUMOUR], ["a"], kind="FRACTIONAL", largest=largest, omit_empty_frames=False)
        values = np.zeros((6, 9, 7), np.uint8)
        values[:, 4, 5] = largest
        values[:, 4, 4] = lowest
        values[:, 4, 3] = lowest - 1
        dataset.PixelData = values.tobytes()
        found = opened(saved(dataset, path)).voxels_of([1]).labels
        assert_at(found, box((4, 4, 0), (6, 5, 6)), GRID, 1)

    def test_the_volume_between_is_said(self, write):
        shares = TUMOUR * 1.0
        shares[1, 2, 1:4] = (0.2, 0.6, 0.4)
        source = opened(write([shares, VESSEL], kind="FRACTIONAL", fractional_type="PROBABILITY")[0])
        (finding,) = source.voxels_of([1]).findings
        assert finding.code == "fractional_voxels"
        assert "probability" in finding.message
        assert (
            "0.00682 mL lie between 0 and 1, of which 0.00227 mL are taken" in finding.message
        )  # 3, 1 voxels
        assert source.voxels_of([2]).findings == ()

    @pytest.mark.parametrize("largest", [None, 0, 300])
    def test_an_impossible_maximum_is_refused(self, write, largest):
        path, dataset = write(kind="FRACTIONAL")
        dataset.MaximumFractionalValue = largest
        with pytest.raises(InputError, match="MaximumFractionalValue is"):
            opened(saved(dataset, path))

    def test_a_fraction_above_the_maximum_is_refused(self, write):
        path, dataset = write(kind="FRACTIONAL")
        dataset.MaximumFractionalValue = 100
        with pytest.raises(InputError, match="fraction 255, above its MaximumFractionalValue of 100"):
            opened(saved(dataset, path))


class TestLabelMaps:
    """Pixels are segment numbers; what no segment has is background."""

    def test_numbers_of_no_segment_are_counted(self, write):
        path, dataset = write([TUMOUR & ~VESSEL, VESSEL], kind="LABELMAP")
        del dataset.SegmentSequence[2]
        source = opened(saved(dataset, path))
        assert codes(source.findings) == ["values_without_segment"]
        assert source.findings[0].message.startswith(f"{VESSEL.sum()} voxels")

    def test_the_padding_value_is_background(self, write):
        path, dataset = write([TUMOUR & ~VESSEL, VESSEL], kind="LABELMAP")
        del dataset.SegmentSequence[2]
        dataset.PixelPaddingValue = 2
        assert opened(saved(dataset, path)).findings == ()

    def test_a_described_background_is_no_structure(self, write):
        path, dataset = write([TUMOUR], ["a"], kind="LABELMAP")
        assert [item.SegmentNumber for item in dataset.SegmentSequence] == [0, 1]
        assert [item.number for item in opened(path).structures] == [1]


class TestOneFrame:
    """The thickness of one frame is what the file states as spacing, never SliceThickness."""

    @pytest.fixture
    def single(self, write):
        mask = TUMOUR.copy()
        mask[:, :, 2:] = False
        return write([mask], ["a"])

    def test_the_stated_spacing_is_used(self, single):
        path, dataset = single
        measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        measures.SliceThickness, measures.SpacingBetweenSlices = "9", "2.5"
        source = opened(saved(dataset, path))
        assert source.slices.spacing_mm == pytest.approx(2.5)
        assert source.voxels_of([1]).labels.volume_mm3() == pytest.approx(16 * GRID.voxel_mm3, rel=1e-6)

    def test_without_spacing_it_is_refused(self, single):
        path, dataset = single
        del dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices
        with pytest.raises(InputError, match="the input: there is only one image plane"):
            opened(saved(dataset, path))


class TestCropping:
    """A SEG may end where its segments do; borders of the image are told where that can be known."""

    whole = oblique_grid((12, 14, 8))

    def voxels(self, write, mask, **options):
        path, _ = write([mask], ["a"], self.whole, **options)
        return opened(path).voxels_of([1])

    def test_left_out_frames_make_it_cropped(self, write):
        found = self.voxels(write, box((3, 3, 3), (6, 6, 6), self.whole))
        assert found.is_cropped
        assert found.findings == ()

    def test_a_whole_image_is_not_cropped(self, write):
        inside = box((3, 3, 3), (6, 6, 6), self.whole)
        cut = box((0, 3, 0), (6, 6, 6), self.whole)
        for mask in (inside, cut):
            found = self.voxels(write, mask, omit_empty_frames=False)
            assert not found.is_cropped
            assert found.findings == ()

    def test_all_planes_filled_may_be_cropped(self, write):
        assert self.voxels(write, box((3, 3, 0), (6, 6, 8), self.whole), omit_empty_frames=False).is_cropped

    def test_the_border_of_frames_that_are_not_cropped_cuts(self, write):
        found = self.voxels(write, box((0, 3, 3), (6, 6, 6), self.whole))
        assert found.is_cropped
        assert codes(found.findings) == ["cut_by_border"]
        assert found.findings[0].severity is Severity.WARNING
        assert "right border of its frames (9 voxels)" in found.findings[0].message

    def test_a_tight_box_is_cropped(self, write):
        grid = self.whole.cropped((3, 4, 2), (8, 9, 6))
        path, _ = write([np.ones(grid.shape, bool)], ["a"], grid)
        found = opened(path).voxels_of([1])
        assert found.is_cropped
        assert found.findings == ()
        assert_at(found.labels, box((3, 4, 2), (8, 9, 6), self.whole), self.whole, 1)


class TestSourceImages:
    """Slices carry the UIDs of the images they were drawn on, where each has exactly one."""

    def test_each_slice_has_its_image(self, write):
        images = source_images(GRID)
        source = opened(write(images=images, omit_empty_frames=False)[0])
        uids = [image.SOPInstanceUID for image in images]
        positions = [np.array(image.ImagePositionPatient, float) for image in images]
        slices = source.slices
        assert set(slices.sop_instance_uids) == set(uids)
        for index, uid in enumerate(slices.sop_instance_uids):
            point = slices.first_center_mm + index * slices.step_mm
            assert abs((positions[uids.index(uid)] - point) @ slices.normal_lps) < 1e-3

    def test_without_references_there_are_none(self, write):
        path, dataset = write()
        for item in dataset.PerFrameFunctionalGroupsSequence:
            del item.DerivationImageSequence
        assert opened(saved(dataset, path)).slices.sop_instance_uids == ()

    def test_text_that_is_no_uid_is_left_aside(self, write):
        path, dataset = write(omit_empty_frames=False)
        derivation = dataset.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0]
        derivation.SourceImageSequence[0].ReferencedSOPInstanceUID = "Doe^Jane"
        assert opened(saved(dataset, path)).slices.sop_instance_uids == ()


class TestPositions:
    """Frames make up one lattice, or are refused."""

    @staticmethod
    def moved(dataset, index, offset):
        frame = dataset.PerFrameFunctionalGroupsSequence[index]
        position = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float) + offset
        place = pydicom.Dataset()
        place.ImagePositionPatient = position.round(9).tolist()
        frame.PlanePositionSequence = [place]

    def test_a_second_frame_at_one_position_is_refused(self, write):
        path, dataset = write([TUMOUR], ["a"])
        reorder_frames(dataset, [0, 1, 1, 2])
        with pytest.raises(InputError, match="two frames of segment 1 at the same position"):
            opened(saved(dataset, path))

    def test_frames_beside_each_other_are_refused(self, write):
        path, dataset = write([TUMOUR, TUMOUR])
        self.moved(dataset, 3, 5 * GRID.directions[:, 0])
        with pytest.raises(InputError, match="5 mm beside each other"):
            opened(saved(dataset, path))

    def test_tilted_frames_are_refused(self, write):
        path, dataset = write([TUMOUR], ["a"])
        for index in range(3):
            self.moved(dataset, index, index * 0.8 * GRID.directions[:, 1])
        with pytest.raises(InputError, match="gantry tilt"):
            opened(saved(dataset, path))

    def test_frames_that_are_turned_are_refused(self, write):
        path, dataset = write()
        orientation = pydicom.Dataset()
        orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PerFrameFunctionalGroupsSequence[1].PlaneOrientationSequence = [orientation]
        with pytest.raises(InputError, match="turned against each other"):
            opened(saved(dataset, path))

    def test_spacing_comes_from_positions(self, write):
        path, dataset = write([TUMOUR], ["a"])
        measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        measures.SliceThickness, measures.SpacingBetweenSlices = "9", "7.1"
        source = opened(saved(dataset, path))
        assert source.slices.spacing_mm == pytest.approx(2.5, abs=1e-6)
        assert codes(source.findings) == ["spacing_contradicts_positions"]

    def test_planes_that_span_more_than_fits_are_refused(self, write):
        path, dataset = write([TUMOUR], ["a"])
        dataset.Rows = dataset.Columns = 512
        dataset.PixelData = bytes(3 * 512 * 512 // 8)
        self.moved(dataset, 0, 20000 * GRID.directions[:, 2])
        with pytest.raises(InputError, match="empty planes between them included"):
            opened(saved(dataset, path))


class TestDamage:
    """What does not add up is refused with a reason, before memory is taken."""

    @pytest.mark.parametrize(
        ("keyword", "value", "reason"),
        [
            ("Rows", 0, "frames of 0 rows"),
            ("Rows", 60000, "is cut short"),
            ("NumberOfFrames", 4, "4 frames, but describes 5"),
            ("BitsAllocated", 32, "values of 32 bits"),
            ("SamplesPerPixel", 3, "3 unsigned values"),
            ("PixelRepresentation", 1, "signed values"),
            ("SegmentationType", "SURFACE", "unknown or missing SegmentationType"),
            ("SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.5", "no DICOM SEG"),
            ("SegmentSequence", [], "describes no segment"),
            ("PixelData", b"", "holds no pixels"),
            ("PixelData", b"\0\0", "is cut short"),
        ],
    )
    def test_impossible_values_are_refused(self, write, keyword, value, reason):
        path, dataset = write()
        setattr(dataset, keyword, value)
        with pytest.raises(InputError, match=reason):
            opened(saved(dataset, path))

    @pytest.mark.parametrize("number", [None, 70000, 1])
    def test_impossible_segment_numbers_are_refused(self, write, number):
        path, dataset = write()
        element = pydicom.DataElement(0x00620004, "UL", number)
        dataset.SegmentSequence[1][0x00620004] = element
        with pytest.raises(InputError, match="gives its segment 2 no number"):
            opened(saved(dataset, path))

    def test_a_frame_must_say_its_segment(self, write):
        path, dataset = write()
        del dataset.PerFrameFunctionalGroupsSequence[2].SegmentIdentificationSequence
        with pytest.raises(InputError, match="which segment its frame 3 belongs to"):
            opened(saved(dataset, path))

    def test_other_syntaxes_are_refused(self, write):
        path, dataset = write(kind="FRACTIONAL", transfer_syntax_uid=RLE)
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.81"
        with pytest.raises(
            InputError, match=r"transfer syntax 1\.2\.840\.10008\.1\.2\.4\.81, which is not read"
        ):
            opened(saved(dataset, path))

    @pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000])
    def test_compressed_frames_of_another_size_are_refused(self, write, syntax):
        grid = oblique_grid((40, 36, 3))
        masks = [box((3, 4, 0), (20, 30, 3), grid)]
        path, dataset = write(masks, ["a"], grid, kind="FRACTIONAL", transfer_syntax_uid=syntax)
        dataset.Rows = 8000
        dataset.Columns = 8000
        with pytest.raises(InputError, match="frame 1 are not 8000 rows and 8000 columns"):
            opened(saved(dataset, path))

    def test_numbers_that_no_segment_has_are_refused(self, write):
        source = opened(write()[0])
        for ask in (
            lambda: source.voxels_of([1, 3]),
            lambda: source.voxels_of([]),
            lambda: source.center_lps(0),
        ):
            with pytest.raises(InputError, match=r"holds the segments 1 \(Tumour\), 2 \(Vessel\)"):
                ask()

    @pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
    @given(
        changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
        share=st.floats(0.3, 1.0),
    )
    def test_changed_bytes_are_refused_or_harmless(self, tmp_path_factory, kind, changes, share):
        folder = tmp_path_factory.getbasetemp() / f"damage_{kind}"
        folder.mkdir(exist_ok=True)
        whole = folder / "whole.dcm"
        if not whole.exists():
            syntax = "1.2.840.10008.1.2.1" if kind == "BINARY" else RLE
            write_segmentation(
                whole, [TUMOUR & ~VESSEL, VESSEL], ["a", "b"], GRID, kind=kind, transfer_syntax_uid=syntax
            )
        raw = bytearray(whole.read_bytes())
        for place, byte in changes:
            raw[132 + int(place * (len(raw) - 132))] = byte
        path = folder / "changed.dcm"
        path.write_bytes(raw[: int(share * len(raw))] if not changes else raw)
        try:
            source = opened(path)
            source.voxels_of([source.structures[0].number])
        except MouldgenError as error:
            assert isinstance(error, InputError)  # noqa: PT017 - either outcome is right


def test_frames_of_other_pixel_sizes_in_one_plane_are_refused(write):
    """Read with the first segment's pixels, the second would have another volume."""
    path, dataset = write(omit_empty_frames=False)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    measures = shared.PixelMeasuresSequence[0]
    for item in dataset.PerFrameFunctionalGroupsSequence:
        own = copy.deepcopy(measures)
        factor = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        own.PixelSpacing = [factor * float(step) for step in measures.PixelSpacing]
        item.PixelMeasuresSequence = [own]
    del shared.PixelMeasuresSequence
    with pytest.raises(InputError, match=r"pixels are 1\.3 x 0\.7 and 2\.6 x 1\.4 mm; expected one size"):
        opened(saved(dataset, path))


def series_of(grid):
    """Return the images that the planes of a grid are, by SOP instance UID and instance number."""
    uids = tuple(f"1.2.840.{k}" for k in range(grid.shape[2]))
    slices = SliceStack.along_axis(grid, 2)
    return replace(slices, sop_instance_uids=uids, instance_numbers=tuple(range(1, grid.shape[2] + 1)))


def images_of(grid, images=None):
    """Return an image series on a grid; its slices are those of `images` (pydicom) if given."""
    voxels, patient_grid = turned_to_patient(np.zeros(grid.shape, np.int16), grid)
    slices = series_of(grid)
    if images is not None:
        slices = replace(slices, sop_instance_uids=tuple(image.SOPInstanceUID for image in images))
    return StoredVolume(
        name="ct",
        format_name="DICOM CT",
        pixel_type="int16",
        files=(),
        voxels=voxels,
        grid=patient_grid,
        file_grid=grid,
        slices=slices,
    )


def stating(dataset, path, spacing_mm):
    """Save a SEG that states a spacing between slices, or none."""
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    if spacing_mm is None:
        del measures.SpacingBetweenSlices
    else:
        measures.SpacingBetweenSlices = spacing_mm
    return saved(dataset, path)


def sources_of(frame):
    return frame.DerivationImageSequence[0].SourceImageSequence


class TestImagesAtHand:
    """The series that a SEG was drawn on tells the distance of planes and checks which images it names."""

    def test_one_frame_is_as_thick_as_the_distance_of_the_images(self, write):
        path, dataset = write([TUMOUR & box((0, 0, 1), (7, 9, 2))], ["a"])
        for stated_mm in (None, 1.0):
            source = open_segmentation(stating(dataset, path, stated_mm), "the input", images_of(GRID))
            labels = source.voxels_of([1]).labels
            assert labels.volume_mm3() == pytest.approx(16 * GRID.voxel_mm3, rel=1e-6)
            if stated_mm is None:
                dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices = 1

    def test_two_planes_with_an_empty_one_between_keep_the_distance_of_the_images(self, write):
        mask = TUMOUR.copy()
        mask[:, :, 2] = False
        path, dataset = write([mask], ["a"])
        source = open_segmentation(stating(dataset, path, 1.0), "the input", images_of(GRID))
        assert source.voxels_of([1]).labels.volume_mm3() == pytest.approx(32 * GRID.voxel_mm3, rel=1e-6)
        assert source.slices.count == 3
        assert source.findings == ()

    @pytest.mark.parametrize("mirrored", [False, True])
    def test_planes_carry_numbers_and_uids_of_the_images_at_their_position(self, write, mirrored):
        grid = oblique_grid(mirrored=mirrored)
        images = source_images(grid)
        path, _ = write(grid=grid, images=images)
        reference = images_of(grid, images)
        slices = open_segmentation(path, "the input", reference).slices
        for index in range(slices.count):
            point = slices.first_center_mm + index * slices.step_mm
            place = round(grid.to_indices(point)[2])
            assert slices.instance_numbers[index] == place + 1
            assert slices.sop_instance_uids[index] == reference.slices.sop_instance_uids[place]

    def test_images_of_other_positions_are_replaced_with_a_warning(self, write):
        images = source_images(GRID)
        path, dataset = write([TUMOUR], ["a"], images=images)
        right = open_segmentation(path, "the input", images_of(GRID, images))
        assert right.findings == ()
        frames = dataset.PerFrameFunctionalGroupsSequence
        uids = [sources_of(frame)[0].ReferencedSOPInstanceUID for frame in frames]
        for frame, uid in zip(frames, uids[1:] + uids[:1], strict=True):
            sources_of(frame)[0].ReferencedSOPInstanceUID = uid
        wrong = open_segmentation(saved(dataset, path), "the input", images_of(GRID, images))
        (finding,) = wrong.findings
        assert finding.code == "source_images_contradict_positions"
        assert "3 of 3 frames of the segmentation name images up to 5 mm away" in finding.message
        assert wrong.slices.sop_instance_uids == right.slices.sop_instance_uids

    def test_images_of_other_positions_are_left_out_where_planes_lie_between_images(self, write):
        fine = VoxelGrid((7, 9, 12), GRID.point_from_index @ np.diag((1, 1, 0.5, 1)))
        images = source_images(fine)
        path, _ = write([box((1, 2, 2), (5, 6, 7), fine)], ["a"], fine, images=images)
        reference = images_of(GRID, images[::2])
        source = open_segmentation(path, "the input", reference)
        assert source.findings == ()
        assert len(source.slices.sop_instance_uids) == 5
        contrary = images_of(GRID, [*images[2::2], images[0]])
        source = open_segmentation(path, "the input", contrary)
        assert codes(source.findings) == ["source_images_contradict_positions"]
        assert source.slices.sop_instance_uids == source.slices.instance_numbers == ()

    def test_a_frame_that_names_many_images_is_judged_by_the_nearest(self, write):
        images = source_images(GRID)
        path, dataset = write([TUMOUR], ["a"], images=images)
        frames = dataset.PerFrameFunctionalGroupsSequence
        everything = [item for frame in frames for item in sources_of(frame)]
        for frame in frames:
            frame.DerivationImageSequence[0].SourceImageSequence = copy.deepcopy(everything)
        source = open_segmentation(saved(dataset, path), "the input", images_of(GRID, images))
        assert source.findings == ()
        assert len(source.slices.sop_instance_uids) == 3


class TestOtherFramesGeometry:
    """Every frame is compared with those of its plane, not the first alone."""

    @staticmethod
    def own_measures(dataset, index, pixel_spacing):
        shared = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        own = copy.deepcopy(shared)
        own.PixelSpacing = pixel_spacing
        dataset.PerFrameFunctionalGroupsSequence[index].PixelMeasuresSequence = [own]

    @pytest.mark.parametrize("index", range(5))
    def test_one_frame_of_another_pixel_size_is_refused_wherever_it_is(self, write, index):
        path, dataset = write()
        del dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices
        for other in range(5):
            self.own_measures(dataset, other, [2.6, 1.4] if other == index else [1.3, 0.7])
        with pytest.raises(
            InputError, match=r"1\.3 x 0\.7 (mm )?(and|to) 2\.6 x 1\.4 mm|2\.6 x 1\.4 and 1\.3 x 0\.7"
        ):
            opened(saved(dataset, path))

    @pytest.mark.parametrize("index", range(5))
    def test_one_turned_frame_is_refused_wherever_it_is(self, write, index):
        path, dataset = write()
        shared = dataset.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
        turned = copy.deepcopy(shared)
        turned[0].ImageOrientationPatient = [-value for value in shared[0].ImageOrientationPatient]
        dataset.PerFrameFunctionalGroupsSequence[index].PlaneOrientationSequence = turned
        with pytest.raises(InputError, match="turned against each other"):
            opened(saved(dataset, path))


class TestDoubtfulSpacing:
    """Without images, a stated spacing that contradicts the positions is a warning with both numbers."""

    def test_positions_of_two_planes_win(self, write):
        mask = TUMOUR.copy()
        mask[:, :, 3:] = False
        path, dataset = write([mask], ["a"])
        source = opened(stating(dataset, path, 1.25))
        assert source.voxels_of([1]).labels.volume_mm3() == pytest.approx(32 * GRID.voxel_mm3, rel=1e-6)
        (finding,) = source.findings
        assert finding.code == "spacing_contradicts_positions"
        assert "1.25 mm" in finding.message
        assert "2.5 mm apart" in finding.message

    def test_a_lattice_of_nearly_nothing_but_empty_planes_is_refused(self, write):
        path, dataset = write([TUMOUR], ["a"])
        dataset.Rows = dataset.Columns = 512
        dataset.PixelData = bytes(3 * 512 * 512 // 8)
        TestPositions.moved(dataset, 0, -2000 * GRID.directions[:, 2])
        with pytest.raises(
            InputError, match=r"3 frames of .* span 512 x 512 x 80\d .* at most 64 planes a frame"
        ):
            opened(saved(dataset, path))


def test_names_that_tell_the_patient_of_files_beside_it_stay_inside(write):
    """The SEG may be without names where its images are not."""
    path, dataset = write(names=["Quux tumour", "Vessel of Doe"])
    kind = dataset.SegmentSequence[1].SegmentedPropertyTypeCodeSequence[0]
    kind.CodeMeaning = "Mass of Quux"
    path = saved(dataset, path)
    assert opened(path).structures[0].name == "Quux tumour"
    beside = Identity(frozenset({"quux"}))
    source = open_segmentation(path, "the input", identity=beside)
    assert [item.name for item in source.structures] == ["segment 1", "segment 2"]
    assert source.structures[1].terminology == ""


def test_planes_carry_the_instances_of_the_slices_that_they_lie_on(write):
    path, _ = write()
    own = opened(path).slices
    images = series_of(GRID)
    named, findings = named_by_images(replace(own, sop_instance_uids=()), images)
    places = np.rint((named.first_center_mm - images.first_center_mm) @ images.normal_lps / 2.5).astype(int)
    assert named.instance_numbers[0] == places + 1
    assert named.sop_instance_uids[0] == images.sop_instance_uids[places]
    assert findings == ()


def test_images_that_are_named_for_other_positions_are_a_warning(write):
    path, _ = write()
    own = opened(path).slices
    images = series_of(GRID)
    wrong = replace(own, sop_instance_uids=images.sop_instance_uids[-own.count :][::-1])
    named, findings = named_by_images(wrong, images)
    assert [finding.code for finding in findings] == ["source_images_contradict_positions"]
    assert named.sop_instance_uids != wrong.sop_instance_uids


def test_the_distance_of_the_images_counts_where_the_planes_lie_on_them(write):
    path, _ = write([TUMOUR], ["Tumour"])
    frames = read_content(read_dataset(path, "seg"), "seg").frames
    assert slice_spacing_mm(frames, 1.0, series_of(GRID)) == pytest.approx(2.5)
    assert slice_spacing_mm(frames, 1.0, series_of(oblique_grid(spacing=(0.7, 1.3, 2.1)))) == 1.0
    assert slice_spacing_mm(frames, 1.0, None) == 1.0
