"""Triangle meshes in the mould frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array

__all__ = ["TriangleMesh"]


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

    @property
    def volume_mm3(self) -> float:
        """Signed volume: positive if the normals point outwards."""
        a, b, c = self.corner_points
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)

    @property
    def area_mm2(self) -> float:
        """Surface area."""
        a, b, c = self.corner_points
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)

    @property
    def bounds_mm(self) -> FloatArray:
        """Shape (2, 3): lowest and highest corner of the box around it."""
        return np.array([self.vertices_mould.min(axis=0), self.vertices_mould.max(axis=0)])
