"""The specimen's surface, cut at the faces of the slabs, for looking at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.slicing import Slab

__all__ = ["SlabSurface", "cut_into_slabs", "vertex_normals"]

Faces = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class SlabSurface:
    """The outside of one slab; it is open at the faces of the slab.

    Parameters
    ----------
    vertices_mould, normals
        Shape (N, 3); normals are those of the whole surface, so that no seam shows.
    faces
        Shape (M, 3).
    """

    vertices_mould: FloatArray
    normals: FloatArray
    faces: Faces


def cut_into_slabs(mesh: TriangleMesh, slabs: tuple[Slab, ...]) -> tuple[SlabSurface, ...]:
    """Return the surface of every slab; what lies in the kerf between two is left out.

    Parameters
    ----------
    mesh
        The specimen's surface, in the frame and at the size of the slabs.
    slabs
        In order along +X.
    """
    corners = np.hstack([mesh.vertices_mould, vertex_normals(mesh)])
    faces = mesh.faces
    inner = {x for slab in slabs for x in (slab.x_lower_mm, slab.x_upper_mm)}
    for x_mm in sorted(inner - {slabs[0].x_lower_mm, slabs[-1].x_upper_mm}):
        corners, faces = _split_at(corners, faces, x_mm)
    middles = corners[faces, 0].mean(axis=1)
    return tuple(_surface(corners, faces[chosen]) for chosen in _chosen(middles, slabs))


def vertex_normals(mesh: TriangleMesh) -> FloatArray:
    """Return unit normals, shape (N, 3), weighted by the areas of the faces around."""
    a, b, c = mesh.corner_points
    across = np.cross(b - a, c - a)
    count = len(mesh.vertices_mould)
    sums = np.stack(
        [np.bincount(mesh.faces.ravel(), np.repeat(across[:, axis], 3), count) for axis in range(3)], axis=1
    )
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))


def _chosen(middles_x_mm: FloatArray, slabs: tuple[Slab, ...]) -> Iterator[npt.NDArray[np.bool_]]:
    for slab in slabs:
        low = -np.inf if slab is slabs[0] else slab.x_lower_mm
        high = np.inf if slab is slabs[-1] else slab.x_upper_mm
        yield (middles_x_mm > low) & (middles_x_mm <= high)


def _surface(corners: FloatArray, faces: Faces) -> SlabSurface:
    used, index = np.unique(faces, return_inverse=True)
    kept = corners[used]
    return SlabSurface(kept[:, :3], kept[:, 3:], index.reshape(-1, 3).astype(np.int32))


def _split_at(corners: FloatArray, faces: Faces, x_mm: float) -> tuple[FloatArray, Faces]:
    """Split every triangle that crosses a plane into three that do not.

    Parameters
    ----------
    corners
        Shape (N, K), x first; all K numbers are interpolated along edges.
    """
    above = corners[:, 0] > x_mm
    count = above[faces].sum(axis=1)
    crossing = (count == 1) | (count == 2)
    if not crossing.any():
        return corners, faces
    cut = _lone_corner_first(faces[crossing], above)
    edges, index = np.unique(
        np.sort(np.concatenate([cut[:, [0, 1]], cut[:, [0, 2]]]), axis=1), axis=0, return_inverse=True
    )
    start, end = corners[edges[:, 0]], corners[edges[:, 1]]
    share = (x_mm - start[:, :1]) / (end[:, :1] - start[:, :1])
    added = start + share * (end - start)
    added[:, 0] = x_mm
    second, third = index.reshape(2, -1) + len(corners)
    lone, b, c = cut.T
    parts = [(lone, second, third), (second, b, c), (second, c, third)]
    split = [np.stack(part, axis=1).astype(np.int32) for part in parts]
    return np.concatenate([corners, added]), np.concatenate([faces[~crossing], *split])


def _lone_corner_first(faces: Faces, above: npt.NDArray[np.bool_]) -> Faces:
    """Return the faces turned so that the corner alone on its side comes first."""
    sides = above[faces]
    lone_is_above = sides.sum(axis=1) == 1
    position = np.argmax(sides == lone_is_above[:, None], axis=1)
    order = (position[:, None] + np.arange(3)) % 3
    return np.take_along_axis(faces, order, axis=1)
