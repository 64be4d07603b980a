"""Images by formula, and tumours for them, on grids of any direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import Image, LabelVolume, SliceStack
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, rotation_about, voxelise

__all__ = ["DIRECTIONS", "ValueFormula", "ball_labels", "image_of", "noise_image", "values_at"]

ValueFormula = Callable[[FloatArray], FloatArray]
"""Takes LPS points of shape (..., 3), returns values of shape (...)."""

_TURN = rotation_about([1, 2, 3], 25.0)

DIRECTIONS: dict[str, FloatArray] = {
    "straight": np.eye(3),
    "oblique": _TURN,
    "left-handed": _TURN @ np.diag([1.0, 1.0, -1.0]),
    "permuted": np.eye(3)[:, [2, 0, 1]],
}
"""How the axes of a grid may run: column n is the unit vector along axis n."""


def ball_labels(
    center_lps: npt.ArrayLike,
    radius_mm: float,
    spacing_mm: Sequence[float] = (1.0, 1.0, 1.0),
    *,
    directions: npt.ArrayLike = ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
) -> LabelVolume:
    """Return a ball as label 1 on a grid that holds it."""
    body = Ellipsoid(np.asarray(center_lps, np.float64), np.full(3, radius_mm))
    grid = covering_grid(center_lps, [radius_mm] * 3, spacing_mm, directions=directions)
    return voxelise(lambda points: body.contains(points).astype(np.uint16), grid)


def values_at(formula: ValueFormula, grid: VoxelGrid) -> FloatArray:
    """Return what a formula gives at the centres of a grid."""
    index = np.stack(np.meshgrid(*(np.arange(size) for size in grid.shape), indexing="ij"), axis=-1)
    return formula(grid.to_points(index))


def image_of(formula: ValueFormula, grid: VoxelGrid, name: str = "t1", modality: str = "") -> Image:
    """Return the image that has the value of a formula at every voxel's centre."""
    values = values_at(formula, grid).astype(np.float32)
    return Image(name, values, grid, SliceStack.along_axis(grid, 2), modality)


def noise_image(
    grid: VoxelGrid, sigma: float, name: str = "t1", modality: str = "", *, mean: float = 0.0, seed: int = 1
) -> Image:
    """Return white noise of a fixed seed."""
    values = np.random.default_rng(seed).normal(mean, sigma, grid.shape).astype(np.float32)
    return Image(name, values, grid, SliceStack.along_axis(grid, 2), modality)
