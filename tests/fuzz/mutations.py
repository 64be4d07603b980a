"""Damages inputs: bytes, texts, headers of known layout, elements of DICOM, files of a folder."""

from __future__ import annotations

import gzip
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from dicom_mutations import mutate_dicom
from seeds import Seed

__all__ = ["mutate"]

Damage = Callable[[bytes, Random], tuple[bytes, str]]

NUMBERS = (
    *(b"", b"0", b"-0", b"1", b"-1", b"2", b"3", b"255", b"256", b"65535", b"65536", b"2147483647"),
    *(b"2147483648", b"4294967296", b"99999999999", b"-99999999999", b"9" * 40, b"9" * 5000),
    *(b"1e308", b"-1e308", b"1e-308", b"1e39", b"1e5", b"0.0000001", b"1.5", b"nan", b"inf", b"-inf"),
    *(b"0x10", b"1_000", b"abc", b"1,5", "\N{ARABIC-INDIC DIGIT THREE}".encode(), b"\xff", b"\0", b"none"),
)
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFF)
_MOST_HEADER = 16384
_TEXT_SUFFIXES = (".nrrd", ".nhdr", ".mha", ".mhd", ".json")
_TEXT_ENDS = (b"\n\n", b"LOCAL\n")
_NIFTI_FIELDS = (
    *((40 + 2 * n, "h") for n in range(8)),
    *((76 + 4 * n, "f") for n in range(8)),
    *((offset, "f") for offset in (108, 112, 116, *range(256, 328, 4))),
    *((offset, "h") for offset in (70, 72, 252, 254)),
    *((offset, "b") for offset in (39, 123, 344, 345, 346, 347)),
    (0, "i"),
)
_INTEGERS = (0, 1, 2, 3, 4, -1, 8, 16, 64, 127, 128, 255, 256, 512, 1024, 32767, -32768, 2**31 - 1, -(2**31))
_FLOATS = (0.0, -1.0, 1.0, 1e-38, 1e-7, 1e5, 1e9, 3e38, -3e38, float("nan"), float("inf"), 0.5, 352.5)


def mutate(seed: Seed, others: Sequence[Seed], rng: Random) -> tuple[Seed, str]:
    """Return a damaged input, and what was done to it."""
    files = dict(seed.files)
    done = []
    if len(files) > 1 and rng.random() < 0.12:
        done.append(_change_folder(files, seed.entry, rng))
    if not done or rng.random() < 0.3:
        for name in _chosen_files(files, seed.entry, rng):
            alike = _alike(files, name) if rng.random() < 0.6 else [name]
            key = rng.random()
            for sibling in alike:
                files[sibling], what = _damaged(sibling, files[sibling], others, Random(key))  # noqa: S311
            done.append(f"{name} ({len(alike)} files): {what}")
    return replace(seed, files=files), "; ".join(done)


def _alike(files: dict[str, bytes], name: str) -> list[str]:
    """Return the files that get the same damage: all slices of a series, half of the time only one."""
    stem = name.rstrip("0123456789")
    return [other for other in files if other.rstrip("0123456789") == stem]


def _chosen_files(files: dict[str, bytes], entry: str, rng: Random) -> list[str]:
    names = sorted(files)
    if entry in files and rng.random() < 0.75:
        return [entry]
    return rng.sample(names, min(len(names), rng.choice((1, 1, 1, 2))))


def _change_folder(files: dict[str, bytes], entry: str, rng: Random) -> str:
    names = [name for name in sorted(files) if name != entry] or sorted(files)
    name = rng.choice(names)
    kind = rng.choice(("remove", "empty", "copy", "swap", "text", "rename"))
    if kind == "remove":
        del files[name]
    elif kind == "empty":
        files[name] = b""
    elif kind == "copy":
        files[f"{name}_copy"] = files[name]
    elif kind == "swap":
        other = rng.choice(names)
        files[name], files[other] = files[other], files[name]
    elif kind == "text":
        files[name] = b"see the notes\n" * rng.randrange(40)
    else:
        files[f"a{name}"] = files.pop(name)
    return f"{kind} {name}"


def _damaged(name: str, data: bytes, others: Sequence[Seed], rng: Random) -> tuple[bytes, str]:
    if name.endswith(".gz") and rng.random() < 0.8:
        inner, what = _damaged(name[:-3], gzip.decompress(data), others, rng)
        return gzip.compress(inner, 1, mtime=0), what
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        data, what = rng.choice(_damages(name, data, others))(data, rng)
        done.append(what)
    return data, ", ".join(done)


def _damages(name: str, data: bytes, others: Sequence[Seed]) -> tuple[Damage, ...]:
    """Return the ways to damage a file, as often as each is worth."""
    if data[128:132] == b"DICM":
        structured: tuple[Damage, ...] = (mutate_dicom,) * 24
    elif name.endswith(_TEXT_SUFFIXES):
        structured = (_number,) * 14 + (_line,) * 8
    elif name.endswith(".nii"):
        structured = (_nifti_field,) * 18
    else:
        structured = ()
    return (*structured, *_ANY, lambda content, rng: _spliced(content, others, rng))


def _in_header(data: bytes, rng: Random) -> int:
    """Return a place in the file, more often near its begin."""
    return rng.randrange(min(len(data), _MOST_HEADER if rng.random() < 0.5 else 512) or 1)


def _bit_flips(data: bytes, rng: Random) -> tuple[bytes, str]:
    changed = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        changed[_in_header(changed, rng)] ^= 1 << rng.randrange(8)
    return bytes(changed), "bits flipped"


def _bytes_set(data: bytes, rng: Random) -> tuple[bytes, str]:
    changed = bytearray(data or b"\0")
    value = rng.choice(_BYTES)
    start = _in_header(changed, rng)
    for place in range(start, min(len(changed), start + rng.choice((1, 2, 4, 8)))):
        changed[place] = value
    return bytes(changed), f"bytes at {start} set to {value:02X}"


def _chunk(data: bytes, rng: Random) -> tuple[bytes, str]:
    start = _in_header(data, rng)
    stop = start + rng.choice((1, 2, 3, 4, 8, 16, 64, 256))
    kind = rng.choice(("removed", "doubled", "inserted", "zeroed"))
    chunk = {
        "removed": b"",
        "doubled": data[start:stop] * rng.choice((2, 3, 50)),
        "inserted": rng.randbytes(stop - start) + data[start:stop],
        "zeroed": bytes(stop - start),
    }[kind]
    return data[:start] + chunk + data[stop:], f"bytes {start} to {stop} {kind}"


def _truncated(data: bytes, rng: Random) -> tuple[bytes, str]:
    length = rng.randrange(len(data) + 1)
    return data[:length], f"cut to {length} bytes"


def _spliced(data: bytes, others: Sequence[Seed], rng: Random) -> tuple[bytes, str]:
    other = rng.choice(others)
    content = other.files[rng.choice(sorted(other.files))]
    return data[: _in_header(data, rng)] + content[_in_header(content, rng) :], f"spliced with {other.name}"


def _nifti_field(data: bytes, rng: Random) -> tuple[bytes, str]:
    offset, kind = rng.choice(_NIFTI_FIELDS)
    values = _FLOATS if kind == "f" else _INTEGERS
    value = rng.choice(values)
    packed = struct.pack(f"<{kind}", value) if kind == "f" else _wrapped(int(value), kind)
    return data[:offset] + packed + data[offset + len(packed) :], f"field at {offset} is {value}"


def _wrapped(value: int, kind: str) -> bytes:
    size = struct.calcsize(kind)
    return (value & (256**size - 1)).to_bytes(size, "little")


def _text_length(data: bytes) -> int:
    ends = [data.find(end) + len(end) for end in _TEXT_ENDS if end in data]
    return min(ends, default=len(data))


def _number(data: bytes, rng: Random) -> tuple[bytes, str]:
    """Replace one number of a text by an extreme, or by another number of the same text."""
    found = list(_NUMBER.finditer(data, 0, _text_length(data)))
    if not found:
        return data, "no number"
    place = rng.choice(found)
    number = rng.choice(found).group() if rng.random() < 0.2 else rng.choice(NUMBERS)
    what = f"{place.group()[:20]!r} is {number[:20]!r}"
    return data[: place.start()] + number + data[place.end() :], what


def _line(data: bytes, rng: Random) -> tuple[bytes, str]:
    end = _text_length(data)
    lines = data[:end].split(b"\n")
    index, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.choice(("removed", "doubled", "exchanged", "value", "long", "junk"))
    if kind == "removed":
        del lines[index]
    elif kind == "doubled":
        lines.insert(other, lines[index])
    elif kind == "exchanged":
        lines[index], lines[other] = lines[other], lines[index]
    elif kind == "value":
        lines[index] = _with_value_of(lines[index], lines[other])
    elif kind == "long":
        lines[index] += b" 1" * rng.choice((1, 3, 9000))
    else:
        lines[index] = rng.randbytes(12)
    return b"\n".join(lines) + data[end:], f"line {index} {kind}"


def _with_value_of(line: bytes, other: bytes) -> bytes:
    for mark in (b":=", b": ", b" = "):
        if mark in line and mark in other:
            return line.partition(mark)[0] + mark + other.partition(mark)[2]
    return line


_ANY: tuple[Damage, ...] = (_bit_flips, _bytes_set, _chunk, _truncated)
