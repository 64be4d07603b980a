"""Bodies for printing, from STL, 3MF, OBJ and PLY files: read as they are, sound or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray
from mouldgen.printability.mesh_closure import IndexArray
from mouldgen.printability.raw_mesh import RawMesh

__all__ = ["MESH_SUFFIXES", "MeshFile", "read_mesh_file"]

_PREAMBLE_BYTES = 84
_FACE_BYTES = 50
_LARGEST_MM = 1e8
_BROKEN_SHARE = 0.1
_VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


@dataclass(frozen=True, eq=False)
class MeshFile:
    """What a file holds.

    Parameters
    ----------
    name
        Name of the file, without its folder.
    bodies
        One for an STL file; one for every object that is printed from a 3MF file.
    findings
        What reading found: damage, or nothing to read.
    has_unit
        Whether the file says what its lengths are.
    """

    name: str
    bodies: tuple[RawMesh, ...]
    findings: tuple[Finding, ...] = ()
    has_unit: bool = False


def read_mesh_file(path: Path) -> MeshFile:
    """Read every body of a file, whatever state it is in.

    Lengths of a 3MF file follow its unit; all others have none and are taken for millimetres.

    Raises
    ------
    InputError
        If there is no such file, or its name has another ending.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        message = f"{path.name} is not a file of triangles; expected one of {', '.join(_READERS)}"
        raise InputError(message)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise InputError(message) from None
    if not content.strip(b"\0 \r\n\t"):
        return MeshFile(
            path.name, (), (Finding.error("file_empty", f"{path.name} is empty; export it again"),)
        )
    return read(path.name, content)


def _damaged(name: str, reason: str) -> MeshFile:
    message = f"{name} cannot be read: {reason}. Export it again"
    return MeshFile(name, (), (Finding.error("file_damaged", message),))


def _without_faces(name: str) -> MeshFile:
    message = f"{name} holds no triangles, so there is nothing to print; export it again"
    return MeshFile(name, (), (Finding.error("file_empty", message),))


def _read_stl(name: str, content: bytes) -> MeshFile:
    announced = int.from_bytes(content[80:_PREAMBLE_BYTES], "little")
    whole = len(content) >= _PREAMBLE_BYTES and len(content) == _PREAMBLE_BYTES + _FACE_BYTES * announced
    if not whole and content.lstrip()[:5].lower() == b"solid" and b"facet" in content[:4096]:
        return _read_text_stl(name, content)
    if len(content) < _PREAMBLE_BYTES:
        return _damaged(name, f"{len(content)} bytes are too few for an STL file")
    held = min(announced, (len(content) - _PREAMBLE_BYTES) // _FACE_BYTES)
    records = np.frombuffer(content, np.uint8, held * _FACE_BYTES, _PREAMBLE_BYTES).reshape(held, _FACE_BYTES)
    with np.errstate(invalid="ignore"):
        corners = records[:, 12:48].copy().view("<f4").reshape(held, 3, 3).astype(np.float64)
    broken = (~(np.abs(corners) < _LARGEST_MM)).any(axis=(1, 2)).mean() if held else 0.0
    if not whole and (broken > _BROKEN_SHARE or held * 100 < announced):
        return _damaged(name, "it holds no triangles that make sense")
    if held == 0:
        return _without_faces(name)
    findings = () if held == announced else (_truncated(name, announced, held, corners),)
    return MeshFile(name, (RawMesh(_stem(name), corners),), findings)


def _truncated(name: str, announced: int, held: int, corners: FloatArray) -> Finding:
    x, y, z = (float(value) for value in corners[-1].mean(axis=0))
    return Finding.error(
        "file_truncated",
        f"{name} ends after {held} of {announced} faces, the last one at x {x:.1f}, y {y:.1f}, z {z:.1f} mm: "
        "it was cut off on its way. Copy or export it again",
    )


def _read_text_stl(name: str, content: bytes) -> MeshFile:
    try:
        points = np.array(_VERTEX.findall(content), dtype="S").astype(np.float64)
    except ValueError:
        return _damaged(name, "it holds coordinates that are not numbers")
    held = len(points) // 3
    if held == 0:
        return _without_faces(name)
    corners = points[: 3 * held].reshape(held, 3, 3)
    is_whole = (
        len(points) % 3 == 0 and content.rstrip().rpartition(b"\n")[2].lstrip().lower()[:8] == b"endsolid"
    )
    announced = max(content.count(b"facet normal"), held + 1)
    findings = () if is_whole else (_truncated(name, announced, held, corners),)
    return MeshFile(name, (RawMesh(_stem(name), corners),), findings)


def _read_by_trimesh(kind: str) -> Callable[[str, bytes], MeshFile]:
    def read(name: str, content: bytes) -> MeshFile:
        import io

        import trimesh

        try:
            scene = trimesh.load_scene(
                io.BytesIO(content), file_type=kind, process=False, maintain_order=True
            )
            meshes = [mesh for mesh in scene.dump() if len(getattr(mesh, "faces", ()))]
            bodies = tuple(
                RawMesh(_body_name(name, n, len(meshes)), np.asarray(mesh.vertices, float)[mesh.faces])
                for n, mesh in enumerate(meshes, start=1)
            )
        except Exception as error:  # noqa: BLE001  (its readers raise whatever a damaged file makes them)
            return _damaged(name, f"it is no {kind.upper()} file, or cut off ({type(error).__name__})")
        return MeshFile(name, bodies) if bodies else _without_faces(name)

    return read


def _read_threemf(name: str, content: bytes) -> MeshFile:
    import ctypes

    import lib3mf

    library = lib3mf.Wrapper()
    model = library.CreateModel()
    try:
        buffer = (ctypes.c_uint8 * len(content)).from_buffer_copy(content)
        model.QueryReader("3mf").ReadFromBuffer(buffer)
        bodies = tuple(_named_apart(_build_items(model, name)))
    except lib3mf.ELib3MFException as error:
        return _damaged(name, f"it is no 3MF file, or breaks its rules ({error})")
    return MeshFile(name, bodies, has_unit=True) if bodies else _without_faces(name)


def _build_items(model: Any, name: str) -> Iterator[RawMesh]:
    """Yield what is printed: every item on the plate, with its transform, in millimetres."""
    unit_mm = _unit_mm(model)
    items = model.GetBuildItems()
    while items.MoveNext():
        item = items.GetCurrent()
        body = item.GetObjectResource()
        matrix = _matrix(item.GetObjectTransform()) if item.HasObjectTransform() else np.eye(4, 3)
        parts = list(_object_parts(body))
        if parts:
            corners = np.concatenate([corners for corners, _ in parts]) @ matrix[:3] + matrix[3]
            yield RawMesh(body.GetName() or _stem(name), corners * unit_mm, _numbered(parts))


def _named_apart(bodies: Iterable[RawMesh]) -> Iterator[RawMesh]:
    """Yield bodies, those that have a name in common with a number."""
    seen: dict[str, int] = {}
    for body in bodies:
        seen[body.name] = seen.get(body.name, 0) + 1
        number = seen[body.name]
        yield body if number == 1 else replace(body, name=f"{body.name} {number}")


def _object_parts(body: Any) -> Iterator[tuple[FloatArray, IndexArray]]:
    """Yield corners of faces, and which of them are one vertex: the file says so (3MF Core, 4.1)."""
    if body.IsComponentsObject():
        for index in range(body.GetComponentCount()):
            component = body.GetComponent(index)
            matrix = _matrix(component.GetTransform()) if component.HasTransform() else np.eye(4, 3)
            for corners, numbers in _object_parts(component.GetObjectResource()):
                yield corners @ matrix[:3] + matrix[3], numbers
    elif body.IsMeshObject() and body.GetTriangleCount():
        vertices = np.array([list(vertex.Coordinates) for vertex in body.GetVertices()], np.float32)
        faces = np.array([list(face.Indices) for face in body.GetTriangleIndices()], np.int64)
        yield vertices[faces].astype(np.float64), faces


def _numbered(parts: list[tuple[FloatArray, IndexArray]]) -> IndexArray:
    """Return the vertex numbers of all parts, those of one apart from those of the next."""
    counts = [int(numbers.max()) + 1 for _, numbers in parts]
    starts = np.cumsum([0, *counts[:-1]])
    return np.concatenate([numbers + start for (_, numbers), start in zip(parts, starts, strict=True)])


def _matrix(transform: Any) -> FloatArray:
    return np.array([list(row) for row in transform.Fields], float).reshape(4, 3)


def _unit_mm(model: Any) -> float:
    import lib3mf

    unit = lib3mf.ModelUnit
    lengths_mm = {
        unit.MicroMeter: 0.001,
        unit.MilliMeter: 1.0,
        unit.CentiMeter: 10.0,
        unit.Inch: 25.4,
        unit.Foot: 304.8,
        unit.Meter: 1000.0,
    }
    return lengths_mm[model.GetUnit()]


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _body_name(name: str, number: int, count: int) -> str:
    return _stem(name) if count == 1 else f"{_stem(name)} {number}"


_READERS: dict[str, Callable[[str, bytes], MeshFile]] = {
    ".stl": _read_stl,
    ".3mf": _read_threemf,
    ".obj": _read_by_trimesh("obj"),
    ".ply": _read_by_trimesh("ply"),
}

MESH_SUFFIXES = frozenset(_READERS)
"""Endings of files that `read_mesh_file` reads."""
