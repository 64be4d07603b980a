"""How noisy an image is within the tumour, on its own grid."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.habitats.channels import BoolArray, FloatVolume

__all__ = ["noise_within"]

LEAST_SAMPLES = 200
"""Fewer give the spread to worse than 10 %; then voxels around the tumour count too."""

_GAIN = 6.0
_ROUNDS = 8
_OUTLIER_SIGMA = 3.0
_MEDIAN_PER_SIGMA = NormalDist().inv_cdf(0.75)


def noise_within(values: FloatVolume, grid: VoxelGrid, inside: BoolArray) -> float:
    """Return the standard deviation of an image's noise; 0 where too little of it is seen to tell.

    The second difference along one axis of the second difference along another leaves noise, and what bends
    both ways at once; its weights (1 -2 1, outer product) have a root sum of squares of 6 (Immerkaer, Fast
    noise variance estimation, 1996). The median of its size is taken, several times without what lies beyond
    three standard deviations, so that the borders of structures do not count. The two axes of the finest
    spacing are taken: the slice. Noise that neighbouring voxels share, as after interpolation or strong
    filtering, is seen as less than it is.

    Parameters
    ----------
    values
        Shape ``grid.shape``, before any resampling; NaN where there is no value.
    grid
        The image's own.
    inside
        Shape ``grid.shape``: the tumour. Where it has too few voxels, all of `values` are taken.
    """
    from scipy import ndimage

    first, second = (int(axis) for axis in np.argsort(grid.spacing_mm, kind="stable")[:2])
    if min(values.shape[first], values.shape[second]) < 3:
        return 0.0
    square = np.ones([3 if axis in {first, second} else 1 for axis in range(3)], np.bool_)
    inner = tuple(slice(1, -1) if axis in {first, second} else slice(None) for axis in range(3))
    bends = np.abs(_second_difference(_second_difference(values, first), second))
    seen = np.isfinite(bends)
    within = seen & ndimage.binary_erosion(inside, square)[inner]
    chosen = within if np.count_nonzero(within) >= LEAST_SAMPLES else seen
    return _spread(bends[chosen]) / _GAIN


def _spread(sizes: FloatVolume) -> float:
    """Return the standard deviation of the normal distribution that most of these are sizes of."""
    spread = 0.0
    for _ in range(_ROUNDS):
        if not sizes.size:
            return spread
        spread = float(np.median(sizes)) / _MEDIAN_PER_SIGMA
        sizes = sizes[sizes <= _OUTLIER_SIGMA * spread]
    return spread


def _second_difference(values: FloatVolume, axis: int) -> FloatVolume:
    return np.asarray(np.diff(values, 2, axis=axis), np.float32)
