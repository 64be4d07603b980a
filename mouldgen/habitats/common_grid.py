"""The one grid that all images and the tumour are laid onto."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mouldgen.errors import ParameterError
from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.habitats.channels import BoolArray, FloatVolume
from mouldgen.images import LabelVolume

__all__ = ["COARSEST_DEFAULT_MM", "choose_spacing_mm", "grid_around", "tumour_on"]

COARSEST_DEFAULT_MM = 1.0
"""The spacing is no coarser than this unless it is asked for: a punch is a few millimetres wide."""

KEPT_LATTICE_SHARE = 0.9
"""An image whose spacing is at most this much finer than the grid would be gives the grid its own: a grid
that is coarser by a hair beats against the image, and noise is smoothed in bands."""

MOST_VOXELS = 2**26
"""A channel of this size takes 256 MiB."""

_SAME_MM = 1e-6
_HALF = 0.5


def choose_spacing_mm(grids: Sequence[VoxelGrid], grid_mm: float | None = None) -> float:
    """Return the spacing of the common grid.

    Unless it is given, it is the finest that all images support, which is the largest of their finest
    spacings, but at most 1 mm; and where the spacing of an image lies less than a tenth below that, it is the
    image's.

    Parameters
    ----------
    grids
        Of the images, at least one.
    grid_mm
        What the user asks for.
    """
    if grid_mm is not None:
        return grid_mm
    finest_mm = [float(grid.spacing_mm.min()) for grid in grids]
    target_mm = min(max(finest_mm), COARSEST_DEFAULT_MM)
    nearly_mm = [mm for mm in finest_mm if KEPT_LATTICE_SHARE * target_mm <= mm <= target_mm]
    return max(nearly_mm, default=target_mm)


def grid_around(tissue: LabelVolume, spacing_mm: float, margin_mm: float) -> VoxelGrid:
    """Return an isotropic grid around a tumour, along the axes of its own grid.

    Its voxels begin at the outer faces of the tumour's first voxels, so that with equal spacing both grids
    are one lattice.

    Parameters
    ----------
    tissue
        What is not background is tumour.
    spacing_mm
        Along all axes.
    margin_mm
        How far the grid reaches beyond the tumour, at least.

    Raises
    ------
    ParameterError
        If that is more voxels than can be worked on.
    """
    start, stop = tissue.bounds_vox()
    own_mm = tissue.grid.spacing_mm
    extent_mm = (np.array(stop) - start) * own_mm
    margin_vox = int(np.ceil(margin_mm / spacing_mm - _SAME_MM))
    size = np.ceil(extent_mm / spacing_mm - _SAME_MM).astype(int) + 2 * margin_vox
    _check_size(size, spacing_mm)
    first_vox = np.array(start) - _HALF + (_HALF - margin_vox) * spacing_mm / own_mm
    affine = np.eye(4)
    affine[:3, :3] = tissue.grid.directions * spacing_mm
    affine[:3, 3] = tissue.grid.to_points(first_vox)
    return VoxelGrid((int(size[0]), int(size[1]), int(size[2])), affine)


def tumour_on(grid: VoxelGrid, tissue: LabelVolume) -> BoolArray:
    """Return which voxels of a grid are tumour: those that it fills most, as many as keep its volume.

    Voxels are taken by the share that the tumour fills of them, which is exact, because the axes of both
    grids run the same way; equal shares by how full their neighbourhood is. Taking those that are half full
    instead changes the volume of real tumours by up to 2.5 % (on twice the spacing, where half-full voxels
    abound), and the label at a voxel's centre by up to 2.2 %, whichever way voxels happen to fall.

    Parameters
    ----------
    grid
        From `grid_around` with the same tissue.
    tissue
        What is not background is tumour.
    """
    from scipy import ndimage

    share = _filled_shares(grid, tissue.cropped())
    # as wide as a voxel of the labels, whose flat faces would else be taken or left as a whole
    around_vox = (tissue.grid.spacing_mm / grid.spacing_mm).tolist()
    fullness = ndimage.gaussian_filter(share, around_vox, mode="constant", truncate=2.0)
    rank = np.asarray(np.round(share + 0.01 * fullness, 6), np.float32)
    rank[share <= 0] = 0
    wanted = tissue.volume_mm3() / grid.voxel_mm3
    return np.asarray(rank >= _least_rank(rank[rank > 0], wanted))


def _filled_shares(grid: VoxelGrid, tissue: LabelVolume) -> FloatVolume:
    """Return which share of every voxel is tumour."""
    share = (tissue.voxels > 0).astype(np.float32)
    origin_vox = tissue.grid.to_indices(grid.origin_mm)
    step_vox = grid.spacing_mm / tissue.grid.spacing_mm
    for axis in range(3):
        lower = origin_vox[axis] + (np.arange(grid.shape[axis]) - _HALF) * step_vox[axis]
        overlap = _overlap_shares(lower, step_vox[axis], share.shape[axis])
        filled = np.tensordot(overlap, share, axes=(1, axis))
        share = np.asarray(np.moveaxis(filled, 0, axis), np.float32)
    return share


def _least_rank(ranks: FloatVolume, wanted: float) -> float:
    """Return the rank from which on the number of voxels comes closest to the wanted; ranks stay together."""
    values, counts = np.unique(ranks, return_counts=True)
    from_here_on = np.cumsum(counts[::-1])[::-1]
    return float(values[np.argmin(np.abs(from_here_on - wanted))])


def _overlap_shares(lower_vox: FloatArray, step_vox: float, count: int) -> FloatArray:
    """Return how much of each new interval each old voxel fills; shape (new, old).

    Parameters
    ----------
    lower_vox
        Where the new intervals begin, in old voxels, whose centres are whole numbers.
    step_vox
        Their length.
    count
        How many old voxels there are.
    """
    old_lower = np.arange(count) - _HALF
    begin = np.maximum(lower_vox[:, None], old_lower)
    end = np.minimum(lower_vox[:, None] + step_vox, old_lower + 1.0)
    return np.asarray(np.maximum(end - begin, 0.0) / step_vox, np.float32)


def _check_size(size: FloatArray, spacing_mm: float) -> None:
    count = float(np.prod(size.astype(np.float64)))
    if count > MOST_VOXELS:
        enough_mm = spacing_mm * (count / MOST_VOXELS) ** (1 / 3)
        message = (
            f"a grid of {spacing_mm:.3g} mm around the tumour has {count / 1e6:.0f} million voxels; at most "
            f"{MOST_VOXELS / 1e6:.0f} million are worked on. Set channels.voxel_mm to {enough_mm * 1.05:.2f} "
            "mm or more"
        )
        raise ParameterError(message)
