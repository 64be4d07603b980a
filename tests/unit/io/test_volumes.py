"""Volumes keep their place: in every format, axis order and direction."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.volumes import read_volume, slice_axis
from mouldgen.testing.storage import ALL_AXIS_ORDERS, write_volume
from mouldgen.testing.strategies import axis_orders, voxel_grids

SUFFIXES = [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]


def chiral_voxels(shape):
    """Return different values everywhere, so that no exchange of axes goes unseen."""
    return np.arange(1, np.prod(shape) + 1, dtype=np.uint16).reshape(shape)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_voxels_and_the_grid(write, suffix):
    voxels = chiral_voxels((5, 6, 7))
    volume = read_volume(write(f"volume{suffix}", voxels, (0.5, 2.0, 3.0), (-4.0, 5.0, 6.0)))
    np.testing.assert_array_equal(volume.voxels, voxels)
    np.testing.assert_allclose(volume.grid.spacing_mm, (0.5, 2.0, 3.0))
    np.testing.assert_allclose(volume.grid.origin_mm, (-4.0, 5.0, 6.0))
    assert volume.findings == ()


@given(
    grid=voxel_grids(most_vox=5).filter(lambda grid: min(grid.shape) > 1),
    axes=axis_orders(),
    suffix=st.sampled_from(SUFFIXES),
)
def test_points_agree_with_itk_on_any_grid(grid, axes, suffix, tmp_path_factory):
    path = tmp_path_factory.mktemp("grid") / f"volume{suffix}"
    write_volume(path, chiral_voxels(grid.shape), grid, axes)
    volume, image = read_volume(path), sitk.ReadImage(str(path))
    for index in np.argwhere(volume.voxels % 7 == 1):
        point = volume.grid.to_points(index)
        there = image.TransformPhysicalPointToIndex(point.tolist())
        assert image[there] == volume.voxels[tuple(index)]
        assert np.abs(np.array(image.TransformIndexToPhysicalPoint(there)) - point).max() < 1e-9


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
def test_48_ways_of_storing_give_one_array_on_one_grid(tmp_path, suffix):
    grid = VoxelGrid.axis_aligned((4, 5, 6), (0.5, 1.5, 4.0), (-30.0, 20.0, 100.0))
    voxels = chiral_voxels(grid.shape)
    for number, axes in enumerate(ALL_AXIS_ORDERS):
        path = tmp_path / f"{number}{suffix}"
        write_volume(path, voxels, grid, axes)
        volume = read_volume(path)
        np.testing.assert_array_equal(volume.voxels, voxels)
        np.testing.assert_allclose(volume.grid.point_from_index, grid.point_from_index, atol=1e-5)
        assert volume.grid.is_right_handed
        assert volume.file_grid.is_right_handed is not axes.mirrors


def test_slices_are_numbered_as_the_file_does(tmp_path):
    grid = VoxelGrid.axis_aligned((8, 6, 5), (0.5, 0.5, 4.0), (0.0, 0.0, 10.0))
    feet_last = next(axes for axes in ALL_AXIS_ORDERS if str(axes) == "-k+i+j")
    write_volume(tmp_path / "volume.nrrd", chiral_voxels(grid.shape), grid, feet_last)
    slices = read_volume(tmp_path / "volume.nrrd").slices
    assert slices.count == 5
    assert slices.first_center_mm[2] == pytest.approx(26.0)
    np.testing.assert_allclose(slices.step_mm, (0, 0, -4.0), atol=1e-12)


@pytest.mark.parametrize(
    ("spacing_mm", "axis"),
    [
        ((0.5, 0.5, 4.0), 2),
        ((4.0, 0.5, 0.5), 0),
        ((0.5, 4.0, 0.6), 1),
        ((1.0, 1.0, 1.0), 2),
        ((1.0, 1.004, 0.998), 2),
        ((1.0, 1.0, 0.5), 2),
        ((0.5, 1.0, 1.0), 0),
        ((1.0, 2.0, 3.0), 2),
    ],
)
def test_slices_lie_along_the_axis_whose_spacing_stands_out(spacing_mm, axis):
    assert slice_axis(VoxelGrid.axis_aligned((4, 4, 4), spacing_mm, (0, 0, 0))) == axis


def test_a_series_of_one_volume_is_taken_and_said(nifti, labels):
    volume = read_volume(nifti((40, "8h", 4, 24, 22, 20, 1, 1, 1, 1)))
    np.testing.assert_array_equal(volume.voxels, labels)
    assert [finding.code for finding in volume.findings] == ["one_of_series"]


@pytest.mark.parametrize("layers_last", [False, True])
def test_an_nrrd_file_with_one_layer_is_taken(header_text, labels, layers_last):
    directions = "(0.9,0,0) (0,1,0) (0,0,3)"
    sizes, axes = (
        ("24 22 20 1", f"{directions} none") if layers_last else ("1 24 22 20", f"none {directions}")
    )
    kinds = "domain domain domain list" if layers_last else "list domain domain domain"
    path = header_text(
        ".nhdr",
        ("dimension: 3", "dimension: 4"),
        ("sizes: 24 22 20", f"sizes: {sizes}"),
        ("(0.90000000000000002,0,0) (0,1,0) (0,0,3)", axes),
        ("kinds: domain domain domain", f"kinds: {kinds}"),
    )
    volume = read_volume(path)
    np.testing.assert_array_equal(volume.voxels, labels)
    assert [finding.code for finding in volume.findings] == ["one_of_series"]


def test_capital_extensions_are_known(write, labels):
    path = write("volume.nii.gz", labels)
    np.testing.assert_array_equal(read_volume(path.rename(path.with_name("VOLUME.NII.GZ"))).voxels, labels)


def test_big_endian_numbers_are_read(tmp_path, labels):
    import nibabel

    header = nibabel.Nifti1Header(endianness=">")
    image = nibabel.Nifti1Image(labels.astype(">i2"), np.diag([-0.9, -1.0, 3.0, 1.0]), header=header)
    image.header.set_slope_inter(1, 0)
    nibabel.save(image, tmp_path / "volume.nii")
    np.testing.assert_array_equal(read_volume(tmp_path / "volume.nii").voxels, labels)


def test_names_of_segments_are_read(write, labels):
    path = write("volume.nrrd", labels)
    marker = b"encoding:"
    names = b"Segment0_LabelValue:=1\nSegment0_Name:=left lung\nSegment1_Name:=lost\n"
    path.write_bytes(path.read_bytes().replace(marker, names + marker))
    assert read_volume(path).label_names == {1: "left lung"}


def test_itk_says_nothing_and_its_setting_is_kept(write, labels, capfd):
    sitk.ProcessObject.GlobalWarningDisplayOn()
    read_volume(write("volume.nii.gz", labels))
    assert sitk.ProcessObject.GetGlobalWarningDisplay()
    assert capfd.readouterr() == ("", "")


def test_itk_failures_become_one_message(write, labels, monkeypatch):
    def refuse(*_args, **_options):
        raise RuntimeError("ITK ERROR: NiftiImageIO(0x55): " + "x" * 300)

    path = write("volume.nii", labels)
    monkeypatch.setattr(sitk, "ReadImage", refuse)
    with pytest.raises(InputError, match=r"^volume\.nii cannot be read, .* save it again$"):
        read_volume(path)


@pytest.mark.parametrize("skip", ["17", "-1"])
@pytest.mark.parametrize(
    ("suffix", "line"),
    [(".nhdr", "byte skip: {}\ndata file:"), (".mhd", "HeaderSize = {}\nElementDataFile =")],
)
def test_voxels_may_lie_behind_something_else(tmp_path, labels, suffix, line, skip):
    path = tmp_path / f"volume{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(labels), str(path), useCompression=False)
    data = path.with_suffix(".raw")
    data.write_bytes(bytes(17) + data.read_bytes())
    key = line.split("\n")[1]
    path.write_text(path.read_text().replace(key, line.format(skip)))
    np.testing.assert_array_equal(read_volume(path).voxels, labels.T)
