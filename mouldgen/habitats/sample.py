"""Some voxels instead of all, where more do not change the answer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["FIT_VOXELS", "voxel_sample"]

FIT_VOXELS = 20_000
"""Voxels that a fit sees: its means are then known to less than a hundredth of a standard deviation."""


def voxel_sample(count: int, seed: int, most: int = FIT_VOXELS) -> npt.NDArray[np.int64]:
    """Return at most `most` of the indices 0 to `count` - 1, in rising order, each equally likely."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
