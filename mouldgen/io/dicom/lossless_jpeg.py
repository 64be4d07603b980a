"""Decodes lossless JPEG (ISO/IEC 10918-1, Annex H), the most common compression in archives of hospitals.

No library does that without a risk: GDCM ends the whole process on damaged frames, and libjpeg for pydicom
is under the GPL. Here a damaged frame can do no more than give wrong values or be refused.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError

__all__ = ["decode_lossless_jpeg"]

IntArray = npt.NDArray[np.int64]

_TABLES, _FRAME, _SCAN, _RESTARTS = 0xC4, 0xC3, 0xDA, 0xDD
_MOST_CODE_BITS = 16
_MOST_CATEGORY = 16
_NO_CODE = 2**40
"""Leads beyond the end of any data."""

_PADDING = bytes(8)
_RESTART = re.compile(rb"\xff+[\xd0-\xd7]")
_SCAN_END = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


@dataclass(frozen=True, eq=False)
class _Codes:
    """A Huffman table, by the next 16 bits of the data: length of the code, and its category."""

    lengths: IntArray
    categories: IntArray


@dataclass(frozen=True, eq=False)
class _Scan:
    """A frame of one component in one scan."""

    rows: int
    columns: int
    bits: int
    codes: _Codes
    predictor: int
    shift: int
    restart_rows: int
    data: bytes


def decode_lossless_jpeg(frame: bytes) -> npt.NDArray[np.uint16]:
    """Return the image in a frame; shape (rows, columns), the bits as stored.

    Parameters
    ----------
    frame
        Of one component, any predictor, 2 to 16 bits.

    Raises
    ------
    InputError
        If it is damaged, or of another kind of JPEG.
    """
    try:
        scan = _scan(frame)
        image = np.concatenate([_block(scan, *part) for part in _parts(scan)])
    except (struct.error, IndexError, KeyError, ValueError):
        message = "a compressed image (lossless JPEG) is cut short or damaged; export or copy it again"
        raise InputError(message) from None
    return (image << scan.shift).astype(np.uint16)


def _scan(frame: bytes) -> _Scan:
    tables: dict[int, _Codes] = {}
    found: dict[int, bytes] = {}
    here = 0
    for marker, segment, here in _segments(frame):  # noqa: B007  where the last one ends
        if marker == _TABLES:
            tables.update(_tables(segment))
        found[marker] = segment
    bits, rows, columns, components = struct.unpack(">BHHB", found[_FRAME][:6])
    in_scan, _, table, predictor, _, shift = found[_SCAN][:6]
    if (components, in_scan) != (1, 1) or not (2 <= bits <= 16 and 1 <= predictor <= 7 and shift < bits):
        raise ValueError
    interval = struct.unpack(">H", found[_RESTARTS])[0] if _RESTARTS in found else 0
    if interval % columns:
        raise ValueError
    stop = _SCAN_END.search(frame, here)
    data = frame[here : stop.start() if stop else len(frame)]
    # each value takes one bit at least
    if not 0 < rows * columns <= 8 * len(data):
        raise ValueError
    codes = tables[table >> 4]
    return _Scan(rows, columns, bits, codes, predictor, shift, interval // columns or rows, data)


def _segments(frame: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield marker, content and end of each segment up to the first scan."""
    here, marker = 2, 0
    while marker != _SCAN:
        if frame[here] != 0xFF:
            raise ValueError
        if frame[here + 1] == 0xFF:
            here += 1
            continue
        (length,) = struct.unpack(">H", frame[here + 2 : here + 4])
        marker, begin, here = frame[here + 1], here + 4, here + 2 + length
        yield marker, frame[begin:here], here


def _tables(segment: bytes) -> Iterator[tuple[int, _Codes]]:
    """Yield the number and the codes of each table of a segment (B.2.4.2 and Annex C)."""
    while segment:
        counts = np.frombuffer(segment, np.uint8, _MOST_CODE_BITS, 1)
        total = int(counts.sum())
        categories = np.frombuffer(segment, np.uint8, total, 17).astype(np.int64)
        if categories.max(initial=0) > _MOST_CATEGORY:
            raise ValueError
        lengths = np.repeat(np.arange(1, 17), counts)
        spans = 1 << (_MOST_CODE_BITS - lengths)
        rest = 2**_MOST_CODE_BITS - int(spans.sum())
        if rest < 0:
            raise ValueError
        # codes ascend, so each one covers the next span of all 16-bit numbers
        yield (
            segment[0] & 15,
            _Codes(
                np.concatenate([np.repeat(lengths, spans), np.full(rest, _NO_CODE)]),
                np.concatenate([np.repeat(categories, spans), np.zeros(rest, np.int64)]),
            ),
        )
        segment = segment[17 + total :]


def _parts(scan: _Scan) -> Iterator[tuple[bytes, int]]:
    """Yield the data between restarts, and the number of rows in it."""
    left = scan.rows
    for part in _RESTART.split(scan.data):
        if not left:
            break
        rows = min(left, scan.restart_rows)
        yield part.replace(b"\xff\x00", b"\xff"), rows
        left -= rows
    if left:
        raise ValueError


def _block(scan: _Scan, data: bytes, rows: int) -> IntArray:
    """Return the rows up to a restart; shape (rows, columns)."""
    differences = _differences(data, scan.codes, rows * scan.columns).reshape(rows, scan.columns)
    differences[0, 0] += 1 << (scan.bits - scan.shift - 1)
    return _PREDICTED[scan.predictor](differences) & 0xFFFF


def _differences(data: bytes, codes: _Codes, count: int) -> IntArray:
    """Return values as they are stored, each a code for its number of bits and then those bits."""
    padded = np.frombuffer(data + _PADDING, np.uint8).astype(np.int64)
    windows = (padded[:-3] << 24) | (padded[1:-2] << 16) | (padded[2:-1] << 8) | padded[3:]
    starts, end = _starts(windows, codes, count)
    if end > 8 * len(data):
        raise ValueError
    byte, bit = starts >> 3, starts & 7
    prefix = (windows[byte] >> (16 - bit)) & 0xFFFF
    length, category = codes.lengths[prefix], codes.categories[prefix]
    # the largest category is one value, and no bits follow
    follow = np.where(category == _MOST_CATEGORY, 0, category)
    byte, bit = (starts + length) >> 3, (starts + length) & 7
    stored = (windows[byte] >> (32 - bit - follow)) & ((1 << follow) - 1)
    is_negative = stored < (1 << follow) >> 1
    values = np.where(is_negative, stored - (1 << follow) + 1, stored)
    return np.asarray(np.where(category == _MOST_CATEGORY, 1 << 15, values), np.int64)


def _starts(windows: IntArray, codes: _Codes, count: int) -> tuple[IntArray, int]:
    """Return at which bit each value starts, and where the last one ends."""
    follow = np.where(codes.categories == _MOST_CATEGORY, 0, codes.categories)
    advance, bytes_on = (codes.lengths + follow).tolist(), windows.tolist()

    def walk() -> Iterator[int]:
        here = 0
        while True:
            yield here
            here += advance[(bytes_on[here >> 3] >> (16 - (here & 7))) & 0xFFFF]

    starts = list(islice(walk(), count + 1))
    return np.array(starts[:-1]), starts[-1]


def _from_left(differences: IntArray) -> IntArray:
    differences[:, 0] = np.cumsum(differences[:, 0])
    return np.cumsum(differences, axis=1)


def _from_above(differences: IntArray) -> IntArray:
    differences[0] = np.cumsum(differences[0])
    return np.cumsum(differences, axis=0)


def _from_diagonal(differences: IntArray) -> IntArray:
    differences[0] = np.cumsum(differences[0])
    for above, row in pairwise(differences):
        row[0] += above[0]
        row[1:] += above[:-1]
    return differences


def _from_plane(differences: IntArray) -> IntArray:
    return np.cumsum(np.cumsum(differences, axis=0), axis=1)


def _from_left_and_slope(differences: IntArray) -> IntArray:
    differences[0] = np.cumsum(differences[0]) & 0xFFFF
    for above, row in pairwise(differences):
        row[0] += above[0]
        row[1:] += np.diff(above) >> 1
        row[:] = np.cumsum(row) & 0xFFFF
    return differences


def _from_above_and_slope(differences: IntArray) -> IntArray:
    return _one_by_one(differences, lambda left, above, corner: above + ((left - corner) >> 1))


def _from_mean(differences: IntArray) -> IntArray:
    return _one_by_one(differences, lambda left, above, _corner: (left + above) >> 1)


def _one_by_one(differences: IntArray, predicted: Callable[[int, int, int], int]) -> IntArray:
    """Undo a prediction in which each pixel depends on the one to the left of it in more than a sum."""
    above = (np.cumsum(differences[0]) & 0xFFFF).tolist()
    rows = [above]
    for differing in differences[1:].tolist():
        row = [(above[0] + differing[0]) & 0xFFFF]
        for corner, over, difference in zip(above, above[1:], differing[1:], strict=False):
            row.append((predicted(row[-1], over, corner) + difference) & 0xFFFF)
        rows.append(row)
        above = row
    return np.array(rows)


_PREDICTED = {
    1: _from_left,
    2: _from_above,
    3: _from_diagonal,
    4: _from_plane,
    5: _from_left_and_slope,
    6: _from_above_and_slope,
    7: _from_mean,
}
"""Selection values of the standard (table H.1); the first row is always predicted from the left."""
