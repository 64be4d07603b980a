"""Stored pixel values of image files, frame by frame, as the file holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError
from mouldgen.io.dicom.attributes import whole_number_of
from mouldgen.io.dicom.codestreams import read_codestream
from mouldgen.io.dicom.files import damage_explained, read_dataset
from mouldgen.io.dicom.headers import FileHeader
from mouldgen.io.dicom.lossless_jpeg import decode_lossless_jpeg

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

__all__ = ["check_decodable", "pixel_digest", "read_frames"]

StoredArray = npt.NDArray[Any]

_IMPLICIT = "1.2.840.10008.1.2"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_NATIVE = (
    _IMPLICIT,
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    _BIG_ENDIAN,
)
"""Uncompressed syntaxes; the third is deflated as a whole file."""

_RLE = "1.2.840.10008.1.2.5"
_RLE_LARGEST_GAIN = 64
_DECODERS = {
    _RLE: "pydicom",
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg",
}
"""Which of pydicom's decoders reads a compressed syntax: one each, so that results do not depend on luck."""

_LOSSLESS_JPEG = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
_PACKAGES = {"pyjpegls": "pyjpegls", "pylibjpeg": "pylibjpeg-openjpeg"}
_GRAY = ("MONOCHROME1", "MONOCHROME2")
_PIXELS = {"PixelData": 0x7FE00010, "FloatPixelData": 0x7FE00008, "DoubleFloatPixelData": 0x7FE00009}
_WHOLE_TYPES = {8: "i1", 16: "i2", 32: "i4"}
_FLOAT_TYPES = {"FloatPixelData": "f4", "DoubleFloatPixelData": "f8"}
_READ_TAGS = (
    *_PIXELS.values(),
    0x00280002,  # SamplesPerPixel
    0x00280004,  # PhotometricInterpretation
    0x00280006,  # PlanarConfiguration
    0x00280008,  # NumberOfFrames
    0x00280010,  # Rows
    0x00280011,  # Columns
    0x00280100,  # BitsAllocated
    0x00280101,  # BitsStored
    0x00280102,  # HighBit
    0x00280103,  # PixelRepresentation
    0x7FE00001,  # ExtendedOffsetTable
    0x7FE00002,  # ExtendedOffsetTableLengths
    0x00080016,  # SOPClassUID
)


def check_decodable(header: FileHeader, name: str) -> None:
    """Refuse images that are in colour, in a form that is not read, or compressed without a decoder for it.

    Parameters
    ----------
    header
        Of an image.
    name
        What messages call it.

    Raises
    ------
    InputError
        With what is wrong and what to do.
    """
    if header.samples > 1 or header.photometric not in _GRAY:
        message = (
            f"{name} is a colour image ({header.photometric or 'photometric interpretation unknown'}, "
            f"{header.samples} samples a pixel); expected grey values. Choose the original series"
        )
        raise InputError(message)
    if header.bits_allocated not in {*_WHOLE_TYPES, 64}:
        message = f"{name} has {header.bits_allocated} bits a pixel; expected 8, 16 or 32. Export it again"
        raise InputError(message)
    if header.transfer_syntax_uid not in _NATIVE:
        with damage_explained(name):
            _check_decoder(header.transfer_syntax_uid, name)


def read_frames(header: FileHeader, indices: Collection[int], name: str) -> Iterator[tuple[int, StoredArray]]:
    """Yield frames of an image file: their number from 0, and stored values of shape (rows, columns).

    Parameters
    ----------
    header
        Of an image for which `check_decodable` passes.
    indices
        Which frames; they come in ascending order.
    name
        What messages call the file.

    Raises
    ------
    InputError
        If the file is damaged, or holds less than its header announces.
    """
    dataset = read_dataset(header.path, name, tags=_READ_TAGS)
    wanted = sorted(indices)
    with damage_explained(name):
        _check_unchanged(dataset, header, name)
        keyword = next((keyword for keyword in _PIXELS if keyword in dataset), "")
        if not keyword:
            message = f"{name} holds no pixels; export it again"
            raise InputError(message)
        source: StoredArray | _Compressed
        if header.transfer_syntax_uid in _NATIVE:
            source = _native(dataset, keyword, header, name)
        else:
            source = _compressed(dataset, header, name)
    frames = iter(wanted)
    while True:
        # decoding happens as the frames are taken
        with damage_explained(name):
            index = next(frames, None)
            if index is None:
                return
            frame = source[index]
        yield index, frame


def pixel_digest(header: FileHeader, index: int) -> str:
    """Return a text that is the same for frames with the same pixels and the same scaling."""
    frame = header.frames[index]
    try:
        dataset = read_dataset(header.path, "an image", tags=tuple(_PIXELS.values()) + (0x00080016,))
        with damage_explained("an image"):
            pixels = b"".join(dataset[tag].value for tag in _PIXELS.values() if tag in dataset)
    except InputError:
        return header.path.as_posix()
    scale = (header.transfer_syntax_uid, header.bits_stored, header.is_signed, frame.slope, frame.intercept)
    return hashlib.sha256(pixels).hexdigest() + f" {index} {scale}"


class _Compressed:
    """The frames of a compressed file, decoded one at a time."""

    def __init__(self, frames: list[bytes], header: FileHeader) -> None:
        self._frames = frames
        self._header = header
        self._options: dict[str, Any] = {
            "rows": header.rows,
            "columns": header.columns,
            "number_of_frames": 1,
            "samples_per_pixel": 1,
            "bits_allocated": header.bits_allocated,
            "bits_stored": header.bits_stored,
            "pixel_representation": int(header.is_signed),
            "photometric_interpretation": header.photometric,
            "pixel_keyword": "PixelData",
        }

    def __getitem__(self, index: int) -> StoredArray:
        header, frame = self._header, self._frames[index]
        if header.transfer_syntax_uid in _LOSSLESS_JPEG:
            bits = decode_lossless_jpeg(frame)
            array = _used_bits(
                bits.astype(f"u{header.bits_allocated // 8}").view(_whole_type(header)), header
            )
        else:
            array = self._decoded_by_library(frame)
        if array.shape != (header.rows, header.columns):
            raise ValueError
        return array

    def _decoded_by_library(self, frame: bytes) -> StoredArray:
        from pydicom.encaps import encapsulate
        from pydicom.pixels.decoders.base import get_decoder

        syntax = self._header.transfer_syntax_uid
        array, _ = get_decoder(syntax).as_array(
            encapsulate([frame], has_bot=False),
            index=0,
            raw=True,
            decoding_plugin=_DECODERS[syntax],
            **self._options,
        )
        return np.asarray(array)


def _check_decoder(syntax_uid: str, name: str) -> None:
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    plugin = _DECODERS.get(syntax_uid)
    if syntax_uid in _LOSSLESS_JPEG:
        return
    if plugin is not None and plugin in get_decoder(syntax_uid).available_plugins:
        return
    known = UID(syntax_uid)
    label = f"{known.name} ({known})" if known.name != known else "an unknown transfer syntax"
    package = _PACKAGES.get(plugin or "", "")
    hint = f"Install {package} (pip install {package}), or decompress" if package else "Decompress"
    message = (
        f"{name} is compressed as {label}, for which no decoder is installed. {hint} the series, for "
        "instance with gdcmconv --raw or dcmdjpeg"
    )
    raise InputError(message)


def _check_unchanged(dataset: FileDataset, header: FileHeader, name: str) -> None:
    """Make sure that pixels are taken apart by the numbers that were checked."""
    keywords = ("Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation")
    found = tuple(whole_number_of(dataset, keyword) or 0 for keyword in keywords)
    count = whole_number_of(dataset, "NumberOfFrames") or 1
    expected = (
        header.rows,
        header.columns,
        header.bits_allocated,
        header.bits_stored,
        int(header.is_signed),
    )
    if (*found, count) != (*expected, header.frame_count):
        message = f"{name} has changed while it was read, or is damaged; try again"
        raise InputError(message)


def _native(dataset: FileDataset, keyword: str, header: FileHeader, name: str) -> StoredArray:
    """Return all frames of an uncompressed file; shape (frames, rows, columns), a view where possible."""
    stored_type = _stored_type(header, keyword, name)
    data = dataset[keyword].value
    shape = (header.frame_count, header.rows, header.columns)
    frame_bytes = header.rows * header.columns * stored_type.itemsize
    expected = frame_bytes * header.frame_count
    if len(data) < expected or len(data) - expected >= frame_bytes:
        message = (
            f"{name} holds {len(data)} bytes of pixels; {' x '.join(map(str, shape))} of them with "
            f"{header.bits_allocated} bits each take {expected}. It is cut short or damaged; export or copy "
            "it again"
        )
        raise InputError(message)
    frames = np.frombuffer(data, stored_type, expected // stored_type.itemsize).reshape(shape)
    return frames if stored_type.kind == "f" else _used_bits(frames, header)


def _stored_type(header: FileHeader, keyword: str, name: str) -> np.dtype[Any]:
    is_big_endian = header.transfer_syntax_uid == _BIG_ENDIAN
    kind = _FLOAT_TYPES[keyword] if keyword in _FLOAT_TYPES else _whole_type(header)
    stored_type = np.dtype(kind or "V8")
    if not kind or 8 * stored_type.itemsize != header.bits_allocated or (is_big_endian and kind[1] == "1"):
        message = (
            f"{name} stores {header.bits_allocated} bits a pixel in a form that is not read; export it as "
            "16-bit whole numbers, little endian"
        )
        raise InputError(message)
    return stored_type.newbyteorder(">" if is_big_endian else "<")


def _whole_type(header: FileHeader) -> str:
    kind = _WHOLE_TYPES.get(header.bits_allocated, "")
    return kind if header.is_signed else kind.replace("i", "u")


def _used_bits(frames: StoredArray, header: FileHeader) -> StoredArray:
    """Return values of the bits that are used; the others may hold anything, such as an old overlay."""
    allocated, stored = header.bits_allocated, header.bits_stored or header.bits_allocated
    highest = header.high_bit or stored - 1
    if not (stored <= allocated and stored - 1 <= highest < allocated):
        message = (
            f"the image stores {stored} bits below bit {highest} in {allocated}, which cannot be; it is "
            "damaged. Export it again"
        )
        raise InputError(message)
    if stored == allocated:
        return frames
    native = frames.astype(frames.dtype.newbyteorder("="))
    return (native << (allocated - 1 - highest)) >> (allocated - stored)


def _compressed(dataset: FileDataset, header: FileHeader, name: str) -> _Compressed:
    from pydicom.encaps import generate_frames

    data = dataset["PixelData"].value
    offsets = [dataset.get(keyword) for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")]
    frames, total = [], 0
    for frame in generate_frames(
        data,
        number_of_frames=header.frame_count,
        extended_offsets=(offsets[0], offsets[1]) if all(offsets) else None,
    ):
        total += len(frame)
        # frames that overlap would multiply the file's size
        if total > len(data):
            raise ValueError
        _check_announced(frame, header, name)
        frames.append(frame)
    if len(frames) != header.frame_count:
        message = (
            f"{name} holds {len(frames)} compressed frames; its header announces {header.frame_count}. It is "
            "cut short or damaged; export or copy it again"
        )
        raise InputError(message)
    return _Compressed(frames, header)


def _check_announced(frame: bytes, header: FileHeader, name: str) -> None:
    """Refuse a frame that would become larger than its header says."""
    if header.transfer_syntax_uid == _RLE:
        if header.rows * header.columns * header.bits_allocated // 8 > _RLE_LARGEST_GAIN * len(frame):
            message = (
                f"{name} is cut short or damaged: a frame is too small for its size. Export or copy it again"
            )
            raise InputError(message)
        return
    found = read_codestream(frame)
    if (found.rows, found.columns, found.samples) != (header.rows, header.columns, 1):
        message = (
            f"{name} holds a compressed image of {found.columns} x {found.rows} pixels with {found.samples} "
            f"samples; its header announces {header.columns} x {header.rows} with one. It is damaged; export "
            "or copy it again"
        )
        raise InputError(message)
    if found.bits > header.bits_allocated:
        message = (
            f"{name} holds a compressed image of {found.bits} bits a pixel; its header announces "
            f"{header.bits_allocated}. It is damaged; export or copy it again"
        )
        raise InputError(message)
