"""Files that are no volumes, or not whole, are refused with what to do, and ITK stays silent."""

import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.errors import InputError
from mouldgen.io.stored_data import StoredData, check_stored_data, file_hashes
from mouldgen.io.volumes import read_volume

SUFFIXES = [".nii", ".nii.gz", ".nrrd", ".mha"]


@pytest.fixture(autouse=True)
def nothing_on_the_terminal(capfd):
    yield
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_file_is_named(tmp_path, suffix):
    with pytest.raises(InputError, match=r"^tumour\S+ does not exist, or is no file; check the name"):
        read_volume(tmp_path / f"tumour{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"tumour{suffix}"
    path.touch()
    with pytest.raises(InputError, match=r"is empty \(0 bytes\); copy or export it again"):
        read_volume(path)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_text_is_refused(tmp_path, suffix):
    path = tmp_path / f"tumour{suffix}"
    path.write_text("x,y,z\n1,2,3\n" * 100)
    with pytest.raises(InputError, match="its content is text"):
        read_volume(path)


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "series.nii").mkdir()
    with pytest.raises(InputError, match=r"series\.nii is a folder; give one file \(\.nii"):
        read_volume(tmp_path / "series.nii")


def test_an_unknown_extension_is_refused(tmp_path):
    (tmp_path / "tumour.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"tumour\.png is of no known format; expected .*\.mha"):
        read_volume(tmp_path / "tumour.png")


@pytest.mark.parametrize(
    ("true", "false", "content"),
    [
        (".nii", ".nii.gz", "NIfTI-1"),
        (".nii.gz", ".nii", "gzip"),
        (".nii", ".nrrd", "NIfTI-1"),
        (".nrrd", ".mha", "NRRD"),
        (".mha", ".nii", "MetaImage"),
    ],
)
def test_a_wrong_extension_is_explained(write, labels, true, false, content):
    path = write(f"tumour{true}", labels)
    path = path.rename(path.with_name(f"tumour{false}"))
    with pytest.raises(InputError, match=f"its content is {content}. Give the file its right extension"):
        read_volume(path)


def test_dicom_by_another_name_is_explained(tmp_path):
    (tmp_path / "tumour.nii").write_bytes(bytes(128) + b"DICM" + bytes(500))
    with pytest.raises(InputError, match="its content is DICOM"):
        read_volume(tmp_path / "tumour.nii")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_a_truncated_file_is_refused(write, shorten, suffix, share):
    noise = np.random.default_rng(0).integers(0, 255, (24, 22, 20)).astype(np.uint8)
    path = shorten(write(f"tumour{suffix}", noise), share)
    with pytest.raises(InputError, match=r"tumour\S+ is cut short"):
        read_volume(path)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
@pytest.mark.parametrize("compressed", [True, False])
def test_truncated_voxels_are_refused_whether_compressed_or_not(
    tmp_path, labels, shorten, suffix, compressed
):
    path = tmp_path / f"tumour{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(labels), str(path), useCompression=compressed)
    with pytest.raises(InputError, match="is cut short"):
        read_volume(shorten(path, 0.97))


@pytest.mark.parametrize("suffix", [".nhdr", ".mhd"])
def test_a_short_data_file_is_named_with_its_sizes(header_text, shorten, suffix):
    path = header_text(suffix)
    data = next(other for other in path.parent.iterdir() if other != path)
    shorten(data, 0.5)
    with pytest.raises(InputError, match=f"{data.name} is cut short"):
        read_volume(path)


@pytest.mark.parametrize("suffix", [".nhdr", ".mhd"])
def test_a_missing_data_file_is_named(header_text, suffix):
    path = header_text(suffix)
    data = next(other for other in path.parent.iterdir() if other != path)
    data.unlink()
    with pytest.raises(InputError, match=f"{data.name}, which does not exist beside it; copy both"):
        read_volume(path)


@pytest.mark.parametrize("announced", ["40", "90", "x", ""])
def test_a_wrong_length_of_compressed_voxels_is_refused(write, labels, announced):
    path = write("tumour.mha", labels)
    raw = path.read_bytes()
    begin = raw.index(b"CompressedDataSize = ") + len(b"CompressedDataSize = ")
    path.write_bytes(raw[:begin] + announced.encode() + raw[raw.index(b"\n", begin) :])
    with pytest.raises(
        InputError, match=r"announces \d+ compressed bytes, the file holds|a number in it cannot be read"
    ):
        read_volume(path)


def test_a_damaged_compressed_stream_is_refused(write):
    path = write("tumour.nii.gz", np.random.default_rng(0).integers(0, 255, (24, 22, 20)).astype(np.uint8))
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(InputError, match="cut short or damaged"):
        read_volume(path)


@pytest.mark.parametrize("sizes", [(32000, 32000, 32000), (1290, 1290, 1290)])
def test_sizes_are_checked_before_memory_is_taken(nifti, sizes):
    path = nifti((42, "3h", *sizes))
    with pytest.raises(
        InputError, match=r"32000 x 32000 x 32000 voxels|announces 2\.15 GB, the file holds 10\.6 kB"
    ):
        read_volume(path)


def test_no_stream_is_unpacked_that_cannot_be_long_enough(tmp_path, monkeypatch):
    (tmp_path / "small.gz").write_bytes(zlib.compress(bytes(1000)))
    monkeypatch.setattr(zlib, "decompressobj", None)
    data = StoredData(tmp_path / "small.gz", 0, 10**9, is_compressed=True)
    with pytest.raises(InputError, match=r"announces 1 GB, the file holds \d+ bytes"):
        check_stored_data("small.mhd", data)


def test_several_volumes_are_refused(nifti):
    with pytest.raises(InputError, match="holds 2 volumes or values a voxel; expected one"):
        read_volume(nifti((40, "8h", 4, 24, 22, 10, 2, 1, 1, 1)))


def test_a_flat_picture_is_refused(nifti):
    with pytest.raises(InputError, match="has 2 dimensions; expected a 3-D volume"):
        read_volume(nifti((40, "h", 2)))


@pytest.mark.parametrize(
    ("pixels", "stored"),
    [
        (np.zeros((4, 5, 6, 3), np.uint8), "RGB|3 volumes or values"),
        (np.zeros((4, 5, 6), np.complex64), "complex"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_colours_vectors_and_complex_numbers_are_refused(tmp_path, pixels, stored, suffix):
    path = tmp_path / f"tumour{suffix}"
    image = sitk.GetImageFromArray(pixels, isVector=pixels.ndim == 4)
    try:
        sitk.WriteImage(image, str(path))
    except RuntimeError:
        pytest.skip("ITK does not write this either")
    with pytest.raises(InputError, match=f"{stored}|2 volumes or values"):
        read_volume(path)


def test_a_file_that_may_not_be_read_is_refused(write, labels, monkeypatch):
    path = write("tumour.nii", labels)

    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"tumour\.nii cannot be read: Permission denied"):
        read_volume(path)


def test_hashes_cover_the_header_and_its_data_file(header_text):
    path = header_text(".mhd")
    hashes = list(file_hashes(read_volume(path).files))
    assert [size for _digest, size in hashes] == [
        path.stat().st_size,
        path.with_suffix(".zraw").stat().st_size,
    ]
    assert len({digest for digest, _size in hashes}) == 2
