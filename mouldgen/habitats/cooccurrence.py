"""Maps of grey-level co-occurrence features: five numbers for every voxel, from the window around it.

Of each direction at distance 1 the pairs of voxels that both lie in the window and in the tumour are counted
into a symmetric matrix; p(i, j) is its share of levels i and j. The features, with their codes of the Image
Biomarker Standardisation Initiative (IBSI 1, section 3.6):

* joint energy, IBSI's angular second moment (8ZQL): sum of p^2
* contrast (ACUI): sum of (i - j)^2 p
* correlation (NI2N): covariance of i and j over their variance; 1 where all levels are alike
* homogeneity, IBSI's inverse difference moment (WF0Z): sum of p / (1 + (i - j)^2)
* joint entropy (TU9B): minus the sum of p log2 p, in bits

They are computed of every direction's matrix and averaged over the directions that have any pair (IBSI's
aggregation ITBB in 3-D and BTW3 in 2-D; so do pyradiomics' voxel maps), or of one matrix merged from all
directions (IAZD and SUJT).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mouldgen.errors import ParameterError
from mouldgen.frames import FloatArray
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind

if TYPE_CHECKING:
    from mouldgen.habitats.cooccurrence_kernel import Setting

__all__ = ["COOCCURRENCE_KINDS", "MOST_LEVELS", "CooccurrenceMaps", "cooccurrence_maps"]

COOCCURRENCE_KINDS = (
    FeatureKind.JOINT_ENERGY,
    FeatureKind.CONTRAST,
    FeatureKind.CORRELATION,
    FeatureKind.HOMOGENEITY,
    FeatureKind.JOINT_ENTROPY,
)
MOST_LEVELS = 1024
MOST_WINDOW_VOXELS = 100_000
"""With both, the square of a sum of levels over all directions of a window is below 2^63."""
FLAT = (1.0, 0.0, 1.0, 1.0, 0.0)
"""What a window of one grey level has, and one that holds no pair at all."""

_LEAST_CHUNK = 2048
_BITS = 61
"""Sums over a window keep below two to this power."""

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CooccurrenceMaps:
    """The features of every voxel.

    Parameters
    ----------
    values
        By kind; shape (N,) each, in the order of ``numpy.argwhere(levels > 0)``.
    alone
        Shape (N,): where no pair lies in the window. Its features are those of a window of one level.
    """

    values: Mapping[FeatureKind, FloatArray]
    alone: npt.NDArray[np.bool_]


def cooccurrence_maps(
    levels: npt.NDArray[np.integer], window: Window, *, merged: bool = False, threads: int | None = None
) -> CooccurrenceMaps:
    """Return the five features of every voxel of the tumour.

    Parameters
    ----------
    levels
        Shape (I, J, K): grey levels from 1; 0 outside the tumour.
    window
        The voxels around each; what lies outside the tumour does not count.
    merged
        Whether all directions share one matrix; else their features are averaged.
    threads
        Unset: one for each processor. The result is the same, bit for bit, for any number.

    Raises
    ------
    MissingExtraError
        If numba is not installed.
    ParameterError
        If the levels span more than 1024, or the window holds more than 100,000 voxels.
    """
    inside = levels > 0
    axes = window.short_to_long
    setting = _setting(levels.transpose(axes), window.turned(axes), merged=merged)
    sums, counts = _computed(setting, threads or _usable_processors())
    alone = counts == 0
    values = np.where(alone[:, None], FLAT, sums / np.maximum(counts, 1)[:, None])
    place = _places(inside, axes)
    given_order = np.empty_like(values)
    given_order[place] = values
    columns = dict(zip(COOCCURRENCE_KINDS, given_order.T.copy(), strict=True))
    lonely = np.empty_like(alone)
    lonely[place] = alone
    return CooccurrenceMaps(columns, lonely)


def _places(inside: npt.NDArray[np.bool_], axes: tuple[int, int, int]) -> IntArray:
    """Return, for every voxel in the order of the turned volume, its number in the given one."""
    numbers = np.zeros(inside.shape, np.int64)
    numbers[inside] = np.arange(np.count_nonzero(inside))
    return numbers.transpose(axes)[inside.transpose(axes)]


def _setting(levels: npt.NDArray[np.integer], window: Window, *, merged: bool) -> Setting:
    from mouldgen.habitats.cooccurrence_kernel import Setting

    counted = _counted_from_one(levels)
    steps = np.array(window.directions, np.int64)
    group_ends = [len(steps)] if merged else list(range(1, len(steps) + 1))
    most_cells = 2 * _checked_voxels(window) * (len(steps) if merged else 1)
    return Setting(
        levels=np.ascontiguousarray(np.pad(counted, [(n, n) for n in window.reach_vox])),
        reach=np.array(window.reach_vox, np.int64),
        steps=steps,
        group_ends=np.array(group_ends, np.int64),
        closeness=_closeness_table(int(counted.max(initial=1)), most_cells),
        order=_order_table(most_cells),
    )


def _counted_from_one(levels: npt.NDArray[np.integer]) -> npt.NDArray[np.int16]:
    """Return the levels with the lowest as 1: no feature here depends on where counting begins."""
    inside = levels > 0
    high = int(levels.max(initial=1))
    low = int(levels.min(initial=high, where=inside))
    span = high - low + 1
    if span > MOST_LEVELS:
        message = (
            f"the tumour spans {span} grey levels; texture takes at most {MOST_LEVELS}. "
            "Give a larger bin size or a fixed number of levels"
        )
        raise ParameterError(message)
    return np.where(inside, levels - (low - 1), 0).astype(np.int16)


def _checked_voxels(window: Window) -> int:
    voxels = int(np.prod(window.widths_vox))
    if voxels > MOST_WINDOW_VOXELS:
        message = (
            f"a window of {' x '.join(map(str, window.widths_vox))} voxels is too large for texture; "
            f"give a smaller window_mm, for at most {MOST_WINDOW_VOXELS} voxels"
        )
        raise ParameterError(message)
    return voxels


def _closeness_table(span: int, most_cells: int) -> IntArray:
    """Return 1 / (1 + d^2) for every difference d of levels, as whole multiples of a power of two."""
    shares = 1.0 / (1.0 + np.arange(span, dtype=np.float64) ** 2)
    return np.rint(np.ldexp(shares, _BITS - most_cells.bit_length())).astype(np.int64)


def _order_table(most_cells: int) -> IntArray:
    """Return m log2 m up to the cells of a window, as whole multiples of a power of two."""
    counts = np.arange(most_cells + 1, dtype=np.float64)
    order = counts * np.log2(np.maximum(counts, 1.0))
    return np.rint(np.ldexp(order, _BITS - int(order[-1]).bit_length())).astype(np.int64)


def _computed(setting: Setting, threads: int) -> tuple[FloatArray, IntArray]:
    """Return sums of features, shape (N, 5), and how many matrices each is of."""
    from mouldgen.habitats.cooccurrence_kernel import FEATURE_COUNT, add_features

    centres = np.argwhere(setting.levels > 0)
    features = np.zeros((len(centres), FEATURE_COUNT))
    counts = np.zeros(len(centres), np.int64)
    size = max(_LEAST_CHUNK, -(-len(centres) // (4 * threads)))
    parts = [slice(start, start + size) for start in range(0, len(centres), size)]

    def compute(part: slice) -> None:
        add_features(setting, centres[part], features[part], counts[part])

    with ThreadPoolExecutor(threads) as workers:
        list(workers.map(compute, parts))
    return features, counts


def _usable_processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
