"""Where a point of a punch core may really lie: the core itself, blurred by the registration error.

Across the slabs a point lies uniformly along the core and is moved by a Gaussian; within the slab it
lies uniformly in a disc and is moved by a Gaussian. Both distributions have a closed form or are one
integral away from it, so that a hit probability needs three dimensions instead of five.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array

__all__ = ["disc_kernel", "radius_quantiles", "share_across", "x_quantiles"]

REACH_SIGMAS = 4.5
"""A Gaussian is cut off here: 7e-6 of it lie further out."""

_NEGLIGIBLE_MM = 1e-6
_TABLE_SIZE = 257
_RADII = 129
_DISC_POINTS = 300
_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def share_across(offset_mm: npt.ArrayLike, length_mm: float, sigma_mm: float) -> FloatArray:
    """Return which share of a moved core lies, on average, below an offset from its middle along X.

    Parameters
    ----------
    offset_mm
        Any shape.
    length_mm
        Of the core.
    sigma_mm
        Of the error along X.

    Notes
    -----
    The integral of ``w(x) = (Phi((x1 - x) / s) - Phi((x0 - x) / s)) / (x1 - x0)``, by
    ``H(u) = u Phi(u) + phi(u)``, whose derivative is Phi.
    """
    offset = np.asarray(offset_mm, np.float64)
    if sigma_mm < _NEGLIGIBLE_MM:
        return np.clip(offset / length_mm + 0.5, 0.0, 1.0)
    rise = _ramp((offset + length_mm / 2) / sigma_mm) - _ramp((offset - length_mm / 2) / sigma_mm)
    return np.clip(rise * (sigma_mm / length_mm), 0.0, 1.0)


def x_quantiles(shares: FloatArray, length_mm: float, sigma_mm: float) -> FloatArray:
    """Return the offsets from the core's middle along X below which the given shares lie."""
    reach_mm = length_mm / 2 + REACH_SIGMAS * sigma_mm
    offsets = np.linspace(-reach_mm, reach_mm, _TABLE_SIZE)
    return np.asarray(np.interp(shares, share_across(offsets, length_mm, sigma_mm), offsets))


def radius_quantiles(shares: FloatArray, punch_mm: float, sigma_mm: float) -> FloatArray:
    """Return the distances from the core's axis within which the given shares of a moved disc lie."""
    if sigma_mm < _NEGLIGIBLE_MM:
        return np.asarray(punch_mm / 2 * np.sqrt(shares))
    squared_mm2, inside = _moved_disc(punch_mm / 2, sigma_mm)
    return np.asarray(np.sqrt(np.interp(shares, inside, squared_mm2)))


@lru_cache(maxsize=64)
def _moved_disc(radius_mm: float, sigma_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return squared distances from the axis, and which share of a moved disc lies within each.

    A disc that is moved by the distance g shares a lens with a disc about the axis; the lens is averaged
    over g, which has a Rayleigh distribution.
    """
    moved_mm = sigma_mm * np.sqrt(-2 * np.log((np.arange(_RADII) + 0.5) / _RADII))
    radii = np.linspace(0.0, radius_mm + moved_mm.max(), _TABLE_SIZE)
    lens_mm2 = _lens_mm2(radii[:, None], radius_mm, moved_mm[None, :])
    # squared, so that equal steps of the table hold equal shares where the disc is even
    return radii**2, lens_mm2.mean(axis=1) / (np.pi * radius_mm**2)


@lru_cache(maxsize=64)
def disc_kernel(punch_mm: float, sigma_mm: float, step_mm: float) -> npt.NDArray[np.float32]:
    """Return the weights of the cells of a lattice around a punch's axis, under the error within the slab.

    Parameters
    ----------
    punch_mm
        Diameter of the disc.
    sigma_mm
        Of the error along Y and along Z.
    step_mm
        Edge of the lattice's square cells.

    Returns
    -------
    ndarray
        Shape (2 n + 1, 2 n + 1), none below 0, sum 1, the same mirrored or turned; read-only.
    """
    reach = int(np.ceil((punch_mm / 2 + REACH_SIGMAS * sigma_mm) / step_mm)) + 1
    edges = (np.arange(-reach, reach + 2) - 0.5) * step_mm
    number = np.arange(_DISC_POINTS)
    radius, angle = punch_mm / 2 * np.sqrt((number + 0.5) / _DISC_POINTS), number * _GOLDEN_ANGLE
    along_y = np.diff(_gauss_below(edges[:, None] - radius * np.cos(angle), sigma_mm), axis=0)
    along_z = np.diff(_gauss_below(edges[:, None] - radius * np.sin(angle), sigma_mm), axis=0)
    weights = along_y @ along_z.T
    weights = weights + weights[::-1] + weights[:, ::-1] + weights[::-1, ::-1]
    weights += weights.T.copy()
    return frozen_array(weights / weights.sum(), np.float32)


def _gauss_below(distance_mm: FloatArray, sigma_mm: float) -> FloatArray:
    from scipy.special import ndtr

    if sigma_mm < _NEGLIGIBLE_MM:
        return np.heaviside(distance_mm, 0.5)
    return np.asarray(ndtr(distance_mm / sigma_mm))


def _ramp(u: FloatArray) -> FloatArray:
    """Return the integral of the normal distribution function from minus infinity to u."""
    from scipy.special import ndtr

    return np.asarray(u * ndtr(u) + np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi))


def _lens_mm2(one_mm: FloatArray, other_mm: float, apart_mm: FloatArray) -> FloatArray:
    """Return the area that two discs of given radii share, their middles apart by a distance."""
    smaller = np.minimum(one_mm, other_mm)
    nested = apart_mm <= np.abs(one_mm - other_mm)
    d = np.where(nested, 1.0, apart_mm)
    r = np.where(one_mm > 0, one_mm, 1.0)
    first = np.arccos(np.clip((d**2 + r**2 - other_mm**2) / (2 * d * r), -1, 1))
    second = np.arccos(np.clip((d**2 + other_mm**2 - r**2) / (2 * d * other_mm), -1, 1))
    kite = (-d + r + other_mm) * (d + r - other_mm) * (d - r + other_mm) * (d + r + other_mm)
    lens = r**2 * first + other_mm**2 * second - np.sqrt(np.maximum(kite, 0)) / 2
    return np.where(nested | (one_mm <= 0), np.pi * smaller**2, lens)
