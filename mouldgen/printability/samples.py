"""Points spread evenly over the surface of a part, and what lies straight below and above them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.solids import Solid

__all__ = ["SurfaceSamples", "sample_surface"]

_MM2_PER_SAMPLE = 1.5
_FEWEST, _MOST = 4_000, 60_000
_LIFT_MM = 1e-4
_FACING = np.cos(np.radians(10.0))
_PLASTIC_RATIO = 1.324717957244746
"""Steps of its powers fill a square evenly (Roberts 2018, the R2 sequence)."""


@dataclass(frozen=True, eq=False)
class SurfaceSamples:
    """Points on a surface.

    Parameters
    ----------
    points_mm, normals
        Shape (N, 3) each; normals point out of the plastic.
    mm2_each
        Surface that a point stands for.
    """

    points_mm: FloatArray
    normals: FloatArray
    mm2_each: float

    def plastic_mm(self, solid: Solid, reach_mm: float) -> FloatArray:
        """Return the plastic below every point; infinite beyond the reach, or where it tapers."""
        return self._to_opposite(solid, -1.0, reach_mm)

    def air_mm(self, solid: Solid, reach_mm: float) -> FloatArray:
        """Return the gap before every point; infinite beyond the reach, or where it widens."""
        return self._to_opposite(solid, 1.0, reach_mm)

    def _to_opposite(self, solid: Solid, side: float, reach_mm: float) -> FloatArray:
        """Return the distance along the normals to a face that looks the other way, within 10 degrees.

        At the edge of a wedge any distance is found, down to none; what tapers by more is no wall.
        """
        starts = self.points_mm + side * _LIFT_MM * self.normals
        ends = self.points_mm + side * reach_mm * self.normals
        lengths, hit = solid.first_hits(starts, ends)
        opposite = np.einsum("ij,ij->i", hit, self.normals) < -_FACING
        return np.where(opposite, lengths + _LIFT_MM, np.inf)


def sample_surface(mesh: TriangleMesh) -> SurfaceSamples:
    """Return evenly spread points: the same for the same mesh."""
    a, b, c = mesh.corner_points
    crossed = np.cross(b - a, c - a)
    twice = np.linalg.norm(crossed, axis=1)
    ends = np.cumsum(twice / 2)
    count = int(np.clip(ends[-1] / _MM2_PER_SAMPLE, _FEWEST, _MOST))
    face = np.searchsorted(ends, (np.arange(count) + 0.5) * ends[-1] / count)
    u, v = _spread(count)
    points = a[face] + u[:, None] * (b - a)[face] + v[:, None] * (c - a)[face]
    normals = crossed[face] / twice[face, None]
    return SurfaceSamples(points, normals, float(ends[-1]) / count)


def _spread(count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return evenly spread shares of two sides of a triangle."""
    steps = np.arange(1, count + 1)
    u, v = (steps / _PLASTIC_RATIO) % 1.0, (steps / _PLASTIC_RATIO**2) % 1.0
    beyond = u + v > 1
    return np.where(beyond, 1 - u, u), np.where(beyond, 1 - v, v)
