"""The bytes of a volume: whether a file holds what its header announces, and which they were."""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mouldgen.errors import InputError

__all__ = ["StoredData", "check_stored_data", "file_hashes"]

_MOST_EXPANSION = 1032
"""No DEFLATE stream grows by more, https://zlib.net/zlib_tech.html."""

_BLOCK_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class StoredData:
    """Where a file keeps its voxels.

    Parameters
    ----------
    path
        The file itself, or the data file that a header names.
    start
        Byte at which the voxels, or the compressed stream that holds them, begin.
    voxel_bytes
        Length of the voxels after decompression.
    is_compressed
        Whether a zlib or gzip stream begins at `start`.
    skipped_bytes
        What comes before the voxels in that stream.
    checked_type
        Number type, for numpy, of values that must be looked through for NaN; empty if they need not be.
    """

    path: Path
    start: int
    voxel_bytes: int
    is_compressed: bool = False
    skipped_bytes: int = 0
    checked_type: str = ""


def check_stored_data(header_name: str, data: StoredData) -> int:
    """Refuse a file that holds fewer voxels than its header announces.

    A compressed stream is unpacked block by block, so that its checksum counts too.

    Parameters
    ----------
    header_name
        Name of the file that was given.
    data
        Where the voxels are.

    Returns
    -------
    int
        How many values are NaN or infinite, where `data` asks for it; else 0.

    Raises
    ------
    InputError
        If the data file is missing, cut short or damaged.
    """
    if not data.path.is_file():
        message = (
            f"{header_name} keeps its voxels in {data.path.name}, which does not exist beside it; copy both "
            "files into one folder"
        )
        raise InputError(message)
    stored = max(data.path.stat().st_size - data.start, 0)
    not_finite = 0
    needed = data.skipped_bytes + data.voxel_bytes
    if stored * (_MOST_EXPANSION if data.is_compressed else 1) >= needed and (
        data.is_compressed or data.checked_type
    ):
        stored, not_finite = _look_through(data)
    if stored < needed:
        message = (
            f"{data.path.name} is cut short: its header announces {_size(needed)}, the file holds "
            f"{_size(stored)}. Copy or export it again"
        )
        raise InputError(message)
    return not_finite


def file_hashes(paths: Sequence[Path]) -> Iterator[tuple[str, int]]:
    """Yield the SHA-256, in hexadecimal, and the length in bytes of each file."""
    for path in paths:
        with path.open("rb") as file:
            yield hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _look_through(data: StoredData) -> tuple[int, int]:
    """Return the length of the stream in bytes, and how many of its values are not finite."""
    length = not_finite = 0
    rest = b""
    try:
        for block in _blocks(data):
            if data.checked_type:
                begin = max(data.skipped_bytes - length, 0)
                end = max(data.skipped_bytes + data.voxel_bytes - length, 0)
                found, rest = _count_not_finite(rest + block[begin:end], data.checked_type)
                not_finite += found
            length += len(block)
    except (OSError, EOFError, zlib.error):
        message = (
            f"{data.path.name} is cut short or damaged: its voxels cannot be unpacked. Copy or export it "
            "again"
        )
        raise InputError(message) from None
    return length, not_finite


def _count_not_finite(raw: bytes, number_type: str) -> tuple[int, bytes]:
    """Return how many values are not finite, and the bytes that are not a whole value yet."""
    whole = len(raw) - len(raw) % np.dtype(number_type).itemsize
    values = np.frombuffer(raw[:whole], number_type)
    return values.size - int(np.count_nonzero(np.isfinite(values))), raw[whole:]


def _blocks(data: StoredData) -> Iterator[bytes]:
    """Yield the bytes from the start of the voxels' stream, unpacked."""
    with data.path.open("rb") as file:
        file.seek(data.start)
        is_gzip = data.is_compressed and file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(data.start)
        if is_gzip:
            with gzip.GzipFile(fileobj=file) as stream:
                yield from iter(lambda: stream.read(_BLOCK_BYTES), b"")
        elif data.is_compressed:
            yield from _zlib_blocks(file)
        else:
            yield from iter(lambda: file.read(_BLOCK_BYTES), b"")


def _zlib_blocks(file: BinaryIO) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    while not stream.eof:
        packed = stream.unconsumed_tail or file.read(_BLOCK_BYTES)
        if not packed:
            raise EOFError
        yield stream.decompress(packed, _BLOCK_BYTES)


def _size(count: int) -> str:
    """Return a number of bytes for people."""
    if count < 1000:
        return f"{count} bytes"
    power = min(int(math.log10(count)) // 3, 4)
    return f"{count / 1000**power:.3g} {('', 'kB', 'MB', 'GB', 'TB')[power]}"
