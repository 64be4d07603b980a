"""3MF files by lib3mf: parts with names, colours and extruders, in millimetres, in repeatable bytes."""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import lib3mf
import numpy as np

from mouldgen import __version__
from mouldgen.errors import CheckFailed, InputError
from mouldgen.meshes import TriangleMesh

if TYPE_CHECKING:
    from mouldgen.frames import FloatArray
    from mouldgen.mould.parts import Part
    from mouldgen.mould.plates import Plate
    from mouldgen.pipeline import MouldDesign

__all__ = ["StoredBody", "read_threemf", "write_mould_threemf", "write_plate_threemf", "write_threemf"]

_GAP_MM = 10.0
_DECIMALS = 7
_COORDINATE_TOLERANCE_MM = 2e-5  # 32 bits resolve 1.5e-5 mm at 200 mm
_BYTES_PER_FACE = 100
_FIXED_BYTES = 1 << 16
_SLICER_CONFIG = "/Metadata/Slic3r_PE_model.config"
_SLICER_RELATION = "http://schemas.prusa3d.com/slic3r/2017/model-config"
_UUID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "mouldgen 3MF")


@dataclass(frozen=True, eq=False)
class StoredBody:
    """A body as a 3MF file holds it.

    Parameters
    ----------
    name
        Stem of the STL file of the same part.
    title
        What slicers show.
    mesh
        In the mould frame.
    """

    name: str
    title: str
    mesh: TriangleMesh


@dataclass(frozen=True, eq=False)
class _Item:
    """A part, and what takes it from the mould frame to where it stands: a rotation (3, 3), then a shift."""

    part: Part
    rotation: FloatArray
    shift_mm: FloatArray


def write_mould_threemf(design: MouldDesign, path: Path) -> None:
    """Write all parts of a design.

    Raises
    ------
    CheckFailed
        If the file, read back in lib3mf's strict mode, breaks the specification or holds other bodies.
    """
    write_threemf(design.mould.parts, path, case_id=design.case_id, design_hash=design.design_hash)


def write_threemf(parts: Sequence[Part], path: Path, *, case_id: str, design_hash: str) -> None:
    """Write parts and check the file.

    Meshes keep their coordinates in the mould frame. Build items move them side by side along X, each on
    z = 0, because the specification asks for the positive octant and unites items that overlap
    (3MF Core Specification, 3.4 and 4.1), and the specimen lies in its mould.

    Raises
    ------
    CheckFailed
        If the file, read back in lib3mf's strict mode, breaks the specification or holds other bodies.
    """
    path.write_bytes(_threemf_bytes(parts, case_id, design_hash))
    _check_written(path, parts)


def write_plate_threemf(plate: Plate, path: Path, *, case_id: str, design_hash: str, title: str) -> None:
    """Write what lies on one plate, where it lies from the front left corner of the bed, and check the file.

    Parameters
    ----------
    plate
        From `mouldgen.mould.plates.arrange_plates`.
    path
        Where to.
    case_id, design_hash
        Of the case.
    title
        What the file is called in its metadata, besides the case.

    Raises
    ------
    CheckFailed
        If the file, read back in lib3mf's strict mode, breaks the specification or holds other bodies.
    """
    items = [_Item(placed.part, placed.rotation, placed.shift_mm) for placed in plate.placements]
    path.write_bytes(_bytes_of_items(items, f"{case_id} {title}", design_hash))
    _check_written(path, [item.part for item in items])


def read_threemf(path: Path) -> tuple[StoredBody, ...]:
    """Read all bodies of a 3MF file in lib3mf's strict mode, in which every warning is an error.

    Raises
    ------
    InputError
        If it is damaged or breaks the specification.
    """
    content = path.read_bytes()
    model = _library().CreateModel()
    reader = model.QueryReader("3mf")
    reader.SetStrictModeActive(StrictModeActive=True)
    try:
        buffer = (ctypes.c_uint8 * len(content)).from_buffer_copy(content)
        _call("reader_readfrombuffer", reader, ctypes.c_uint64(len(content)), buffer)
    except lib3mf.ELib3MFException as error:
        message = f"{path.name} is damaged or breaks the 3MF specification ({error}); write the case again"
        raise InputError(message) from None
    return tuple(_stored_bodies(model))


@cache
def _library() -> Any:
    return lib3mf.Wrapper()


def _call(function: str, owner: Any, *arguments: Any) -> None:
    """Call lib3mf's C function with arrays; its Python methods copy them element by element."""
    library = _library()
    library.checkError(owner, getattr(library.lib, f"lib3mf_{function}")(owner._handle, *arguments))  # noqa: SLF001


def _threemf_bytes(parts: Sequence[Part], case_id: str, design_hash: str) -> bytes:
    items = [_Item(part, np.eye(3), shift) for part, shift in zip(parts, _places(parts), strict=True)]
    return _bytes_of_items(items, case_id, design_hash)


def _bytes_of_items(items: Sequence[_Item], title: str, design_hash: str) -> bytes:
    model = _library().CreateModel()
    model.SetUnit(lib3mf.ModelUnit.MilliMeter)
    model.SetLanguage("en-GB")
    # lib3mf gives random identifiers; these follow from the design
    model.SetBuildUUID(_identifier(design_hash, f"build {title}"))
    for name, value in _metadata(title, design_hash).items():
        model.GetMetaDataGroup().AddMetaData("", name, value, "xs:string", MustPreserve=True)
    colors = model.AddBaseMaterialGroup()
    numbers = [_add_item(model, colors, item, title, design_hash) for item in items]
    _add_slicer_hints(model, [item.part for item in items], numbers)
    return _written_to_memory(model, sum(len(item.part.mesh.faces) for item in items))


def _add_slicer_hints(model: Any, parts: Sequence[Part], numbers: Sequence[int]) -> None:
    """Tell PrusaSlicer which extruder prints what; other programs pass over the file."""
    text = _slicer_hints(parts, numbers).encode()
    attachment = model.AddAttachment(_SLICER_CONFIG, _SLICER_RELATION)
    attachment.ReadFromBuffer(text)
    model.AddCustomContentType("config", "application/xml")


def _slicer_hints(parts: Sequence[Part], numbers: Sequence[int]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<config>"]
    for part, number in zip(parts, numbers, strict=True):
        name = quoteattr(part.title)
        lines += [
            f' <object id="{number}" instances_count="1">',
            f'  <metadata type="object" key="name" value={name}/>',
            f'  <metadata type="object" key="extruder" value="{part.extruder}"/>',
            f'  <volume firstid="0" lastid="{len(part.mesh.faces) - 1}">',
            f'   <metadata type="volume" key="name" value={name}/>',
            f'   <metadata type="volume" key="extruder" value="{part.extruder}"/>',
            "  </volume>",
            " </object>",
        ]
    return "\n".join([*lines, "</config>", ""])


def _metadata(title: str, design_hash: str) -> dict[str, str]:
    return {
        "Title": title,
        "Application": f"mouldgen {__version__}",
        "Description": f"Specimen mould, design {design_hash}",
    }


def _identifier(design_hash: str, what: str) -> str:
    return str(uuid.uuid5(_UUID_NAMESPACE, f"{design_hash} {what}"))


def _places(parts: Sequence[Part]) -> Iterator[FloatArray]:
    """Return by how much to move each part so that they stand side by side in the positive octant."""
    left_mm = 0.0
    for part in parts:
        lowest, highest = part.mesh.bounds_mm
        # lib3mf writes six digits: rounded up, no corner lies below zero
        yield np.ceil(100 * (np.array([left_mm, 0.0, 0.0]) - lowest)) / 100
        left_mm += float(highest[0] - lowest[0]) + _GAP_MM


def _add_item(model: Any, colors: Any, item: _Item, title: str, design_hash: str) -> int:
    """Add a part to the model and return its number."""
    part = item.part
    body = model.AddMeshObject()
    body.SetName(part.title)
    body.SetPartNumber(part.name)
    body.SetUUID(_identifier(design_hash, f"part {title} {part.name}"))
    vertices = part.mesh.vertices_mould.astype(np.float32)
    faces = np.ascontiguousarray(part.mesh.faces, np.uint32)
    _call(
        "meshobject_setgeometry",
        body,
        ctypes.c_uint64(len(vertices)),
        (lib3mf.Position * len(vertices)).from_buffer_copy(vertices),
        ctypes.c_uint64(len(faces)),
        (lib3mf.Triangle * len(faces)).from_buffer_copy(faces),
    )
    red, green, blue = bytes.fromhex(part.color.removeprefix("#"))
    color = colors.AddMaterial(part.title, _library().RGBAToColor(red, green, blue, 255))
    body.SetObjectLevelProperty(colors.GetUniqueResourceID(), color)
    placed = model.AddBuildItem(body, _transform(item.rotation, item.shift_mm))
    placed.SetPartNumber(part.name)
    placed.SetUUID(_identifier(design_hash, f"item {title} {part.name}"))
    return int(body.GetModelResourceID())


def _transform(rotation: FloatArray, shift_mm: FloatArray) -> Any:
    """Return the matrix as 3MF stores it: points are rows, multiplied from the left."""
    transform = _library().GetIdentityTransform()
    for column in range(3):
        for row in range(3):
            transform.Fields[row][column] = float(rotation[column, row])
        transform.Fields[3][column] = float(shift_mm[column])
    return transform


def _written_to_memory(model: Any, face_count: int) -> bytes:
    """Return the file's bytes.

    lib3mf must not write the file itself: on a full disk it ends the whole process.
    """
    writer = model.QueryWriter("3mf")
    writer.SetDecimalPrecision(_DECIMALS)
    capacity, needed = _FIXED_BYTES + _BYTES_PER_FACE * face_count, ctypes.c_uint64(0)
    while True:
        buffer = (ctypes.c_uint8 * capacity)()
        _call("writer_writetobuffer", writer, ctypes.c_uint64(capacity), needed, buffer)
        if needed.value <= capacity:
            return bytes(memoryview(buffer)[: needed.value])
        capacity = needed.value


def _stored_bodies(model: Any) -> Iterator[StoredBody]:
    items = model.GetMeshObjects()
    while items.MoveNext():
        body = items.GetCurrentMeshObject()
        mesh = TriangleMesh(
            _fetched(body, "vertices", body.GetVertexCount(), np.float32),
            _fetched(body, "triangleindices", body.GetTriangleCount(), np.uint32),
        )
        yield StoredBody(body.GetPartNumber(), body.GetName(), mesh)


def _fetched(body: Any, what: str, count: int, dtype: Any) -> Any:
    """Return vertices or triangles, shape (count, 3)."""
    kind = lib3mf.Position if what == "vertices" else lib3mf.Triangle
    buffer = (kind * count)()
    _call(f"meshobject_get{what}", body, ctypes.c_uint64(count), ctypes.c_uint64(0), buffer)
    return np.frombuffer(buffer, dtype).reshape(-1, 3)


def _check_written(path: Path, parts: Sequence[Part]) -> None:
    try:
        stored = read_threemf(path)
    except InputError as error:
        raise CheckFailed(str(error)) from None
    same = len(stored) == len(parts) and all(map(_is_stored, parts, stored))
    if not same:
        message = f"{path.name}, read back, differs from the parts that were written; report this case"
        raise CheckFailed(message)


def _is_stored(part: Part, stored: StoredBody) -> bool:
    if (part.name, part.title) != (stored.name, stored.title):
        return False
    if not np.array_equal(part.mesh.faces, stored.mesh.faces):
        return False
    apart_mm = np.abs(part.mesh.vertices_mould - stored.mesh.vertices_mould).max(initial=0.0)
    return bool(apart_mm <= _COORDINATE_TOLERANCE_MM)
