"""How much independent evidence voxels are: neighbours say much the same.

The Bayesian information criterion weighs evidence against the number of parameters, and counts every voxel as
evidence of its own. Voxels are not: noise is correlated by reconstruction and resampling, windows overlap,
and a bias field runs through the whole tumour. With 100,000 voxels even the shape of a slightly skewed
distribution is worth further components. So voxels count as fewer.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.fft import irfftn, next_fast_len, rfftn

from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import TumourVoxels

__all__ = ["MOST_INDEPENDENT", "independent_voxels"]

MOST_INDEPENDENT = 3000.0
"""More evidence tells apart shapes of a distribution rather than groups: with it, bias fields of 10 % do not
add habitats to phantoms (see docs: habitats)."""

_REACH_MM = 8.0
_FEWEST_PAIRS = 50


def independent_voxels(residuals: FloatArray, tumour: TumourVoxels) -> float:
    """Return the number of independent voxels that say as much about variances as these do.

    It is ``N / sum(rho^2)`` over lags up to 8 mm, the variance of a sample variance under autocorrelation rho
    (Bayley and Hammersley 1946, doi:10.2307/2983560), and at most `MOST_INDEPENDENT`.

    Parameters
    ----------
    residuals
        Shape (N, features): what the components leave unexplained. The sum is averaged over features.
    """
    inside = _padded(tumour.inside.astype(np.float32), tumour)
    pairs = _autocorrelation(inside)
    near = _near(inside.shape, tumour) & (pairs > _FEWEST_PAIRS)
    sums = []
    for residual in residuals.T:
        volume = tumour.spread_out((residual - residual.mean()).astype(np.float32))
        products = _autocorrelation(_padded(np.asarray(volume, np.float32), tumour))[near] / pairs[near]
        variance = float(np.square(residual - residual.mean()).mean())
        sums.append(float(np.square(products / variance).sum()) if variance > 0 else 1.0)
    return min(tumour.count / max(1.0, float(np.mean(sums))), MOST_INDEPENDENT)


def _lag_vox(tumour: TumourVoxels) -> npt.NDArray[np.int64]:
    return np.ceil(_REACH_MM / tumour.grid.spacing_mm).astype(np.int64)


def _padded(volume: npt.NDArray[np.float32], tumour: TumourVoxels) -> npt.NDArray[np.float32]:
    """Return the box of the tumour with room for the longest lag behind it, so that ends do not meet."""
    start, stop = tumour.index_vox.min(axis=0), tumour.index_vox.max(axis=0) + 1
    size = stop - start
    padded = np.zeros([next_fast_len(int(n), real=True) for n in size + _lag_vox(tumour)], np.float32)
    box = tuple(slice(low, high) for low, high in zip(start, stop, strict=True))
    padded[: size[0], : size[1], : size[2]] = volume[box]
    return padded


def _autocorrelation(volume: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the sum of products at every lag, the lag 0 first, negative ones at the end."""
    spectrum = rfftn(volume)
    return np.asarray(irfftn(spectrum * spectrum.conj(), s=volume.shape))


def _near(shape: tuple[int, ...], tumour: TumourVoxels) -> npt.NDArray[np.bool_]:
    """Return which lags are within reach."""
    axes = [
        np.square(np.fft.fftfreq(size, 1.0 / size) * spacing)
        for size, spacing in zip(shape, tumour.grid.spacing_mm, strict=True)
    ]
    squared = axes[0][:, None, None] + axes[1][None, :, None] + axes[2][None, None, :]
    return np.asarray(squared <= _REACH_MM**2)
