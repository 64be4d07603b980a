"""Triangles as a file holds them, sound or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array
from mouldgen.meshes import TriangleMesh
from mouldgen.printability.mesh_closure import merge_equal_points

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
    """

    name: str
    corners_mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "corners_mm", frozen_array(self.corners_mm, np.float64))

    @classmethod
    def of(cls, name: str, mesh: TriangleMesh) -> RawMesh:
        """Return the triangles of a mesh."""
        return cls(name, mesh.corners)

    @cached_property
    def finite(self) -> npt.NDArray[np.bool_]:
        """Shape (M,): which faces have three corners that are numbers."""
        return np.asarray(np.isfinite(self.corners_mm).all(axis=(1, 2)))

    def merged(self) -> TriangleMesh:
        """Return the finite faces, their vertices merged where they are equal, as every slicer does."""
        points = self.corners_mm[self.finite].reshape(-1, 3)
        narrow = points.astype(np.float32)
        if np.array_equal(narrow, points):
            merged, index = merge_equal_points(narrow)
        else:  # moved by the transform of a 3MF file: equal in 64 bits only
            merged, index = np.unique(points, axis=0, return_inverse=True)
        return TriangleMesh(merged.astype(np.float64), index.reshape(-1, 3).astype(np.int32))
