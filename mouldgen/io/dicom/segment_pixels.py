"""The pixels of a DICOM SEG, frame by frame: packed to bits, plain, or compressed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError
from mouldgen.io.dicom.codestreams import read_codestream
from mouldgen.io.dicom.files import damage_explained
from mouldgen.io.dicom.headers import FileHeader
from mouldgen.io.dicom.library import import_pydicom

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["FrameArray", "FramePixels", "open_pixels"]

FrameArray = npt.NDArray[np.unsignedinteger]
"""Shape (rows, columns)."""

MOST_FRAME_PIXELS = 2**26
_PLAIN = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99")
_RLE = "1.2.840.10008.1.2.5"
_DECODERS = {
    _RLE: "pydicom",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg",
}
"""Decoders by transfer syntax. Left to choose, pydicom would take GDCM, which ends the process on damage."""

_RLE_MOST_EXPANSION = 64
"""Two bytes of PackBits stand for up to 128."""


class FramePixels(Protocol):
    """Frames that are unpacked when they are asked for."""

    def frame(self, index: int) -> FrameArray:
        """Return the stored values of one frame, shape (rows, columns).

        Raises
        ------
        InputError
            If its compressed data are damaged.
        """


@dataclass(frozen=True, eq=False)
class _PlainFrames:
    """Frames one after the other; those of single bits do not begin at whole bytes."""

    raw: npt.NDArray[np.uint8]
    shape: tuple[int, int]
    bits: int

    def frame(self, index: int) -> FrameArray:
        pixels = self.shape[0] * self.shape[1]
        if self.bits == 1:
            first = index * pixels
            packed = self.raw[first // 8 : -(-(first + pixels) // 8)]
            values = np.unpackbits(packed, bitorder="little")[first % 8 : first % 8 + pixels]
            return values.reshape(self.shape)
        size = self.bits // 8
        stored = self.raw[index * pixels * size : (index + 1) * pixels * size]
        return stored.view(np.dtype(f"<u{size}")).reshape(self.shape)


@dataclass(frozen=True, eq=False)
class _EncodedFrames:
    """Frames that are compressed each by itself."""

    name: str
    encoded: tuple[bytes, ...]
    shape: tuple[int, int]
    bits: int
    transfer_syntax_uid: str

    def frame(self, index: int) -> FrameArray:
        encoded = self.encoded[index]
        with damage_explained(self.name):
            self._check_size(index, encoded)
            values = self._decoded(encoded)
            if values.shape != self.shape or values.dtype.kind != "u":
                raise self._damaged(index)
            return values

    def _decoded(self, encoded: bytes) -> npt.NDArray[Any]:
        from pydicom.encaps import encapsulate
        from pydicom.pixels.decoders.base import get_decoder

        options: dict[str, Any] = {
            "rows": self.shape[0],
            "columns": self.shape[1],
            "samples_per_pixel": 1,
            "photometric_interpretation": "MONOCHROME2",
            "bits_allocated": max(8, self.bits),
            "bits_stored": self.bits,
            "pixel_representation": 0,
            "number_of_frames": 1,
            "pixel_keyword": "PixelData",
        }
        single = encapsulate([encoded], has_bot=False)
        values, _ = get_decoder(self.transfer_syntax_uid).as_array(
            single, index=0, raw=True, decoding_plugin=_DECODERS[self.transfer_syntax_uid], **options
        )
        return values

    def _check_size(self, index: int, encoded: bytes) -> None:
        """Refuse a frame whose compressed data announce another size: the codec would take memory for it."""
        if self.transfer_syntax_uid == _RLE:
            needed = self.shape[0] * self.shape[1] * max(self.bits // 8, 1)
            fits = needed <= _RLE_MOST_EXPANSION * len(encoded)
        else:
            announced = read_codestream(encoded)
            fits = (announced.rows, announced.columns, announced.samples) == (*self.shape, 1)
        if not fits:
            raise self._damaged(index)

    def _damaged(self, index: int) -> InputError:
        message = (
            f"{self.name} is damaged: the compressed data of frame {index + 1} are not {self.shape[0]} rows "
            f"and {self.shape[1]} columns. Export it again"
        )
        return InputError(message)


def open_pixels(dataset: Dataset, header: FileHeader, name: str) -> FramePixels:
    """Return the frames of a SEG, unpacked one by one; sizes are checked first.

    Parameters
    ----------
    dataset
        With its pixels.
    header
        Of the same file.
    name
        What messages call it.

    Raises
    ------
    InputError
        If pixels are missing, cut short, or of a kind that no SEG has.
    """
    _check_format(header, name)
    with damage_explained(name):
        raw = dataset.PixelData if "PixelData" in dataset else b""
        if not isinstance(raw, bytes) or not raw:
            message = f"{name} holds no pixels; export the segmentation again"
            raise InputError(message)
        if header.transfer_syntax_uid in _PLAIN:
            return _plain(raw, header, name)
        return _encoded(raw, dataset, header, name)


def _check_format(header: FileHeader, name: str) -> None:
    pixels = header.rows * header.columns
    if not 0 < pixels <= MOST_FRAME_PIXELS:
        message = (
            f"{name} announces frames of {header.rows} rows and {header.columns} columns; expected 1 to "
            f"{MOST_FRAME_PIXELS} pixels. Export it again"
        )
        raise InputError(message)
    if header.bits_allocated not in {1, 8, 16} or header.samples > 1 or header.is_signed:
        sign = "signed" if header.is_signed else "unsigned"
        message = (
            f"{name} stores {max(header.samples, 1)} {sign} values of {header.bits_allocated} bits a pixel; "
            "expected one unsigned value of 1, 8 or 16 bits. Export the segmentation again"
        )
        raise InputError(message)


def _plain(raw: bytes, header: FileHeader, name: str) -> _PlainFrames:
    needed = -(-header.frame_count * header.rows * header.columns * header.bits_allocated // 8)
    if len(raw) < needed:
        message = (
            f"{name} is cut short: {header.frame_count} frames of {header.rows} rows and {header.columns} "
            f"columns need {needed} bytes, the file holds {len(raw)}. Copy or export it again"
        )
        raise InputError(message)
    return _PlainFrames(np.frombuffer(raw, np.uint8), (header.rows, header.columns), header.bits_allocated)


def _encoded(raw: bytes, dataset: Dataset, header: FileHeader, name: str) -> _EncodedFrames:
    syntax = header.transfer_syntax_uid
    if not _has_decoder(syntax):
        what = syntax if re.fullmatch(r"[0-9.]{1,64}", syntax) else "unknown"
        message = (
            f"{name} is stored in the transfer syntax {what}, which is not read here for segmentations; "
            "expected uncompressed, RLE, JPEG-LS or JPEG 2000 without loss. Convert it, for instance with "
            "gdcmconv --raw"
        )
        raise InputError(message)
    encoded = tuple(_split(raw, dataset, header.frame_count))
    if len(encoded) != header.frame_count:
        message = (
            f"{name} is damaged: it announces {header.frame_count} frames and holds {len(encoded)}. Export "
            "it again"
        )
        raise InputError(message)
    return _EncodedFrames(name, encoded, (header.rows, header.columns), header.bits_allocated, syntax)


def _has_decoder(transfer_syntax_uid: str) -> bool:
    import_pydicom()
    from pydicom.pixels.decoders.base import get_decoder

    plugin = _DECODERS.get(transfer_syntax_uid)
    return plugin is not None and plugin in get_decoder(transfer_syntax_uid).available_plugins


def _split(raw: bytes, dataset: Dataset, frames: int) -> Iterator[bytes]:
    from pydicom.encaps import generate_frames

    offsets = None
    if "ExtendedOffsetTable" in dataset and "ExtendedOffsetTableLengths" in dataset:
        offsets = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
    yield from generate_frames(raw, number_of_frames=frames, extended_offsets=offsets)
