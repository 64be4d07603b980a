"""Maps of what values do around a voxel: mean, spread, entropy of grey levels, and gradient.

Only voxels of the tumour count, so that its surroundings leak into none of them:

* mean and spread (standard deviation, divided by n) of the tumour's voxels in the window
* entropy, in bits, of the shares of grey levels among them (IBSI's discretised intensity entropy, TLU2)
* gradient: how steeply the plane rises that fits them best (least squares). On a linear ramp it is the
  ramp's, also at the tumour's edge; where they lie in a plane or a line, it is the gradient within that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.habitats.windows import Window

__all__ = ["local_entropy", "local_gradient", "local_mean", "local_spread"]

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)

_CHUNK_NUMBERS = 2**20
_FLAT_RATIO = 1e-9
"""Voxels that spread less than this in a direction, squared and against their longest, say nothing of it."""


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """Some voxels, one a row, and what lies in their windows.

    Parameters
    ----------
    rows
        Which voxels, among all of the tumour.
    inside
        Shape (rows, voxels of a window).
    place
        Shape (rows, voxels of a window): where they lie in a padded array, flattened.
    """

    rows: slice
    inside: BoolArray
    place: IntArray

    @property
    def counts(self) -> IntArray:
        """Shape (rows, 1): voxels of the tumour in each window, at least its own."""
        return np.asarray(self.inside.sum(axis=1, keepdims=True))

    def rises(self, padded: npt.NDArray[np.floating]) -> FloatArray:
        """Return by how much values exceed that of the window's middle; 0 outside the tumour."""
        values = padded.ravel()[self.place].astype(np.float64)
        middle = values[:, [values.shape[1] // 2]]
        return np.asarray(np.where(self.inside, values - middle, 0.0))


def local_mean(values: npt.NDArray[np.floating], inside: BoolArray, window: Window) -> FloatArray:
    """Return the mean in the window around each voxel.

    Parameters
    ----------
    values
        Shape (I, J, K).
    inside
        Shape (I, J, K): the tumour.
    window
        The voxels around each.

    Returns
    -------
    FloatArray
        Shape (N,), in the order of ``numpy.argwhere(inside)``, as all maps here.
    """
    padded = _padded(values, window)
    mean = values[inside].astype(np.float64)
    for part in _neighbours(inside, window):
        mean[part.rows] += part.rises(padded).sum(axis=1) / part.counts[:, 0]
    return mean


def local_spread(values: npt.NDArray[np.floating], inside: BoolArray, window: Window) -> FloatArray:
    """Return the standard deviation in the window around each voxel; parameters as of `local_mean`."""
    padded = _padded(values, window)
    spread = np.empty(np.count_nonzero(inside))
    for part in _neighbours(inside, window):
        rises = part.rises(padded)
        off = np.where(part.inside, rises - rises.sum(axis=1, keepdims=True) / part.counts, 0.0)
        spread[part.rows] = np.sqrt((off**2).sum(axis=1) / part.counts[:, 0])
    return spread


def local_entropy(levels: npt.NDArray[np.integer], window: Window) -> FloatArray:
    """Return the entropy of the grey levels in the window around each voxel, in bits.

    Parameters
    ----------
    levels
        Shape (I, J, K): grey levels from 1; 0 outside the tumour.
    window
        The voxels around each.
    """
    present, numbers = np.unique(levels, return_inverse=True)
    padded = _padded(numbers.reshape(levels.shape), window)
    counts = np.arange(int(np.prod(window.widths_vox)) + 1)
    ordered = counts * np.log2(np.maximum(counts, 1))
    entropy = np.empty(np.count_nonzero(levels > 0))
    for part in _neighbours(levels > 0, window, len(present)):
        rows = np.arange(len(part.inside))[:, None] * len(present)
        cells = (padded.ravel()[part.place] + rows)[part.inside]
        shares = np.bincount(cells, minlength=len(rows) * len(present)).reshape(len(rows), -1)
        whole = part.counts[:, 0]
        entropy[part.rows] = (ordered[whole] - ordered[shares].sum(axis=1)) / whole
    return np.maximum(entropy, 0.0)


def local_gradient(
    values: npt.NDArray[np.floating], inside: BoolArray, window: Window, spacing_mm: FloatArray
) -> FloatArray:
    """Return how steeply values rise around each voxel, per millimetre.

    Parameters
    ----------
    values, inside, window
        As of `local_mean`.
    spacing_mm
        Shape (3,): of the grid.
    """
    padded = _padded(values, window)
    offsets = window.offsets_vox
    gradient = np.empty(np.count_nonzero(inside))
    for part in _neighbours(inside, window):
        scatter, lean = _plane_equations(part, part.rises(padded), offsets)
        slope = _solved(scatter * np.outer(spacing_mm, spacing_mm), lean * spacing_mm)
        gradient[part.rows] = np.sqrt((slope**2).sum(axis=1))
    return gradient


def _plane_equations(part: _Neighbours, rises: FloatArray, offsets: IntArray) -> tuple[IntArray, FloatArray]:
    """Return scatter (rows, 3, 3) of the places and lean (rows, 3) of values on them, times n squared.

    Not by BLAS, whose sums depend on its threads; those of places are whole numbers.
    """
    inside, counts = part.inside.astype(np.int64), part.counts
    places = np.einsum("nw,wa->na", inside, offsets)
    squares = np.einsum("nw,wa->na", inside, (offsets[:, :, None] * offsets[:, None, :]).reshape(-1, 9))
    scatter = counts[:, :, None] * squares.reshape(-1, 3, 3) - places[:, :, None] * places[:, None, :]
    lean = counts * np.einsum("nw,wa->na", rises, offsets) - places * rises.sum(axis=1, keepdims=True)
    return scatter, lean


def _solved(scatter: FloatArray, lean: FloatArray) -> FloatArray:
    """Return the shortest slopes, shape (rows, 3), with ``scatter @ slope = lean``."""
    distinct, which = np.unique(scatter.reshape(-1, 9), axis=0, return_inverse=True)
    inverse = np.linalg.pinv(distinct.reshape(-1, 3, 3), rcond=_FLAT_RATIO, hermitian=True)
    return np.asarray(np.einsum("nab,nb->na", inverse[which.ravel()], lean))


def _padded(volume: npt.NDArray[Scalar], window: Window) -> npt.NDArray[Scalar]:
    return np.pad(volume, [(n, n) for n in window.reach_vox])


def _neighbours(inside: BoolArray, window: Window, per_row: int = 1) -> Iterator[_Neighbours]:
    """Yield the tumour's voxels in parts that need little memory at a time."""
    padded = _padded(inside, window)
    steps = np.ravel_multi_index(tuple((window.offsets_vox + window.reach_vox).T), padded.shape)
    middle = len(steps) // 2
    centres = np.flatnonzero(padded)
    rows = max(1, _CHUNK_NUMBERS // max(len(steps), per_row))
    for start in range(0, len(centres), rows):
        part = slice(start, start + rows)
        place = centres[part, None] + (steps - steps[middle])
        yield _Neighbours(part, padded.ravel()[place], place)
