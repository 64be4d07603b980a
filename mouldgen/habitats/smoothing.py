"""Neighbours pull a voxel into their habitat, so that a habitat is a region and not salt and pepper.

A Potts field over the tumour, solved by mean field: the posterior of a voxel is proportional to its own
evidence times ``exp(STRENGTH * share)``, where the share is that of the habitat among its neighbours,
weighted by a Gaussian (Kraehenbuehl and Koltun 2011, arXiv:1210.5644, with the spatial kernel alone). Where
half of the neighbours belong to either habitat, at a border, the voxel's own evidence decides: borders stay
where the images show them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import TumourVoxels

__all__ = ["smoothed_posterior", "softmax"]

STRENGTH = 8.0
"""How much agreeing neighbours count, in nats: measured on phantoms (see docs: habitats)."""

_STEPS = 12
_SETTLED = 1e-3
_TRUNCATED_AT_SIGMAS = 2.5


def softmax(scores: FloatArray) -> FloatArray:
    """Return shape (N, K) with rows that sum to 1, from their logarithms up to a constant."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def smoothed_posterior(
    log_densities: FloatArray, tumour: TumourVoxels, reach_mm: float, *, strength: float = STRENGTH
) -> FloatArray:
    """Return the posterior of every voxel, shape (N, K), given its own evidence and its neighbours'.

    Parameters
    ----------
    log_densities
        Shape (N, K): evidence of every voxel alone, as a logarithm.
    tumour
        Where the voxels lie. What is outside has no say.
    reach_mm
        Neighbours within it have three quarters of the say: the Gaussian's standard deviation is half of it,
        along every axis of the grid. 0 leaves voxels alone.
    strength
        Nats that neighbours count if all agree.
    """
    posterior = softmax(log_densities)
    if reach_mm <= 0:
        return posterior
    neighbours = _Neighbours(tumour, reach_mm / 2)
    for _ in range(_STEPS):
        before = posterior
        posterior = softmax(log_densities + strength * neighbours.shares(posterior))
        if float(np.abs(posterior - before).mean()) < _SETTLED:
            break
    return posterior


class _Neighbours:
    """Weighted means over the neighbours of voxels, without the voxels themselves."""

    def __init__(self, tumour: TumourVoxels, sigma_mm: float) -> None:
        start, stop = tumour.index_vox.min(axis=0), tumour.index_vox.max(axis=0) + 1
        box = tuple(slice(low, high) for low, high in zip(start, stop, strict=True))
        self._inside = tumour.inside[box]
        self._sigma_vox = sigma_mm / tumour.grid.spacing_mm
        impulse = np.zeros(tuple(2 * int(np.ceil(4 * sigma)) + 1 for sigma in self._sigma_vox), np.float32)
        impulse[tuple(size // 2 for size in impulse.shape)] = 1.0
        self._own = float(self._blurred(impulse).max())
        total = self._blurred(self._inside.astype(np.float32))[self._inside] - self._own
        self._total = np.maximum(total, 1e-3 * (1.0 - self._own))

    def shares(self, posterior: FloatArray) -> FloatArray:
        volume = np.zeros(self._inside.shape, np.float32)
        columns = []
        for share in posterior.T:
            volume[self._inside] = share
            columns.append((self._blurred(volume)[self._inside] - self._own * share) / self._total)
        return np.column_stack(columns)

    def _blurred(self, volume: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return np.asarray(
            gaussian_filter(volume, self._sigma_vox, mode="constant", truncate=_TRUNCATED_AT_SIGMAS)
        )
