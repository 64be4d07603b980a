"""The header of a MetaImage file, https://itk.org/Wiki/ITK/MetaIO/Documentation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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

__all__ = ["read_meta_header"]

_MOST_HEADER_BYTES = 100_000
_PIXELS = {
    "MET_CHAR": ("int8", 1),
    "MET_UCHAR": ("uint8", 1),
    "MET_SHORT": ("int16", 2),
    "MET_USHORT": ("uint16", 2),
    "MET_INT": ("int32", 4),
    "MET_UINT": ("uint32", 4),
    "MET_LONG": ("int32", 4),
    "MET_ULONG": ("uint32", 4),
    "MET_LONG_LONG": ("int64", 8),
    "MET_ULONG_LONG": ("uint64", 8),
    "MET_FLOAT": ("float32", 4),
    "MET_DOUBLE": ("float64", 8),
}
"""Pixel types by what the format calls them: name and bytes."""
_LAST_KEY = "ElementDataFile"
_BLANKS = " \t\r\n"
"""Around keys and values; what Unicode counts as blank besides is part of them for ITK."""

_AFTER_DIMENSIONS = {
    "DimSize",
    "ElementSpacing",
    "ElementSize",
    "TransformMatrix",
    "Rotation",
    "Orientation",
    "Offset",
    "Position",
    "Origin",
    "CenterOfRotation",
    "AnatomicalOrientation",
}


@dataclass(frozen=True)
class _Text:
    """A header as text, and where it ends in the file."""

    fields: Mapping[str, str]
    end: int

    def numbers(self, *keys: str) -> list[float]:
        """Return the numbers of the first of several keys that is there; none if there is none."""
        stated = next((self.fields[key] for key in keys if key in self.fields), "")
        return [float(word) for word in stated.split()]


def read_meta_header(path: Path) -> StoredHeader:
    """Read the header of an ``.mha`` or ``.mhd`` file.

    Raises
    ------
    InputError
        If it is not MetaImage, or announces what is not a volume of numbers with a place in the patient.
    """
    text = _read_text(path)
    try:
        return _header(path, text)
    except ValueError:
        message = f"the header of {path.name} is damaged: a number in it cannot be read. Export it again"
        raise InputError(message) from None


def _header(path: Path, text: _Text) -> StoredHeader:
    sizes = _sizes(path.name, text)
    shape = (sizes[0], sizes[1], sizes[2])
    volumes = math.prod(sizes[3:]) * int(text.fields.get("ElementNumberOfChannels", "1"))
    pixel_type, voxel_bytes = _pixels(path.name, text.fields)
    spacing = _spacing(path.name, text)
    affine = _affine(path.name, text, spacing)
    check_affine(path.name, shape, affine)
    _check_unit(path.name, text.fields)
    return StoredHeader(
        format_name="MetaImage",
        path=path,
        shape=shape,
        spacing=spacing,
        dimensions=len(sizes),
        volumes=volumes,
        pixel_type=pixel_type,
        data=_data(path, text, math.prod(shape) * volumes * voxel_bytes),
        affines_lps={"TransformMatrix": affine},
        findings=_findings(text.fields),
    )


def _read_text(path: Path) -> _Text:
    with path.open("rb") as file:
        raw = file.read(_MOST_HEADER_BYTES)
    fields: dict[str, str] = {}
    end = 0
    for line in raw.splitlines(keepends=True):
        end += len(line)
        if _LAST_KEY not in fields:
            check_line_length(path.name, line)
        key, separator, value = line.decode("latin-1").partition("=")
        if not separator:
            break
        fields[key.strip(_BLANKS)] = value.strip(_BLANKS)
        if key.strip(_BLANKS) == _LAST_KEY:
            break
    if _LAST_KEY not in fields or "DimSize" not in fields:
        raise wrong_content(path, "MetaImage")
    _check_order(path.name, list(fields))
    return _Text(fields, end)


def _check_order(name: str, keys: list[str]) -> None:
    """Refuse sizes and places that stand before the number of dimensions, as ITK does on its own."""
    before = keys[: keys.index("NDims")] if "NDims" in keys else keys
    early = [key for key in before if key in _AFTER_DIMENSIONS]
    if early:
        message = f"the header of {name} is damaged: {early[0]} stands before NDims. Export it again"
        raise InputError(message)


def _sizes(name: str, text: _Text) -> tuple[int, ...]:
    sizes = tuple(int(word) for word in text.fields["DimSize"].split())
    if len(sizes) < 3 or text.fields.get("NDims") != str(len(sizes)):
        message = f"{name} has {len(sizes)} dimensions; expected a 3-D volume"
        raise InputError(message)
    check_announced_voxels(name, sizes)
    return sizes


def _pixels(name: str, fields: Mapping[str, str]) -> tuple[str, int]:
    stored = fields.get("ElementType", "")
    if stored not in _PIXELS:
        message = f"{name} stores values of type {stored!r}; expected whole or real numbers. Export it again"
        raise InputError(message)
    return _PIXELS[stored]


def _spacing(name: str, text: _Text) -> tuple[float, float, float]:
    spacing = text.numbers("ElementSpacing", "ElementSize")[:3]
    if len(spacing) < 3:
        message = f"{name} declares no voxel spacing; export it again with its spacing in millimetres"
        raise InputError(message)
    check_declared_spacing(name, spacing)
    check_declared_numbers(name, "ElementSpacing", spacing)
    return spacing[0], spacing[1], spacing[2]


def _affine(name: str, text: _Text, spacing: tuple[float, float, float]) -> FloatArray:
    dimensions = int(text.fields["NDims"])
    directions = np.array(
        text.numbers("TransformMatrix", "Rotation", "Orientation") or np.eye(dimensions).ravel()
    )
    origin = np.array(text.numbers("Offset", "Position", "Origin") or np.zeros(dimensions))
    if directions.size != dimensions**2 or origin.size != dimensions or not np.isfinite(origin).all():
        message = f"the TransformMatrix or Offset of {name} is damaged; export it again"
        raise InputError(message)
    check_declared_numbers(name, "TransformMatrix or Offset", [*directions, *origin])
    affine = np.eye(4)
    affine[:3, :3] = directions.reshape(dimensions, dimensions)[:3, :3].T * spacing
    affine[:3, 3] = origin[:3]
    return affine


def _check_unit(name: str, fields: Mapping[str, str]) -> None:
    unit = fields.get("DistanceUnits", "mm")
    if unit not in {"mm", "?", ""}:
        message = (
            f"{name} declares lengths in {unit}, which ITK and 3D Slicer take for millimetres; expected mm. "
            "Convert its header to millimetres"
        )
        raise InputError(message)


def _findings(fields: Mapping[str, str]) -> tuple[Finding, ...]:
    if any(key in fields for key in ("TransformMatrix", "Rotation", "Orientation")):
        return ()
    return (no_orientation("the header has no TransformMatrix"),)


def _data(path: Path, text: _Text, needed: int) -> StoredData:
    fields = text.fields
    named = fields[_LAST_KEY]
    if named.startswith("LIST") or "%" in named or fields.get("BinaryData", "True").lower() != "true":
        message = (
            f"{path.name} spreads its voxels over several files or stores them as text; save it as one .mha "
            "file"
        )
        raise InputError(message)
    is_local = named.upper() == "LOCAL"
    data_path, start = (path, text.end) if is_local else (path.parent / named, 0)
    if fields.get("CompressedData", "False").lower() == "true":
        _check_packed_bytes(data_path, start, int(fields.get("CompressedDataSize", "")))
        return StoredData(data_path, start, needed, is_compressed=True)
    skip = int(fields.get("HeaderSize", "0"))
    if skip == -1 and data_path.is_file():
        start = max(start, data_path.stat().st_size - needed)
    return StoredData(data_path, start + max(skip, 0), needed)


def _check_packed_bytes(path: Path, start: int, announced: int) -> None:
    """Refuse compressed voxels of another length than announced, which ITK would report on its own."""
    if path.is_file() and path.stat().st_size != start + announced:
        stored = max(path.stat().st_size - start, 0)
        message = (
            f"{path.name} is cut short or damaged: its header announces {announced} compressed bytes, the "
            f"file holds {stored}. Copy or export it again"
        )
        raise InputError(message)
