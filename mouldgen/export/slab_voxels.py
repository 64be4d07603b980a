"""Which voxels of the specimen lie in which slab."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.slicing import CutPlan

__all__ = ["slab_volume", "subdivided"]

LARGEST_VOXEL_MM = 1.0
_SLACK = 1.05
"""Voxels a little above a millimetre are left whole."""


def slab_volume(tissue: LabelVolume, mould_from_patient: Rigid, plan: CutPlan) -> LabelVolume:
    """Return the tissue with the number of its slab in every voxel, on a grid of voxels of about 1 mm.

    A voxel belongs to the slab between whose faces its centre lies; voxels of the kerf become background.

    Parameters
    ----------
    tissue
        The specimen, in LPS.
    mould_from_patient
        Gives the position of voxels across the slabs.
    plan
        The slabs.

    Returns
    -------
    LabelVolume
        In LPS; its axes are those of `tissue`.
    """
    factors = np.ceil(tissue.grid.spacing_mm / (LARGEST_VOXEL_MM * _SLACK)).astype(int)
    grid = subdivided(tissue.grid, factors)
    numbers = _slab_numbers(grid, mould_from_patient, plan)
    present = tissue.voxels > 0
    for axis, factor in enumerate(factors.tolist()):
        present = present.repeat(factor, axis) if factor > 1 else present
    np.multiply(numbers, present, out=numbers)
    return LabelVolume(numbers, grid)


def subdivided(grid: VoxelGrid, factors: npt.NDArray[np.int_]) -> VoxelGrid:
    """Return the grid whose voxels are those of `grid`, parted into `factors` along each axis."""
    affine = grid.point_from_index.copy()
    affine[:3, :3] /= factors
    affine[:3, 3] = grid.to_points((1 / factors - 1) / 2)
    i, j, k = (np.array(grid.shape) * factors).tolist()
    return VoxelGrid((i, j, k), affine)


def _slab_numbers(grid: VoxelGrid, mould_from_patient: Rigid, plan: CutPlan) -> npt.NDArray[np.uint16]:
    """Return the number of the slab at every voxel's centre; 0 in the kerf and beyond the ends.

    Rows run along the axis that crosses the slabs most steeply; where each of them passes a face has a closed
    form, so that no voxel is looked at one by one.
    """
    start, *steps = (float(value) for value in _x_start_and_steps(grid, mould_from_patient))
    across = int(np.argmax(np.abs(steps)))
    others = [axis for axis in (2, 1, 0) if axis != across]
    outer = start + np.add.outer(*(steps[axis] * np.arange(grid.shape[axis]) for axis in others))
    edges_mm, slabs = plan.edges_mm, len(plan.slabs)
    ids = np.zeros(2 * slabs + 1, np.uint16)
    ids[1::2] = [slab.index for slab in plan.slabs]
    step, size = steps[across], grid.shape[across]
    if step < 0:
        outer, step = outer + step * (size - 1), -step
    lengths = _lengths(outer.ravel(), step, size, edges_mm)
    rows = np.repeat(np.tile(ids, len(lengths)), lengths.ravel()).reshape(*outer.shape, size)
    if steps[across] < 0:
        rows = rows[..., ::-1]
    order = [*others, across]
    return np.array(rows.transpose([order.index(axis) for axis in range(3)]), order="F")


def _x_start_and_steps(grid: VoxelGrid, mould_from_patient: Rigid) -> FloatArray:
    """Return x of voxel (0, 0, 0) and the step of x along i, j and k; shape (4,)."""
    by_index = (mould_from_patient.matrix @ grid.point_from_index)[0]
    return np.array([by_index[3], *by_index[:3]])


def _lengths(starts_mm: FloatArray, step_mm: float, size: int, edges_mm: FloatArray) -> npt.NDArray[np.int64]:
    """Return how many voxels of every row lie before, between and after the faces: (rows, faces + 1)."""
    first = np.ceil((edges_mm - starts_mm[:, None]) / step_mm).astype(np.int64)
    bounds = np.empty((len(starts_mm), len(edges_mm) + 2), np.int64)
    bounds[:, 0], bounds[:, -1] = 0, size
    np.clip(first, 0, size, out=bounds[:, 1:-1])
    return np.diff(bounds, axis=1)
