"""The header of a NIfTI-1 file, https://nifti.nimh.nih.gov/nifti-1."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
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
    no_orientation,
    wrong_content,
)

__all__ = ["read_nifti_header"]

_HEADER_BYTES = 348
_NIFTI2_BYTES = 540
_PIXELS = {
    2: ("uint8", 1),
    4: ("int16", 2),
    8: ("int32", 4),
    16: ("float32", 4),
    64: ("float64", 8),
    256: ("int8", 1),
    512: ("uint16", 2),
    768: ("uint32", 4),
    1024: ("int64", 8),
    1280: ("uint64", 8),
}
"""Data types by their NIfTI code: name and bytes."""
_FLOATS = {"float32": "f4", "float64": "f8"}
"""Types in which ITK takes NaN for 0, so that they are looked for here."""
_COLORS = {128: "RGB colours", 2304: "RGBA colours", 32: "complex numbers", 1792: "complex numbers"}
_UNITS = {1: ("m", 1000.0), 2: ("mm", 1.0), 3: ("um", 0.001)}
"""Units of length by their NIfTI code: name and millimetres."""
_TEMPLATE_CODES = (3, 4)
"""Codes of an sform that leads into a template (Talairach, MNI), not into the patient."""
_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class _Fields:
    """The fields of the header that matter here, by their NIfTI names."""

    byte_order: str
    dim: tuple[int, ...]
    datatype: int
    pixdim: tuple[float, ...]
    vox_offset: float
    xyzt_units: int
    qform_code: int
    sform_code: int
    quaternion: tuple[float, ...]
    qoffset: tuple[float, ...]
    srow: tuple[float, ...]


def read_nifti_header(path: Path) -> StoredHeader:
    """Read the header of a ``.nii`` or ``.nii.gz`` file.

    Raises
    ------
    InputError
        If it is not NIfTI-1, or announces what is not a volume of numbers with a place in the patient.
    """
    is_compressed = path.name.lower().endswith(".gz")
    fields = _read_fields(path, is_compressed=is_compressed)
    shape, volumes = _sizes(path.name, fields)
    pixel_type, voxel_bytes = _pixels(path.name, fields.datatype)
    check_declared_spacing(path.name, fields.pixdim[1:4])
    if not math.isfinite(fields.vox_offset) or fields.vox_offset < 0:
        message = f"{path.name} says that its voxels begin at byte {fields.vox_offset:g}; export it again"
        raise InputError(message)
    offset = max(int(fields.vox_offset), _HEADER_BYTES)
    unit, unit_mm = _UNITS.get(fields.xyzt_units & 7, ("", 1.0))
    affines = dict(_affines(path.name, fields, unit_mm))
    for name, affine in affines.items():
        # a template's sform may be sheared: ITK then follows the qform
        if name == "qform" or "qform" not in affines or fields.sform_code not in _TEMPLATE_CODES:
            check_affine(path.name, shape, affine)
    return StoredHeader(
        format_name="NIfTI-1",
        path=path,
        shape=shape,
        spacing=(fields.pixdim[1], fields.pixdim[2], fields.pixdim[3]),
        dimensions=fields.dim[0],
        volumes=volumes,
        pixel_type=pixel_type,
        data=StoredData(
            path,
            start=0 if is_compressed else offset,
            voxel_bytes=math.prod(shape) * volumes * voxel_bytes,
            is_compressed=is_compressed,
            skipped_bytes=offset if is_compressed else 0,
            checked_type=fields.byte_order + _FLOATS[pixel_type] if pixel_type in _FLOATS else "",
        ),
        affines_lps=affines,
        unit=unit,
        findings=tuple(_findings(unit, affines)),
    )


def _read_fields(path: Path, *, is_compressed: bool) -> _Fields:
    try:
        with gzip.open(path) if is_compressed else path.open("rb") as file:
            raw = file.read(_HEADER_BYTES)
    except gzip.BadGzipFile:
        raise wrong_content(path, "gzip") from None
    except (EOFError, zlib.error):
        message = f"{path.name} is cut short or damaged; copy or export it again"
        raise InputError(message) from None
    order = _byte_order(path.name, raw)
    if order is None:
        raise wrong_content(path, "NIfTI-1")
    return _unpack(raw, order)


def _byte_order(name: str, raw: bytes) -> str | None:
    """Return how numbers are stored, or None if this is no whole NIfTI-1 header."""
    if len(raw) >= 4:
        for order in "<>":
            size = struct.unpack_from(order + "i", raw)[0]
            if size == _NIFTI2_BYTES:
                message = f"{name} is NIfTI-2, which is not read; save it as NIfTI-1"
                raise InputError(message)
            if size == _HEADER_BYTES and len(raw) == _HEADER_BYTES and raw[344:347] == b"n+1":
                return order
    return None


def _unpack(raw: bytes, order: str) -> _Fields:
    def at(offset: int, kind: str) -> tuple[float, ...]:
        return struct.unpack_from(order + kind, raw, offset)

    qform_code, sform_code = struct.unpack_from(order + "2h", raw, 252)
    return _Fields(
        byte_order=order,
        dim=struct.unpack_from(order + "8h", raw, 40),
        datatype=struct.unpack_from(order + "h", raw, 70)[0],
        pixdim=at(76, "8f"),
        vox_offset=at(108, "f")[0],
        xyzt_units=raw[123],
        qform_code=qform_code,
        sform_code=sform_code,
        quaternion=at(256, "3f"),
        qoffset=at(268, "3f"),
        srow=at(280, "12f"),
    )


def _sizes(name: str, fields: _Fields) -> tuple[tuple[int, int, int], int]:
    """Return the sizes along i, j and k, and the product of the further ones."""
    count = fields.dim[0]
    if not 3 <= count <= 7:
        message = f"{name} has {count} dimensions; expected a 3-D volume"
        raise InputError(message)
    sizes = fields.dim[1 : count + 1]
    check_announced_voxels(name, sizes)
    return (sizes[0], sizes[1], sizes[2]), math.prod(sizes[3:])


def _pixels(name: str, datatype: int) -> tuple[str, int]:
    if datatype in _PIXELS:
        return _PIXELS[datatype]
    stored = _COLORS.get(datatype, f"data type {datatype}")
    message = (
        f"{name} stores {stored}; expected one whole or real number a voxel. Export it as a label map or "
        "image"
    )
    raise InputError(message)


def _affines(name: str, fields: _Fields, unit_mm: float) -> Iterator[tuple[str, FloatArray]]:
    """Yield the affines that the header declares valid, in LPS millimetres, once their numbers are."""
    millimetres = np.diag([unit_mm, unit_mm, unit_mm, 1.0])
    if fields.qform_code > 0:
        check_declared_numbers(name, "qform", (*fields.quaternion, *fields.qoffset, *fields.pixdim[:4]))
        yield "qform", _LPS_FROM_RAS @ millimetres @ _qform(fields)
    if fields.sform_code > 0:
        check_declared_numbers(name, "sform", fields.srow)
        sform = np.vstack([np.reshape(fields.srow, (3, 4)), [0.0, 0.0, 0.0, 1.0]])
        yield "sform", _LPS_FROM_RAS @ millimetres @ sform


def _qform(fields: _Fields) -> FloatArray:
    """Return the affine of the quaternion (NIfTI-1, method 2)."""
    b, c, d = fields.quaternion
    a = math.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    handedness = -1.0 if fields.pixdim[0] < 0 else 1.0
    affine = np.eye(4)
    affine[:3, :3] = rotation * [fields.pixdim[1], fields.pixdim[2], handedness * fields.pixdim[3]]
    affine[:3, 3] = fields.qoffset
    return affine


def _findings(unit: str, affines: dict[str, FloatArray]) -> Iterator[Finding]:
    if not affines:
        yield no_orientation(
            "the header says neither by qform nor by sform how the volume lies in the patient"
        )
    if not unit:
        yield Finding.info("unit_undeclared", "the header declares no unit of length; millimetres are taken")
    elif unit != "mm":
        yield Finding.info(
            "unit_converted", f"the header declares lengths in {unit}; they are converted to millimetres"
        )
