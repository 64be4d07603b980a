"""OBJ and PLY files of the bodies, for programs that read no STL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.params import MeshFormat

if TYPE_CHECKING:
    from mouldgen.meshes import TriangleMesh
    from mouldgen.mould.parts import Mould

__all__ = ["write_further_formats"]

_FURTHER = (MeshFormat.OBJ, MeshFormat.PLY)
_DIGITS = 9
"""Decimals of OBJ, so that 32-bit coordinates come back."""


def write_further_formats(mould: Mould, folder: Path, formats: tuple[MeshFormat, ...]) -> None:
    """Write every part to `folder` in those of the formats that are neither STL nor 3MF."""
    for kind in _FURTHER:
        if kind in formats:
            for part in mould.parts:
                (folder / f"{part.name}.{kind.value}").write_bytes(_bytes_of(part.mesh, kind))


def _bytes_of(mesh: TriangleMesh, kind: MeshFormat) -> bytes:
    import trimesh

    body = trimesh.Trimesh(mesh.vertices_mould, mesh.faces, process=False)
    if kind is MeshFormat.OBJ:
        text = body.export(file_type="obj", header="", include_normals=False, digits=_DIGITS)
        return str(text).encode()
    return bytes(body.export(file_type="ply", vertex_normal=False))
