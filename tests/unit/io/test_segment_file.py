"""Segments of ``.seg.nrrd`` files keep their names, places and voxels, whichever way they are stored."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError, MouldgenError, Severity
from mouldgen.frames import VoxelGrid
from mouldgen.io.segment_file import is_segment_file, open_segment_file
from mouldgen.io.stored_volume import turned_to_patient
from mouldgen.io.volumes import read_volume
from mouldgen.testing.segment_file import WrittenSegment, write_segment_file
from mouldgen.testing.strategies import voxel_grids

GRID = VoxelGrid.axis_aligned((8, 9, 10), (0.5, 1.5, 3.0), (-30.0, 20.0, 100.0))
SPACES = ["left-posterior-superior", "right-anterior-superior"]


def box(start, stop, label=1, shape=GRID.shape, dtype=np.uint8):
    voxels = np.zeros(shape, dtype)
    voxels[tuple(slice(low, high) for low, high in zip(start, stop, strict=True))] = label
    return voxels


@pytest.fixture
def write(tmp_path):
    def write_segments(layers, segments, grid=GRID, **options):
        path = tmp_path / "lesions.seg.nrrd"
        write_segment_file(path, layers, grid, segments, **options)
        return path

    return write_segments


def codes(source):
    return [finding.code for finding in source.findings]


@given(
    grid=voxel_grids(most_vox=6),
    seed=st.integers(0, 2**31),
    dtype=st.sampled_from(["uint8", "int16", "uint16", "int32", "float32"]),
    stored=st.fixed_dictionaries(
        {
            "space": st.sampled_from(SPACES),
            "list_axis": st.integers(0, 3),
            "is_compressed": st.booleans(),
        }
    ),
)
def test_overlapping_segments_come_back_on_any_grid(tmp_path_factory, grid, seed, dtype, stored):
    layers = np.random.default_rng(seed).integers(0, 4, (3, *grid.shape)).astype(dtype)
    layers[:, 0, 0, 0] = [1, 2, 3]
    written = [
        WrittenSegment(f"{layer} {label}", label, layer) for layer in range(3) for label in range(1, 4)
    ]
    path = tmp_path_factory.mktemp("segments") / "x.seg.nrrd"
    write_segment_file(path, list(layers), grid, written, **stored)
    source = open_segment_file(path)
    for structure in source.structures:
        layer, label = (int(word) for word in structure.name.split())
        truth, patient_grid = turned_to_patient(layers[layer] == label, grid)
        found = source.voxels_of([structure.number]).labels
        np.testing.assert_array_equal(found.voxels, truth * structure.number)
        np.testing.assert_allclose(found.grid.point_from_index, patient_grid.point_from_index, atol=1e-9)
        places = np.argwhere(layers[layer] == label)
        np.testing.assert_allclose(
            source.center_lps(structure.number), grid.to_points(places).mean(axis=0), atol=1e-9
        )
    absent = 9 - len(source.structures)
    assert ("segments_empty" in codes(source)) is (absent > 0)


@given(grid=voxel_grids(most_vox=5), space=st.sampled_from(SPACES), list_axis=st.sampled_from([0, 3]))
def test_points_agree_with_itk(tmp_path_factory, grid, space, list_axis):
    layers = np.random.default_rng(5).integers(0, 3, (2, *grid.shape)).astype(np.uint8)
    layers[:, -1, -1, -1] = 2
    path = tmp_path_factory.mktemp("segments") / "x.seg.nrrd"
    write_segment_file(
        path,
        list(layers),
        grid,
        [WrittenSegment("a", 2, 0), WrittenSegment("b", 2, 1)],
        space=space,
        list_axis=list_axis,
    )
    source, image = open_segment_file(path), sitk.ReadImage(str(path))
    for layer, number in enumerate((1, 2)):
        labels = source.voxels_of([number]).labels
        for index in np.argwhere(labels.voxels > 0)[:20]:
            point = labels.grid.to_points(index)
            there = image.TransformPhysicalPointToIndex(point.tolist())
            assert image[there][layer] == 2
            assert np.abs(np.array(image.TransformIndexToPhysicalPoint(there)) - point).max() < 1e-6
        assert np.count_nonzero(labels.voxels) == np.count_nonzero(layers[layer] == 2)


def test_segments_share_one_array_and_keep_their_label_values(write):
    voxels = box((1, 1, 1), (3, 4, 5), 3) + box((4, 4, 4), (7, 8, 9), 7)
    source = open_segment_file(
        write([voxels], [WrittenSegment("Tumour", 3), WrittenSegment("Vessel", 7)], list_axis=None)
    )
    assert [str(item) for item in source.structures] == ["3 (Tumour)", "7 (Vessel)"]
    assert source.asks_for_choice
    assert source.findings == ()
    both = source.voxels_of([7, 3])
    np.testing.assert_array_equal(both.labels.voxels, voxels)
    assert both.overlap_vox == 0


def test_segments_with_equal_label_values_are_numbered_in_the_order_of_the_file(write):
    layers = [box((1, 1, 1), (4, 4, 4)), box((3, 3, 3), (7, 7, 7))]
    source = open_segment_file(write(layers, [WrittenSegment("b", 1, 1), WrittenSegment("a", 1, 0)]))
    assert [(item.number, item.name) for item in source.structures] == [(1, "b"), (2, "a")]
    both = source.voxels_of([1, 2])
    assert both.overlap_vox == 1
    assert both.labels.voxels[3, 3, 3] == 1
    assert np.count_nonzero(both.labels.voxels == 2) == 26


def test_older_files_keep_one_segment_a_layer(write):
    layers = [box((1, 1, 1), (4, 4, 4)), box((3, 3, 3), (7, 7, 7))]
    segments = [WrittenSegment(name, None, None) for name in ("first", "second")]
    source = open_segment_file(write(layers, segments))
    for structure, layer in zip(source.structures, layers, strict=True):
        np.testing.assert_array_equal(source.voxels_of([structure.number]).labels.voxels > 0, layer > 0)


def test_segments_of_one_name_stay_apart(write):
    voxels = box((1, 1, 1), (3, 3, 3), 1) + box((4, 4, 4), (7, 7, 7), 2)
    source = open_segment_file(write([voxels], [WrittenSegment("Lesion", 1), WrittenSegment("Lesion", 2)]))
    assert [str(item) for item in source.structures] == ["1 (Lesion)", "2 (Lesion)"]
    assert np.count_nonzero(source.voxels_of([1]).labels.voxels) == 8


def test_a_segment_without_a_name_has_its_identifier(write):
    source = open_segment_file(write([box((1, 1, 1), (3, 3, 3))], [WrittenSegment(None)]))
    assert source.structures[0].name == "Segment_1"
    assert not source.asks_for_choice


def test_the_coded_meaning_is_kept(write):
    lung = (
        "Category and type~SCT^123037004^Anatomical Structure~SCT^39607008^Lung~SCT^24028007^Right~"
        "Anatomic codes~^^~^^"
    )
    segments = [
        WrittenSegment("a", 1),
        WrittenSegment("b", 2, terminology=lung),
        WrittenSegment("c", 3, terminology=""),
    ]
    voxels = np.arange(8 * 9 * 10, dtype=np.uint8).reshape(8, 9, 10) % 4
    assert [item.terminology for item in open_segment_file(write([voxels], segments)).structures] == [
        "Morphologically Altered Structure: Mass (SCT 4147007)",
        "Anatomical Structure: Lung, Right (SCT 39607008)",
        "",
    ]


def test_values_of_no_segment_are_counted_and_left_out(write):
    voxels = box((1, 1, 1), (3, 3, 3), 1) + box((4, 4, 4), (7, 7, 7), 9)
    source = open_segment_file(write([voxels], [WrittenSegment("a", 1)]))
    assert codes(source) == ["values_without_segment"]
    assert source.findings[0].message.startswith("27 voxels")
    assert np.count_nonzero(source.voxels_of([1]).labels.voxels) == 8


def test_segments_that_share_voxels_entirely_are_pointed_out(write):
    source = open_segment_file(
        write([box((1, 1, 1), (3, 3, 3))], [WrittenSegment("tumour"), WrittenSegment("kidney")])
    )
    assert codes(source) == ["segments_share_label"]
    assert source.findings[0].severity is Severity.WARNING


@pytest.mark.parametrize("segment", [WrittenSegment("a", 5), WrittenSegment("a", 1, 4)])
def test_an_empty_segment_is_left_out_with_a_finding(write, segment):
    source = open_segment_file(write([box((1, 1, 1), (3, 3, 3))], [segment, WrittenSegment("b")]))
    assert [item.name for item in source.structures] == ["b"]
    assert codes(source) == ["segments_empty"]
    assert "number 1" in source.findings[0].message


@pytest.mark.parametrize("shape", [(1, 1, 1), (8, 9, 10)])
def test_a_file_of_empty_segments_is_refused(write, shape):
    grid = VoxelGrid(shape, GRID.point_from_index)
    path = write([np.zeros(shape, np.uint8)], [WrittenSegment("a")], grid)
    with pytest.raises(InputError, match="none of them has a voxel"):
        open_segment_file(path)


class TestCropping:
    """A box smaller than the image is cropped, and still lies where it lay in the image."""

    voxels = box((0, 2, 3), (5, 6, 8))
    segments = (WrittenSegment("a"),)

    def opened(self, write, start, stop, **options):
        part = self.voxels[tuple(slice(low, high) for low, high in zip(start, stop, strict=True))]
        return open_segment_file(write([part], self.segments, GRID.cropped(start, stop), **options))

    def test_a_cropped_box_keeps_its_place(self, write):
        source = self.opened(write, (0, 2, 3), (5, 6, 8), image=GRID, offset=(0, 2, 3))
        whole = self.opened(write, (0, 0, 0), GRID.shape, image=GRID, offset=(0, 0, 0))
        assert source.is_cropped
        assert not whole.is_cropped
        np.testing.assert_allclose(source.center_lps(1), whole.center_lps(1), atol=1e-9)
        assert source.voxels_of([1]).is_cropped

    def test_a_label_at_the_border_of_the_image_is_said_to_be_cut(self, write):
        findings = self.opened(write, (0, 2, 3), (5, 6, 8), image=GRID).voxels_of([1]).findings
        assert [finding.code for finding in findings] == ["cut_by_border"]
        assert "right border of the image that it was drawn on (20 voxels)" in findings[0].message

    def test_slices_are_those_of_the_image(self, write):
        slices = self.opened(write, (0, 2, 3), (5, 6, 8), image=GRID).slices
        assert slices.count == 10
        assert slices.first_center_mm[2] == pytest.approx(100.0)
        assert self.opened(write, (0, 2, 3), (5, 6, 8)).slices.first_center_mm[2] == pytest.approx(109.0)

    @pytest.mark.parametrize(
        ("start", "stop", "options", "is_cropped"),
        [
            ((0, 2, 3), (5, 6, 8), {}, True),
            ((0, 1, 3), (5, 6, 8), {}, False),
            ((0, 1, 3), (5, 6, 8), {"offset": (0, 1, 3)}, True),
            ((0, 1, 3), (5, 6, 8), {"offset": (0, 0, 0)}, False),
            ((0, 2, 3), (5, 6, 8), {"image": GRID.cropped((0, 2, 3), (5, 6, 8))}, False),
            ((0, 2, 3), (5, 6, 8), {"image": GRID.cropped((0, 2, 3), (5, 6, 9))}, True),
            ((0, 1, 3), (5, 6, 8), {"image": GRID.cropped((90, 91, 92), (95, 96, 99))}, False),
        ],
    )
    def test_cropping_is_recognised(self, write, start, stop, options, is_cropped):
        assert self.opened(write, start, stop, **options).is_cropped is is_cropped

    def test_an_image_on_permuted_axes_is_compared_in_space(self, write):
        image = GRID.reordered((2, 0, 1), (True, False, True))
        assert not self.opened(write, (0, 0, 0), GRID.shape, image=image).is_cropped
        assert self.opened(write, (0, 2, 3), (5, 6, 8), image=image).is_cropped


def test_voxels_beyond_the_extent_are_taken_with_a_warning(write):
    voxels = box((1, 1, 1), (5, 5, 5))
    source = open_segment_file(write([voxels], [WrittenSegment("a", extent="1 3 1 4 1 4")]))
    assert codes(source) == ["segment_extent"]
    assert source.findings[0].message.startswith("16 voxels")
    assert np.count_nonzero(source.voxels_of([1]).labels.voxels) == 64
    assert codes(open_segment_file(write([voxels], [WrittenSegment("a", extent="1 4 1 4 1 4")]))) == []


def test_extents_of_older_files_count_from_the_image(write):
    voxels = box((1, 1, 1), (5, 5, 5))
    segment = WrittenSegment("a", extent="11 14 21 24 31 34")
    assert codes(open_segment_file(write([voxels], [segment], offset=(10, 20, 30)))) == []


def test_floating_point_labels_are_rounded_and_fractions_refused(write):
    voxels = box((1, 1, 1), (4, 4, 4), dtype=np.float32)
    assert codes(open_segment_file(write([voxels], [WrittenSegment("a")]))) == ["labels_rounded"]
    with pytest.raises(InputError, match="fractional, such as 0.5"):
        open_segment_file(write([voxels / 2], [WrittenSegment("a")]))


def test_a_fractional_label_map_is_refused(write):
    path = write([box((1, 1, 1), (4, 4, 4))], [WrittenSegment("a")])
    path.write_bytes(path.read_bytes().replace(b":=Binary labelmap\n", b":=Fractional labelmap\n"))
    with pytest.raises(InputError, match="Binary labelmap"):
        open_segment_file(path)


@pytest.mark.parametrize(
    "segment",
    [
        WrittenSegment("a", 0),
        WrittenSegment("a", "x"),
        WrittenSegment("a", 1, -1),
        WrittenSegment("a", "9" * 5000),
        WrittenSegment("a", 1, "x"),
    ],
)
def test_impossible_numbers_of_segments_are_refused(write, segment):
    with pytest.raises(InputError, match="segment 1 a (label value|layer) that is no whole number"):
        open_segment_file(write([box((1, 1, 1), (4, 4, 4))], [segment]))


@pytest.mark.parametrize(
    "geometry",
    [
        "1;0;0",
        "nan;" * 22,
        "0;" * 22,
        "x;" * 22,
        "1;0;0;0;0;1;0;0;0;0;1;0;0;0;0;1;9;0;0;5;0;5;",
        "1e400;" * 22,
    ],
)
def test_an_unreadable_reference_geometry_is_left_aside(write, geometry):
    pairs = {"Segmentation_ConversionParameters": f"Reference image geometry|{geometry}|text&"}
    source = open_segment_file(write([box((1, 1, 1), (4, 4, 4))], [WrittenSegment("a")], pairs=pairs))
    assert not source.is_cropped
    assert source.slices.count == 10


def test_a_file_without_segments_stays_a_label_map(write):
    voxels = box((1, 1, 1), (4, 4, 4))
    path = write([voxels], [], list_axis=None)
    assert not is_segment_file(path)
    np.testing.assert_array_equal(read_volume(path).voxels, voxels)
    with pytest.raises(InputError, match="describes no segments"):
        open_segment_file(path)
    assert is_segment_file(write([voxels], [WrittenSegment("a")]))


def test_other_files_describe_no_segments(tmp_path):
    text = tmp_path / "notes.nrrd"
    text.write_text("Segment0_ID:=1\n")
    assert not is_segment_file(text)
    assert not is_segment_file(tmp_path / "absent.nrrd")
    assert not is_segment_file(tmp_path)
    assert not is_segment_file(text.rename(tmp_path / "notes.txt"))
    with pytest.raises(InputError, match="cannot be read"):
        open_segment_file(tmp_path / "absent.nrrd")


def test_numbers_that_no_segment_has_are_refused(write):
    source = open_segment_file(write([box((1, 1, 1), (4, 4, 4))], [WrittenSegment("a")]))
    for ask in (lambda: source.voxels_of([1, 2]), lambda: source.voxels_of([]), lambda: source.center_lps(2)):
        with pytest.raises(InputError, match=r"holds the segments 1 \(a\)"):
            ask()


def test_a_file_cut_short_is_refused(write, shorten):
    path = write([box((1, 1, 1), (4, 4, 4))], [WrittenSegment("a")])
    with pytest.raises(InputError, match="cut short"):
        open_segment_file(shorten(path, 0.97))


@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255), share=st.floats(0.1, 1.0))
def test_damage_is_refused_or_harmless(tmp_path_factory, place, byte, share):
    path = tmp_path_factory.mktemp("damaged") / "x.seg.nrrd"
    layers = [box((1, 1, 1), (4, 4, 4)), box((3, 3, 3), (7, 7, 7))]
    write_segment_file(
        path, layers, GRID, [WrittenSegment("a"), WrittenSegment("b", 1, 1)], image=GRID, offset=(0, 0, 0)
    )
    raw = bytearray(path.read_bytes())
    raw[int(place * len(raw))] = byte
    path.write_bytes(raw[: int(len(raw) * share)] if byte % 4 == 0 else raw)
    try:
        source = open_segment_file(path)
    except MouldgenError as error:
        assert isinstance(error, InputError)  # noqa: PT017 - either outcome is right
    else:
        assert source.voxels_of([source.structures[0].number]).labels.labels()
