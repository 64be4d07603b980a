"""Triangle meshes in the mould frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array

__all__ = ["TriangleMesh", "pieces_of_vertices"]


@dataclass(frozen=True, eq=False)
class TriangleMesh:
    """Triangles that share vertices, wound so that normals point out of the solid.

    Parameters
    ----------
    vertices_mould
        Shape (N, 3), millimetres.
    faces
        Shape (M, 3), indices of vertices.
    """

    vertices_mould: FloatArray
    faces: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "vertices_mould", frozen_array(self.vertices_mould, np.float64))
        object.__setattr__(self, "faces", frozen_array(self.faces, np.int32))

    def __repr__(self) -> str:
        return f"TriangleMesh({len(self.faces)} faces, {self.volume_mm3 / 1000:.2f} mL)"

    @property
    def corners(self) -> FloatArray:
        """Shape (M, 3, 3): the three corners of every face."""
        return np.asarray(self.vertices_mould[self.faces])

    @property
    def corner_points(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Shape (M, 3) each: first, second and third corners."""
        first, second, third = (self.vertices_mould[self.faces[:, n]] for n in range(3))
        return first, second, third

    @cached_property
    def volume_mm3(self) -> float:
        """Signed volume: positive if the normals point outwards."""
        a, b, c = self.corner_points
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)

    @property
    def area_mm2(self) -> float:
        """Surface area."""
        a, b, c = self.corner_points
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)

    def without_specks(self, least_mm3: float) -> TriangleMesh:
        """Return the mesh without pieces, or voids, that enclose less than `least_mm3`."""
        piece = pieces_of_vertices(self.faces, len(self.vertices_mould))[self.faces[:, 0]]
        a, b, c = self.corner_points
        shares_mm3 = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
        is_kept = np.abs(np.bincount(piece, shares_mm3)) >= least_mm3
        if not is_kept.any() or is_kept[piece].all():
            return self
        used, faces = np.unique(self.faces[is_kept[piece]], return_inverse=True)
        return TriangleMesh(self.vertices_mould[used], faces.reshape(-1, 3).astype(np.int32))

    @cached_property
    def bounds_mm(self) -> FloatArray:
        """Shape (2, 3): lowest and highest corner of the box around it."""
        corners = [self.vertices_mould.min(axis=0), self.vertices_mould.max(axis=0)]
        return frozen_array(np.array(corners), np.float64)


def pieces_of_vertices(faces: npt.NDArray[np.integer], vertex_count: int) -> npt.NDArray[np.int32]:
    """Return, for every vertex, the number of the piece that it belongs to; pieces share no vertex."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    shape = (vertex_count, vertex_count)
    graph = coo_array((np.ones(len(links), np.int8), (links[:, 0], links[:, 1])), shape=shape)
    return np.asarray(connected_components(graph, directed=False)[1], np.int32)
