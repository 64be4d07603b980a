"""Image series keep their voxels in place and on their scale, classic and multi-frame."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.dicom.catalogue import read_catalogue
from mouldgen.io.dicom.image_series import read_image_series
from mouldgen.io.stored_volume import turned_to_patient
from mouldgen.testing.dicom_series import SeriesTexts, write_enhanced, write_series
from mouldgen.testing.strategies import voxel_grids

SHAPE = (9, 7, 5)
GRID = VoxelGrid.axis_aligned(SHAPE, (0.7, 0.9, 2.5), (-4.0, 5.0, 6.0))
REVERSED = GRID.reordered((0, 1, 2), (False, False, True))


def chiral_voxels(shape):
    """Return different values everywhere, so that no exchange of axes goes unseen."""
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape) - 50


def read(path):
    (entry,) = read_catalogue(path).series
    return read_image_series(entry, "series")


def codes(volume):
    return [finding.code for finding in volume.findings]


def edit(path, **values):
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


stacks = voxel_grids(most_vox=6).filter(lambda grid: grid.shape[2] > 1)


@given(grid=stacks, is_enhanced=st.booleans(), data=st.data())
def test_any_lattice_is_read_back_voxel_for_voxel(grid, is_enhanced, data):
    voxels = chiral_voxels(grid.shape)
    order = data.draw(st.permutations(range(grid.shape[2])))
    with TemporaryDirectory() as name:
        folder = Path(name)
        if is_enhanced:
            write_enhanced(folder / "multi", voxels, grid, modality="MR", order=order)
        else:
            write_series(folder, voxels, grid, modality="MR", name=lambda k: f"{order[k]}")
        volume = read(folder)
    expected, expected_grid = turned_to_patient(voxels, grid)
    np.testing.assert_array_equal(volume.voxels, expected)
    corners = np.array(np.meshgrid(*[(0, size - 1) for size in grid.shape])).reshape(3, -1).T
    np.testing.assert_allclose(volume.grid.to_points(corners), expected_grid.to_points(corners), atol=1e-6)


@pytest.mark.parametrize("grid", [GRID, REVERSED])
def test_slices_carry_their_uids_and_numbers(tmp_path, grid):
    paths = write_series(tmp_path, chiral_voxels(SHAPE), grid, first_number=21)
    volume = read(tmp_path)
    for path in paths:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        place = volume.slices.sop_instance_uids.index(header.SOPInstanceUID)
        assert volume.slices.instance_numbers[place] == header.InstanceNumber
        assert volume.files[place] == path
        point = volume.slices.first_center_mm + place * volume.slices.step_mm
        offset = point - np.array(header.ImagePositionPatient, float)
        assert offset @ volume.slices.normal_lps == pytest.approx(0, abs=1e-9)
    assert volume.series_uid == header.SeriesInstanceUID
    assert volume.frame_of_reference_uid == header.FrameOfReferenceUID
    assert volume.format_name == "DICOM CT"


def test_frames_of_one_file_are_numbered_by_the_file(tmp_path):
    path = write_enhanced(tmp_path / "x", chiral_voxels(SHAPE), GRID, order=[3, 1, 0, 2, 4])
    volume = read(tmp_path)
    assert volume.slices.instance_numbers == (3, 2, 4, 1, 5)
    assert set(volume.slices.sop_instance_uids) == {pydicom.dcmread(path).SOPInstanceUID}
    assert volume.files == (path,)


def test_multi_frame_files_half_a_slice_apart_are_not_one_volume(tmp_path):
    shifted = GRID.point_from_index.copy()
    shifted[2, 3] += 1.25
    voxels = chiral_voxels(SHAPE)
    for number, grid in enumerate((GRID, VoxelGrid(SHAPE, shifted)), start=1):
        path = write_enhanced(
            tmp_path / f"{number}", voxels * number, grid, texts=SeriesTexts(series_uid="1.2.3")
        )
        edit(path, SOPInstanceUID=f"1.2.3.{number}")
    entries = read_catalogue(tmp_path).series
    assert [entry.image.part for entry in entries] == ["part 1 of 2", "part 2 of 2"]
    for number, entry in enumerate(entries, start=1):
        np.testing.assert_array_equal(read_image_series(entry, "x").voxels, voxels * number)


@pytest.mark.parametrize("thickness", ["5", "0.1", "0", ""])
def test_slice_thickness_and_stated_spacing_count_for_nothing(tmp_path, thickness):
    attributes = {"SliceThickness": thickness, "SpacingBetweenSlices": "2.0"}
    write_series(tmp_path, chiral_voxels(SHAPE), GRID, texts=SeriesTexts(attributes=attributes))
    volume = read(tmp_path)
    np.testing.assert_allclose(volume.grid.spacing_mm, (0.7, 0.9, 2.5))
    assert volume.findings == ()


def test_a_missing_slice_is_refused_by_instance_numbers_and_no_file_name(tmp_path):
    paths = write_series(tmp_path, chiral_voxels(SHAPE), GRID, first_number=21)
    paths[2].unlink()
    with pytest.raises(InputError, match="1 between the slices with the numbers 22 and 24") as caught:
        read(tmp_path)
    assert str(caught.value).startswith("series: ")
    assert "IM0" not in str(caught.value)


def test_a_missing_frame_is_refused(tmp_path):
    write_enhanced(tmp_path / "x", chiral_voxels(SHAPE), GRID, order=[0, 1, 3, 4])
    with pytest.raises(InputError, match="1 between the slices with the numbers 2 and 3"):
        read(tmp_path)


def test_a_gantry_tilt_is_refused(tmp_path):
    def tilted(k):
        x, y, z = GRID.to_points((0, 0, k))
        return {"ImagePositionPatient": [x, y + k * 2.5 * np.tan(np.radians(15)), z]}

    write_series(tmp_path, chiral_voxels(SHAPE), GRID, per_slice=tilted)
    with pytest.raises(InputError, match=r"gantry tilt of 15\.00 degrees"):
        read(tmp_path)


def test_a_sheared_multi_frame_image_with_frames_that_do_not_match_is_refused(tmp_path):
    path = write_enhanced(tmp_path / "x", chiral_voxels(SHAPE), GRID)
    edit(path, NumberOfFrames=4)
    assert read_catalogue(tmp_path).series == ()


class TestScale:
    def test_each_slice_has_its_own(self, tmp_path):
        scales = [(0.5 + k, 10.0 * k) for k in range(5)]
        voxels = chiral_voxels(SHAPE)
        write_series(tmp_path, voxels, GRID, modality="PT", scales=scales)
        volume = read(tmp_path)
        expected = np.stack(
            [voxels[:, :, k] * slope + offset for k, (slope, offset) in enumerate(scales)], axis=2
        )
        assert volume.voxels.dtype == np.float32
        np.testing.assert_array_equal(volume.voxels, expected.astype(np.float32))

    def test_each_frame_has_its_own(self, tmp_path):
        scales = [(0.5 + k, 10.0 * k) for k in range(5)]
        voxels = chiral_voxels(SHAPE)
        write_enhanced(tmp_path / "x", voxels, GRID, scales=scales, order=[4, 2, 0, 1, 3])
        expected = voxels * [slope for slope, _ in scales] + [offset for _, offset in scales]
        np.testing.assert_array_equal(read(tmp_path).voxels, expected.astype(np.float32))

    def test_hounsfield_units_stay_whole_numbers(self, tmp_path):
        voxels = np.random.default_rng(0).integers(0, 4096, SHAPE).astype(np.uint16)
        write_series(tmp_path, voxels, GRID, scales=[(1, -1024)] * 5)
        volume = read(tmp_path)
        assert volume.voxels.dtype == np.int16
        np.testing.assert_array_equal(volume.voxels, voxels.astype(int) - 1024)
        assert volume.pixel_type == "uint16"

    @pytest.mark.parametrize("value", [32767 + 1024, 65535])
    def test_numbers_beyond_16_bits_stay_exact(self, tmp_path, value):
        voxels = np.full(SHAPE, 1000, np.uint16)
        voxels[3, 2, 3] = value
        write_series(tmp_path, voxels, GRID, scales=[(1, -1024)] * 5)
        read_back = read(tmp_path).voxels
        assert read_back.dtype == (np.int16 if value - 1024 <= 32767 else np.float32)
        np.testing.assert_array_equal(read_back, voxels.astype(float) - 1024)

    def test_a_slope_of_zero_is_refused(self, tmp_path):
        write_series(tmp_path, chiral_voxels(SHAPE), GRID, scales=[(0, 5)] * 5)
        with pytest.raises(InputError, match="rescale slope of 0"):
            read(tmp_path)

    def test_values_that_are_no_numbers_become_zero_and_are_counted(self, tmp_path):
        write_series(tmp_path, np.full(SHAPE, 30000, np.int16), GRID, scales=[(1, 0)] * 4 + [("1e36", 0)])
        volume = read(tmp_path)
        assert volume.lost_not_finite == 9 * 7
        assert (volume.voxels[:, :, 4] == 0).all()

    def test_a_table_of_values_is_refused(self, tmp_path):
        table = pydicom.Dataset()
        table.LUTDescriptor = [2, 0, 16]
        texts = SeriesTexts(attributes={"ModalityLUTSequence": [table]})
        write_series(tmp_path, chiral_voxels(SHAPE), GRID, texts=texts)
        with pytest.raises(InputError, match="by a table"):
            read(tmp_path)

    def test_inverted_display_leaves_values_alone(self, tmp_path):
        texts = SeriesTexts(attributes={"PhotometricInterpretation": "MONOCHROME1"})
        write_series(tmp_path, chiral_voxels(SHAPE), GRID, texts=texts)
        volume = read(tmp_path)
        np.testing.assert_array_equal(volume.voxels, chiral_voxels(SHAPE))
        assert codes(volume) == ["shown_inverted"]


class TestPlausibility:
    def test_unlikely_spacings_become_findings(self, tmp_path):
        write_series(
            tmp_path, chiral_voxels(SHAPE), VoxelGrid.axis_aligned(SHAPE, (0.01, 0.01, 0.01), (0, 0, 0))
        )
        assert codes(read(tmp_path)) == ["spacing_unlikely"]

    def test_impossible_spacings_are_refused(self, tmp_path):
        write_series(tmp_path, chiral_voxels(SHAPE), VoxelGrid.axis_aligned(SHAPE, (150, 150, 10), (0, 0, 0)))
        with pytest.raises(InputError, match="expected 0.005 to 100 mm"):
            read(tmp_path)

    @pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
    def test_numbers_that_would_overflow_are_no_place(self, tmp_path, keyword):
        count = {"ImagePositionPatient": 3, "ImageOrientationPatient": 6, "PixelSpacing": 2}[keyword]
        paths = write_series(tmp_path, chiral_voxels(SHAPE), GRID)
        for sign, path in zip(("", "-", "", "-", ""), paths, strict=True):
            edit(path, **{keyword: [f"{sign}1e300"] * count})
        assert read_catalogue(tmp_path).series == ()

    def test_sizes_that_no_file_holds_are_refused_before_memory_is_taken(self, tmp_path):
        texts = SeriesTexts(attributes={"Rows": 60000, "Columns": 60000})
        write_series(tmp_path, chiral_voxels(SHAPE), GRID, texts=texts)
        with pytest.raises(InputError, match="60000 x 60000 x 5 voxels"):
            read(tmp_path)
