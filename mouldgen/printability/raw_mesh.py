"""Triangles as a file holds them, sound or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array
from mouldgen.meshes import TriangleMesh
from mouldgen.printability.mesh_closure import IndexArray, merge_equal_points

__all__ = ["RawMesh"]


@dataclass(frozen=True, eq=False)
class RawMesh:
    """The triangles of one body, of which nothing is known yet.

    Parameters
    ----------
    name
        What the body is called in messages.
    corners_mm
        Shape (M, 3, 3): the corners of every face, finite or not.
    vertex_numbers
        Shape (M, 3): which corners are one vertex; None if those are that lie in one place.
    """

    name: str
    corners_mm: FloatArray
    vertex_numbers: IndexArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "corners_mm", frozen_array(self.corners_mm, np.float64))
        if self.vertex_numbers is not None:
            object.__setattr__(self, "vertex_numbers", frozen_array(self.vertex_numbers, np.int64))

    @classmethod
    def of(cls, name: str, mesh: TriangleMesh) -> RawMesh:
        """Return the triangles of a mesh."""
        return cls(name, mesh.corners)

    @cached_property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Shape (M,): which faces have three corners that are numbers."""
        return np.asarray(np.isfinite(self.corners_mm).all(axis=(1, 2)))

    def merged(self) -> TriangleMesh:
        """Return the finite faces with shared vertices: as numbered, or those that are equal in 32 bits."""
        points = self.corners_mm[self.finite].reshape(-1, 3)
        if self.vertex_numbers is None:
            vertices, index = merge_equal_points(points.astype(np.float32))
            return TriangleMesh(vertices.astype(np.float64), index.reshape(-1, 3).astype(np.int32))
        _, first, index = np.unique(self.vertex_numbers[self.finite], return_index=True, return_inverse=True)
        return TriangleMesh(points[first], index.reshape(-1, 3).astype(np.int32))
