"""The specimen as it lies in the mould, at imaging size or at the size of the plastic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.meshes import TriangleMesh
from mouldgen.surface import DistanceField

__all__ = ["LyingSpecimen"]


@dataclass(frozen=True, eq=False)
class LyingSpecimen:
    """The specimen in the mould frame.

    Parameters
    ----------
    field
        Its signed distance.
    mesh
        Its surface.
    level_mm
        Level of the field at which the surface was taken.
    """

    field: DistanceField
    mesh: TriangleMesh
    level_mm: float

    @property
    def bottom_mm(self) -> float:
        """Height of its lowest point."""
        return float(self.mesh.bounds_mm[0, 2])

    @property
    def top_mm(self) -> float:
        """Height of its highest point."""
        return float(self.mesh.bounds_mm[1, 2])

    def scaled(self, scale: tuple[float, float, float]) -> LyingSpecimen:
        """Return the specimen stretched along X, Y and Z about (0, 0, its lowest point)."""
        if scale == (1.0, 1.0, 1.0):
            return self
        factors = np.array(scale)
        shift = np.array([0.0, 0.0, self.bottom_mm * (1 - factors[2])])
        mesh = TriangleMesh(self.mesh.vertices_mould * factors + shift, self.mesh.faces)
        return replace(self, mesh=mesh, field=_scaled_field(self.field, self.level_mm, factors, shift))

    def top_along_middle_mm(self, x_lower_mm: float, x_upper_mm: float) -> float:
        """Return the height of its highest point on y = 0 between two positions; -inf if there is none."""
        grid = self.field.grid
        x, _, z = (grid.origin_mm[a] + np.arange(grid.shape[a]) * grid.spacing_mm[a] for a in range(3))
        row = int(np.clip(np.round(-grid.origin_mm[1] / grid.spacing_mm[1]), 0, grid.shape[1] - 1))
        inside = self.field.values_mm[:, row, :] < self.level_mm
        heights = np.flatnonzero(inside[(x >= x_lower_mm) & (x <= x_upper_mm)].any(axis=0))
        return float(z[heights[-1]]) if heights.size else -np.inf


def _scaled_field(
    field: DistanceField, level_mm: float, factors: np.ndarray, shift: np.ndarray
) -> DistanceField:
    """Return the distance field of a stretched specimen, whose surface stays at its level.

    Exact to first order: a distance along the unit normal n becomes shorter by ``|n / scale|``.
    """
    gradient = np.gradient(field.values_mm, *field.grid.spacing_mm)
    squares = [part**2 for part in gradient]
    length = np.sqrt(sum(squares))
    stretched = np.sqrt(sum(part / factor**2 for part, factor in zip(squares, factors, strict=True)))
    ratio = np.divide(length, stretched, out=np.full_like(length, factors.mean()), where=stretched > 1e-3)
    origin = field.grid.origin_mm * factors + shift
    grid = VoxelGrid.axis_aligned(
        field.grid.shape, (field.grid.spacing_mm * factors).tolist(), origin.tolist()
    )
    values = level_mm + (field.values_mm - level_mm) * ratio
    return replace(field, values_mm=values.astype(np.float32), grid=grid)
