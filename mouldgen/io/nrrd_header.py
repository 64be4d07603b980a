"""The header of an NRRD file, http://teem.sourceforge.net/nrrd/format.html."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray
from mouldgen.io.stored_data import StoredData
from mouldgen.io.stored_header import (
    StoredHeader,
    check_affine,
    check_announced_voxels,
    check_declared_numbers,
    check_declared_spacing,
    check_line_length,
    no_orientation,
    wrong_content,
)

__all__ = ["read_nrrd_header", "read_nrrd_pairs"]

_MOST_HEADER_BYTES = 4_000_000
_TYPE_WORDS = {
    "int8": (1, "signed char", "int8", "int8_t"),
    "uint8": (1, "uchar", "unsigned char", "uint8", "uint8_t"),
    "int16": (2, "short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "uint16": (2, "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "int32": (4, "int", "signed int", "int32", "int32_t"),
    "uint32": (4, "uint", "unsigned int", "uint32", "uint32_t"),
    "int64": (
        8,
        "longlong",
        "long long",
        "long long int",
        "signed long long",
        "signed long long int",
        "int64",
        "int64_t",
    ),
    "uint64": (8, "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "float32": (4, "float"),
    "float64": (8, "double"),
}
_PIXELS = {str(word): (name, int(size)) for name, (size, *words) in _TYPE_WORDS.items() for word in words}
"""Pixel types by what the format calls them: name and bytes."""
_LPS_SIGNS = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
_AXES_OF_SPACE = {"domain", "space", "???", "none"}
_VECTOR = re.compile(r"none|\(([^)]*)\)")
_MOST_DIGITS = 20
_SEGMENT_NAME = re.compile(r"(Segment\d+)_Name")


@dataclass(frozen=True)
class _Text:
    """A header as text: its fields (lower case), its key/value pairs, and where it ends in the file."""

    fields: Mapping[str, str]
    pairs: Mapping[str, str]
    end: int


def read_nrrd_header(path: Path) -> StoredHeader:
    """Read the header of an ``.nrrd`` or ``.nhdr`` file.

    Raises
    ------
    InputError
        If it is not NRRD, or announces what is not a volume of numbers with a place in the patient.
    """
    text = _read_text(path)
    sizes = _sizes(path.name, text.fields)
    axes = _axes_of_space(path.name, text.fields, len(sizes))
    shape = (sizes[axes[0]], sizes[axes[1]], sizes[axes[2]])
    pixel_type, voxel_bytes = _pixels(path.name, text.fields)
    affine, spacing = _placement(path.name, text.fields, axes)
    check_affine(path.name, shape, affine)
    _check_unit(path.name, text.fields)
    orientation = _orientation(text.fields)
    return StoredHeader(
        format_name="NRRD",
        path=path,
        shape=shape,
        spacing=spacing,
        dimensions=len(sizes),
        volumes=math.prod(sizes) // math.prod(shape),
        pixel_type=pixel_type,
        data=_data(path, text, math.prod(sizes) * voxel_bytes),
        affines_lps={"space directions": affine},
        label_names=_label_names(text.pairs),
        findings=() if orientation is None else (orientation,),
    )


def read_nrrd_pairs(path: Path) -> Mapping[str, str]:
    """Return the key/value pairs of a header, which is where 3D Slicer describes segments.

    Raises
    ------
    InputError
        If the file is not NRRD.
    """
    return MappingProxyType(dict(_read_text(path).pairs))


def _read_text(path: Path) -> _Text:
    with path.open("rb") as file:
        raw = file.read(_MOST_HEADER_BYTES)
    if not raw.startswith(b"NRRD00"):
        raise wrong_content(path, "NRRD")
    blank = re.search(rb"\r?\n\r?\n", raw)
    end = blank.end() if blank else len(raw)
    fields: dict[str, str] = {}
    pairs: dict[str, str] = {}
    for line in raw[:end].decode("utf-8", "replace").splitlines()[1:]:
        key, is_pair, value = line.partition(":=")
        if is_pair:
            pairs[key] = value
        elif not line.startswith("#"):
            key, _, value = line.partition(":")
            if key != "content":
                check_line_length(path.name, line)
            fields[key.strip().lower().replace(" ", "")] = value.strip()
    if blank is None and "datafile" not in fields:
        raise wrong_content(path, "NRRD")
    return _Text(fields, pairs, end)


def _sizes(name: str, fields: Mapping[str, str]) -> tuple[int, ...]:
    try:
        sizes = tuple(int(size) for size in fields.get("sizes", "").split())
    except ValueError:
        sizes = ()
    if not sizes or fields.get("dimension") != str(len(sizes)):
        message = f"the header of {name} is damaged: its sizes do not suit its dimension. Export it again"
        raise InputError(message)
    check_announced_voxels(name, sizes)
    return sizes


def _axes_of_space(name: str, fields: Mapping[str, str], count: int) -> tuple[int, ...]:
    """Return which three axes of the array are axes of space."""
    directions = [match.group() for match in _VECTOR.finditer(fields.get("spacedirections", ""))]
    kinds = fields.get("kinds", "").lower().split()
    if directions:
        axes = [axis for axis, direction in enumerate(directions) if direction != "none"]
    elif kinds:
        axes = [axis for axis, kind in enumerate(kinds) if kind in _AXES_OF_SPACE][:3]
    else:
        axes = list(range(min(count, 3)))
    if len(axes) != 3 or max(axes) >= count:
        message = f"{name} has {len(axes)} axes of space; expected a 3-D volume"
        raise InputError(message)
    return tuple(axes)


def _pixels(name: str, fields: Mapping[str, str]) -> tuple[str, int]:
    stored = fields.get("type", "").lower()
    if stored not in _PIXELS:
        message = f"{name} stores values of type {stored!r}; expected whole or real numbers. Export it again"
        raise InputError(message)
    return _PIXELS[stored]


def _placement(
    name: str, fields: Mapping[str, str], axes: tuple[int, ...]
) -> tuple[FloatArray, tuple[float, float, float]]:
    """Return the affine in LPS and the spacing along the axes of space."""
    affine = np.eye(4)
    try:
        if "spacedirections" in fields:
            words = [match.group(1) for match in _VECTOR.finditer(fields["spacedirections"])]
            affine[:3, :3] = np.array([_numbers(words[axis] or "") for axis in axes]).T
            _check_normal(affine[:3, :3])
            check_declared_numbers(name, "space directions", affine[:3, :3].flat)
            spacing = np.linalg.norm(affine[:3, :3], axis=0)
        elif "spacings" in fields:
            spacing = np.array([float(fields["spacings"].split()[axis]) for axis in axes])
            affine[:3, :3] = np.diag(spacing)
        else:
            message = f"{name} declares no voxel spacing; export it again with its spacing in millimetres"
            raise InputError(message)
        if "spaceorigin" in fields:
            affine[:3, 3] = _numbers(fields["spaceorigin"].strip("() "))
            check_declared_numbers(name, "space origin", affine[:3, 3])
    except (ValueError, IndexError):
        message = f"the space directions, spacings or space origin of {name} are damaged; export it again"
        raise InputError(message) from None
    check_declared_spacing(name, spacing.tolist())
    check_declared_numbers(name, "spacings", spacing)
    signs = _LPS_SIGNS.get(fields.get("space", "").lower(), (1.0, 1.0, 1.0))
    return np.diag([*signs, 1.0]) @ affine, (float(spacing[0]), float(spacing[1]), float(spacing[2]))


def _check_normal(directions: FloatArray) -> None:
    """Raise ValueError for numbers too small for their full precision, on which ITK prints warnings."""
    if ((directions != 0) & (np.abs(directions) < sys.float_info.min)).any():
        raise ValueError


def _numbers(text: str) -> list[float]:
    """Return three numbers that are parted by commas."""
    first, second, third = (float(word) for word in text.split(","))
    return [first, second, third]


def _check_unit(name: str, fields: Mapping[str, str]) -> None:
    units = set(re.findall(r'"([^"]*)"', fields.get("spaceunits", ""))) - {"", "mm", "???"}
    if units:
        message = (
            f"{name} declares lengths in {', '.join(sorted(units))}, which ITK and 3D Slicer take for "
            "millimetres; expected mm. Convert its header to millimetres"
        )
        raise InputError(message)


def _orientation(fields: Mapping[str, str]) -> Finding | None:
    space = fields.get("space", "").lower()
    if space in _LPS_SIGNS and "spacedirections" in fields:
        return None
    stated = f"the header names the space {space!r}" if space else "the header names no space"
    return no_orientation(f"{stated} instead of one of the patient")


def _data(path: Path, text: _Text, needed: int) -> StoredData:
    fields = text.fields
    encoding = fields.get("encoding", "").lower()
    if encoding not in {"raw", "gzip", "gz"}:
        message = (
            f"{path.name} stores its voxels as {encoding!r}; expected raw or gzip. Save it again as one of "
            "these"
        )
        raise InputError(message)
    named = fields.get("datafile", "")
    skip = fields.get("byteskip", "0")
    if re.match(r"LIST\b", named) or "%" in named or fields.get("lineskip", "0") != "0":
        message = f"{path.name} spreads its voxels over several files or lines; save it as one .nrrd file"
        raise InputError(message)
    data_path, start = (path.parent / named, 0) if named else (path, text.end)
    if encoding != "raw":
        return StoredData(data_path, start, needed, is_compressed=True)
    if skip == "-1" and data_path.is_file():
        return StoredData(data_path, max(start, data_path.stat().st_size - needed), needed)
    return StoredData(data_path, start + max(0, _whole(skip)), needed)


def _whole(text: str) -> int:
    return int(text) if text.lstrip("-").isdecimal() else 0


def _label_names(pairs: Mapping[str, str]) -> Mapping[int, str]:
    """Return the names that 3D Slicer gave to the labels of a segmentation with one layer."""
    return MappingProxyType(dict(_named_segments(pairs)))


def _named_segments(pairs: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for key, name in pairs.items():
        match = _SEGMENT_NAME.fullmatch(key)
        label = pairs.get(f"{match[1]}_LabelValue", "") if match else ""
        if label.isdecimal() and len(label) < _MOST_DIGITS and name.strip():
            yield int(label), name.strip()
