"""Binary STL files: written, read back, and checked on what the file says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from stl import mesh as stl_mesh
from stl.stl import Mode

from mouldgen.errors import CheckFailed, InputError
from mouldgen.meshes import TriangleMesh
from mouldgen.printability.mesh_closure import measure_closure, merge_equal_points

if TYPE_CHECKING:
    from mouldgen.mould.parts import Mould
    from mouldgen.printability.mesh_closure import PointArray

__all__ = ["BLANK_HEADER", "read_stl", "write_part_stls", "write_stl"]

BLANK_HEADER = "\0" * 80
"""Names nothing; by default numpy-stl writes the file's name and the date."""

_PREAMBLE_BYTES = 84
_FACE_BYTES = 50
_VOLUME_TOLERANCE = 1e-6


def write_part_stls(mould: Mould, folder: Path) -> None:
    """Write every part of a mould to `folder`, one file a part.

    Raises
    ------
    CheckFailed
        If a file, read back, does not hold the closed body that was to be written.
    """
    for part in mould.parts:
        write_stl(part.mesh, folder / f"{part.name}.stl")


def write_stl(mesh: TriangleMesh, path: Path) -> None:
    """Write a mesh and check the file.

    Raises
    ------
    CheckFailed
        If the file, read back, is open, wound inconsistently or inside out, or differs from the mesh.
    """
    path.write_bytes(_stl_bytes(mesh))
    _check_written(path, mesh)


def read_stl(path: Path) -> TriangleMesh:
    """Read a binary STL file and merge its equal vertices.

    Raises
    ------
    InputError
        If it is not a whole binary STL file, or holds coordinates that are not finite.
    """
    corners = _read_corners(path)
    vertices, index = merge_equal_points(corners.reshape(-1, 3))
    return TriangleMesh(vertices.astype(np.float64), index.reshape(-1, 3).astype(np.int32))


def _stl_bytes(mesh: TriangleMesh) -> bytes:
    records = np.zeros(len(mesh.faces), stl_mesh.Mesh.dtype)
    records["vectors"] = mesh.vertices_mould.astype(np.float32)[mesh.faces]
    body = stl_mesh.Mesh(records, calculate_normals=False)
    body.update_normals(update_areas=False, update_centroids=False)
    body.normals[:] = body.get_unit_normals()
    body.get_header = lambda _name: BLANK_HEADER
    buffer = io.BytesIO()
    body.save("blank", fh=buffer, mode=Mode.BINARY, update_normals=False)
    return buffer.getvalue()


def _read_corners(path: Path) -> PointArray:
    """Return the corners of all faces, shape (M, 3, 3)."""
    size = path.stat().st_size
    if size < _PREAMBLE_BYTES + _FACE_BYTES:
        message = f"{path.name} is too short for an STL file ({size} bytes); write the case again"
        raise InputError(message)
    with path.open("rb") as file:
        faces = int.from_bytes(file.read(_PREAMBLE_BYTES)[80:], "little")
    if size != _PREAMBLE_BYTES + _FACE_BYTES * faces:
        message = (
            f"{path.name} announces {faces} faces, which take {_PREAMBLE_BYTES + _FACE_BYTES * faces} bytes, "
            f"but has {size}; write the case again"
        )
        raise InputError(message)
    corners = stl_mesh.Mesh.from_file(str(path), calculate_normals=False, mode=Mode.BINARY).vectors
    if not np.isfinite(corners).all():
        message = f"{path.name} holds coordinates that are not numbers; write the case again"
        raise InputError(message)
    return np.asarray(corners, np.float32)


def _check_written(path: Path, mesh: TriangleMesh) -> None:
    corners = _read_corners(path)
    expected = mesh.vertices_mould.astype(np.float32)
    if not np.array_equal(corners, expected[mesh.faces]):
        message = f"{path.name}, read back, differs from the mesh that was written; check the disk"
        raise CheckFailed(message)
    vertices, index = merge_equal_points(expected)
    faces = index[mesh.faces].astype(np.int32)
    closure = measure_closure(faces)
    if not closure.is_closed:
        message = f"{path.name} is not closed: {closure}. Try another surface.grid_mm, and report this case"
        raise CheckFailed(message)
    stored_mm3, wanted_mm3 = TriangleMesh(vertices.astype(np.float64), faces).volume_mm3, mesh.volume_mm3
    if stored_mm3 <= 0 or abs(stored_mm3 - wanted_mm3) > _VOLUME_TOLERANCE * wanted_mm3:
        message = (
            f"{path.name} holds {stored_mm3:.3f} mm3, expected {wanted_mm3:.3f} mm3 and above zero. "
            "Try another surface.grid_mm, and report this case"
        )
        raise CheckFailed(message)
