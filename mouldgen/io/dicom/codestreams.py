"""What compressed frames announce, read before any decoder takes memory for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from mouldgen.errors import InputError

__all__ = ["Codestream", "read_codestream"]

_J2K_START = b"\xff\x4f\xff\x51"
_JP2_START = b"\x00\x00\x00\x0cjP  "
_STAND_ALONE = {0x01, *range(0xD0, 0xD9)}
_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers of JPEG and JPEG-LS; the three that are left out mark other segments."""


@dataclass(frozen=True)
class Codestream:
    """The image that a compressed frame holds."""

    rows: int
    columns: int
    samples: int
    bits: int


def read_codestream(frame: bytes) -> Codestream:
    """Return what the header of a JPEG, JPEG-LS or JPEG 2000 frame announces.

    Raises
    ------
    InputError
        If it has none.
    """
    try:
        if frame.startswith(_JP2_START):
            frame = frame[frame.index(_J2K_START) :]
        return _jpeg_2000(frame) if frame.startswith(_J2K_START) else _jpeg(frame)
    except (struct.error, IndexError, ValueError):
        message = "a compressed image is cut short or damaged; export or copy it again"
        raise InputError(message) from None


def _jpeg_2000(frame: bytes) -> Codestream:
    """Read the segment of sizes (ISO/IEC 15444-1, A.5.1)."""
    right, low, left, top = struct.unpack(">4I", frame[8:24])
    samples, bits, across, down = struct.unpack(">H3B", frame[40:45])
    if not across or not down:
        raise ValueError
    rows, columns = -(-low // down) + (-top // down), -(-right // across) + (-left // across)
    return Codestream(rows, columns, samples, (bits & 0x7F) + 1)


def _jpeg(frame: bytes) -> Codestream:
    """Read the start-of-frame segment (ISO/IEC 10918-1, B.2.2; ISO/IEC 14495-1, C.2.2)."""
    # without its end marker CharLS reads on for seconds
    if not frame.startswith(b"\xff\xd8") or not frame.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise ValueError
    here = 2
    while True:
        if frame[here] != 0xFF:
            raise ValueError
        marker = frame[here + 1]
        if marker == 0xFF:
            here += 1
            continue
        if marker in _FRAME_HEADERS:
            bits, rows, columns, samples = struct.unpack(">BHHB", frame[here + 4 : here + 10])
            return Codestream(rows, columns, samples, bits)
        length = 0 if marker in _STAND_ALONE else struct.unpack(">H", frame[here + 2 : here + 4])[0]
        here += 2 + length
