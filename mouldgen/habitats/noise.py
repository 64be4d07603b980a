"""How noisy an image is within the tumour, on its own grid."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.habitats.channels import BoolArray, FloatVolume

__all__ = ["noise_within"]

LEAST_SAMPLES = 200
"""Fewer voxels give the spread to worse than 10 %; then those around the tumour count too."""

_GAIN = 6.0
_MEDIAN_PER_SIGMA = NormalDist().inv_cdf(0.75)


def noise_within(values: FloatVolume, grid: VoxelGrid, inside: BoolArray) -> float:
    """Return the standard deviation of an image's noise; 0 where too little of it is seen to tell.

    The second difference along one axis of the second difference along another leaves noise, and what bends
    both ways at once; its weights (1 -2 1, outer product) have a root sum of squares of 6 (Immerkaer, Fast
    noise variance estimation, 1996). The median of its size, over that of a normal distribution, is not moved
    by the borders of structures. The two axes of the finest spacing are taken: the slice. Noise that
    neighbouring voxels share, as after interpolation or strong filtering, is seen as less than it is.

    Parameters
    ----------
    values
        Shape ``grid.shape``, before any resampling; NaN where there is no value.
    grid
        The image's own.
    inside
        Shape ``grid.shape``: the tumour. Where it has too few voxels, all of `values` are taken.
    """
    first, second = np.sort(np.argsort(grid.spacing_mm, kind="stable")[:2])
    if min(values.shape[first], values.shape[second]) < 3:
        return 0.0
    bends = _second_difference(_second_difference(values, int(first)), int(second))
    inner = [slice(None)] * 3
    inner[first] = inner[second] = slice(1, -1)
    within = np.abs(bends[inside[tuple(inner)]])
    within = within[np.isfinite(within)]
    if within.size < LEAST_SAMPLES:
        within = np.abs(bends[np.isfinite(bends)])
    if not within.size:
        return 0.0
    return float(np.median(within) / (_MEDIAN_PER_SIGMA * _GAIN))


def _second_difference(values: FloatVolume, axis: int) -> FloatVolume:
    return np.asarray(np.diff(values, 2, axis=axis), np.float32)
