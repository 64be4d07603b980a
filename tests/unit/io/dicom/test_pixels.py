"""Pixels are decoded exactly in every syntax, or refused before they can do harm."""

import shutil
import subprocess
import tracemalloc
import zlib
from itertools import product

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.dicom import files
from mouldgen.io.dicom.catalogue import read_catalogue
from mouldgen.io.dicom.codestreams import Codestream, read_codestream
from mouldgen.io.dicom.headers import read_header
from mouldgen.io.dicom.image_series import read_image_series
from mouldgen.testing.dicom_series import EXPLICIT, SeriesTexts, write_enhanced, write_series

SHAPE = (45, 37, 3)
GRID = VoxelGrid.axis_aligned(SHAPE, (0.7, 0.9, 2.5), (-4.0, 5.0, 6.0))
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
SYNTAXES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": EXPLICIT,
    "big endian": "1.2.840.10008.1.2.2",
    "deflated": DEFLATED,
    "RLE": RLE,
    "JPEG-LS": JPEG_LS,
    "JPEG 2000": JPEG_2000,
}
DTYPES = {"uint8": (0, 256), "uint16": (0, 4096), "int16": (-2000, 2000)}


def random_voxels(dtype, shape=SHAPE):
    low, high = DTYPES[dtype]
    return np.random.default_rng(0).integers(low, high, shape).astype(dtype)


def read(path):
    (entry,) = read_catalogue(path).series
    return read_image_series(entry, "series")


def edit(path, **values):
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def attributes(**values):
    return SeriesTexts(attributes=values)


@pytest.mark.parametrize(
    ("dtype", "syntax"), sorted(set(product(DTYPES, SYNTAXES)) - {("uint8", "big endian")})
)
@pytest.mark.parametrize("is_enhanced", [False, True])
def test_every_syntax_gives_the_stored_values(tmp_path, dtype, syntax, is_enhanced):
    voxels = random_voxels(dtype)
    if is_enhanced:
        write_enhanced(tmp_path / "x", voxels, GRID, modality="MR", transfer_syntax=SYNTAXES[syntax])
    else:
        write_series(tmp_path, voxels, GRID, transfer_syntax=SYNTAXES[syntax])
    volume = read(tmp_path)
    np.testing.assert_array_equal(volume.voxels, voxels)
    assert volume.voxels.dtype == np.int16


def test_32_bit_numbers_are_read(tmp_path):
    voxels = np.random.default_rng(0).integers(-(2**24), 2**24, SHAPE).astype(np.int32)
    write_series(tmp_path, voxels, GRID)
    volume = read(tmp_path)
    assert volume.voxels.dtype == np.float32
    np.testing.assert_array_equal(volume.voxels, voxels)


@pytest.mark.client
@pytest.mark.parametrize("option", ["+e1", "+el"])
@pytest.mark.parametrize("dtype", ["uint16", "int16"])
def test_lossless_jpeg_of_dcmtk_gives_the_stored_values(tmp_path, option, dtype):
    encoder = shutil.which("dcmcjpeg")
    if encoder is None:
        pytest.skip("dcmcjpeg is not installed")
    voxels = random_voxels(dtype)
    for path in write_series(tmp_path, voxels, GRID):
        subprocess.run([encoder, option, path, path], check=True, capture_output=True)
    np.testing.assert_array_equal(read(tmp_path).voxels, voxels)


@pytest.mark.parametrize("dtype", ["uint16", "int16"])
@pytest.mark.parametrize("highest", [11, 14])
def test_bits_that_are_not_used_may_hold_anything(tmp_path, dtype, highest):
    voxels = random_voxels(dtype)
    used = (voxels.view(np.uint16) & 0xFFF) << (highest - 11)
    junk = np.random.default_rng(1).integers(0, 2**16, SHAPE).astype(np.uint16) & ~np.uint16(
        0xFFF << (highest - 11)
    )
    stored = (used | junk).view(voxels.dtype)
    write_series(tmp_path, stored, GRID, texts=attributes(BitsStored=12, HighBit=highest))
    np.testing.assert_array_equal(read(tmp_path).voxels, voxels)


def test_floating_point_pixels_are_read(tmp_path):
    voxels = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    voxels[1, 2, 0] = np.nan
    for k, path in enumerate(write_series(tmp_path, voxels.view(np.int32), GRID)):
        dataset = pydicom.dcmread(path)
        del dataset.PixelData
        dataset.FloatPixelData = np.ascontiguousarray(voxels[:, :, k].T).tobytes()
        dataset.save_as(path)
    volume = read(tmp_path)
    np.testing.assert_array_equal(volume.voxels, np.nan_to_num(voxels))
    assert volume.lost_not_finite == 1


class TestRefused:
    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, r"colour image \(RGB, 3 samples"),
            ({"PhotometricInterpretation": "PALETTE COLOR"}, "colour image"),
            ({"BitsAllocated": 1}, "1 bits a pixel"),
            ({"BitsAllocated": 64, "BitsStored": 64, "HighBit": 63}, "in a form that is not read"),
            ({"BitsStored": 17}, "cannot be"),
            ({"BitsStored": 12, "HighBit": 16}, "cannot be"),
            ({"Rows": 38}, "bytes of pixels"),
            ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "bytes of pixels"),
            ({"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, "bytes of pixels"),
            ({"NumberOfFrames": 2}, None),
        ],
    )
    def test_what_does_not_add_up(self, tmp_path, values, reason):
        write_series(tmp_path, random_voxels("uint16"), GRID, texts=attributes(**values))
        if reason is None:
            assert read_catalogue(tmp_path).series == ()
            return
        with pytest.raises(InputError, match=reason):
            read(tmp_path)

    def test_pixels_that_are_cut_short_name_the_slice(self, tmp_path):
        path = write_series(tmp_path, random_voxels("uint16"), GRID, first_number=7)[1]
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(InputError, match="series: the slice with the instance number 8 .* cut short"):
            read(tmp_path)

    def test_absent_pixels(self, tmp_path):
        path = write_series(tmp_path, random_voxels("uint16"), GRID)[1]
        dataset = pydicom.dcmread(path)
        del dataset.PixelData
        dataset.save_as(path)
        with pytest.raises(InputError, match="holds no pixels"):
            read(tmp_path)

    def test_bytes_in_big_endian_words(self, tmp_path):
        write_series(tmp_path, random_voxels("uint8"), GRID, transfer_syntax=SYNTAXES["big endian"])
        with pytest.raises(InputError, match="8 bits a pixel in a form that is not read"):
            read(tmp_path)

    @pytest.mark.parametrize(
        ("syntax", "label"),
        [
            ("1.2.840.10008.1.2.4.51", "JPEG Extended"),
            ("1.2.840.10008.1.2.4.100", "MPEG2"),
            ("1.2.3.4", "an unknown transfer syntax"),
        ],
    )
    def test_a_syntax_without_decoder_is_named(self, tmp_path, syntax, label):
        for path in write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=RLE):
            dataset = pydicom.dcmread(path)
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.save_as(path)
        with pytest.raises(InputError, match=f"compressed as {label}.*gdcmconv --raw"):
            read(tmp_path)

    @pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000])
    def test_a_compressed_image_that_is_cut_short(self, tmp_path, syntax, capfd):
        path = write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=syntax)[1]
        dataset = pydicom.dcmread(path)
        frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
        for share in (0.01, 0.1, 0.5):
            edit(path, PixelData=encapsulate([frame[: int(len(frame) * share)]]))
            with pytest.raises(InputError, match=r"damaged|cut short"):
                read(tmp_path)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000])
    def test_a_compressed_image_larger_than_announced(self, tmp_path, syntax):
        write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=syntax)
        for path in tmp_path.iterdir():
            edit(path, Rows=30)
        with pytest.raises(InputError, match="45 x 37 pixels .* announces 45 x 30"):
            read(tmp_path)

    def test_a_compressed_image_of_more_bits_than_announced(self, tmp_path):
        write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=JPEG_2000)
        for path in tmp_path.iterdir():
            edit(path, BitsAllocated=8, BitsStored=8, HighBit=7)
        with pytest.raises(InputError, match="16 bits a pixel; its header announces 8"):
            read(tmp_path)

    def test_fewer_frames_than_announced(self, tmp_path):
        path = write_enhanced(tmp_path / "x", random_voxels("uint16"), GRID, transfer_syntax=RLE)
        dataset = pydicom.dcmread(path)
        frames = list(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=3))
        edit(path, PixelData=encapsulate(frames[:2]))
        with pytest.raises(InputError, match="holds 2 compressed frames; its header announces 3"):
            read(tmp_path)


class TestMemory:
    def test_an_rle_frame_cannot_grow_beyond_its_kind(self, tmp_path):
        write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=RLE)
        for path in tmp_path.iterdir():
            edit(path, Rows=8000, Columns=8000)
        tracemalloc.start()
        with pytest.raises(InputError, match="too small for its size|cannot be"):
            read(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2.2 * 3 * 2 * 8000**2

    def test_a_deflated_file_cannot_grow_without_bounds(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "MOST_INFLATED_BYTES", 2**22)
        path = write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=DEFLATED)[0]
        raw = path.read_bytes()
        start = 132 + 12 + int.from_bytes(raw[140:144], "little")
        deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        path.write_bytes(raw[:start] + deflate.compress(bytes(2**24)) + deflate.flush())
        tracemalloc.start()
        catalogue = read_catalogue(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert [finding.code for finding in catalogue.findings] == ["files_damaged"]
        assert peak < 2**23

    @pytest.mark.parametrize("syntax", [EXPLICIT, DEFLATED])
    @pytest.mark.parametrize("is_undefined_length", [False, True])
    def test_a_file_of_nothing_but_items_is_not_parsed(
        self, tmp_path, monkeypatch, syntax, is_undefined_length
    ):
        monkeypatch.setattr(files, "MOST_ITEMS", 100)
        items = [pydicom.Dataset() for _ in range(101)]
        texts = attributes(ReferencedSeriesSequence=items)
        path = write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=syntax, texts=texts)[0]
        dataset = pydicom.dcmread(path)
        dataset["ReferencedSeriesSequence"].is_undefined_length = is_undefined_length
        dataset.save_as(path)
        with pytest.raises(InputError, match="IM0000.dcm holds more than 100 items"):
            read_header(path)

    def test_a_group_length_that_is_a_sequence_is_not_written_out(self, tmp_path):
        path = write_series(tmp_path, random_voxels("uint16"), GRID)[0]
        raw = path.read_bytes()
        nested = b"\x02\0\0\0SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 60
        path.write_bytes(raw[:132] + nested + raw[132:])
        with pytest.raises(InputError, match="file meta information cannot be"):
            read_header(path)

    def test_a_length_field_does_not_decide_how_much_is_allocated(self, tmp_path):
        path = write_series(tmp_path, random_voxels("uint16"), GRID)[0]
        raw = bytearray(path.read_bytes())
        place = raw.index(b"\xe0\x7f\x10\x00OW")
        raw[place + 8 : place + 12] = (0xFFFFFFF0).to_bytes(4, "little")
        path.write_bytes(raw)
        tracemalloc.start()
        assert np.array_equal(read(tmp_path).voxels, random_voxels("uint16"))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2**23


class TestCodestreams:
    @pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000])
    def test_they_say_what_they_hold(self, tmp_path, syntax):
        path = write_series(tmp_path, random_voxels("uint16"), GRID, transfer_syntax=syntax)[0]
        frame = next(pydicom.encaps.generate_frames(pydicom.dcmread(path).PixelData, number_of_frames=1))
        assert read_codestream(frame) == Codestream(rows=37, columns=45, samples=1, bits=16)

    @pytest.mark.parametrize(
        "frame",
        [
            b"",
            b"\xff\xd8",
            b"\xff\xd8\xff\xff",
            b"\xff\x4f\xff\x51",
            b"\xff\xd8\x00\x00",
            b"\x00\x00\x00\x0cjP  ",
        ],
    )
    def test_without_a_header_they_are_damaged(self, frame):
        with pytest.raises(InputError, match="cut short or damaged"):
            read_codestream(frame)
