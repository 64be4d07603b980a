"""The compiled part of the co-occurrence maps; importing it needs the extra 'habitats'.

A window slides along a line of voxels: of its matrix only the counts that enter or leave are changed, and
with them whole-numbered sums that the features follow from. Whole numbers add up to the same whatever the
order, so that a value does not depend on where a line began or which thread came by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from mouldgen.habitats.extra import import_extra

__all__ = ["FEATURE_COUNT", "Setting", "add_features"]

FEATURE_COUNT = 5

Function = TypeVar("Function", bound=Callable[..., Any])
Integers = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]

numba = import_extra("numba")

PAIRS, LEVELS, SQUARES, CONTRAST, CLOSENESS, ENERGY, ORDER = range(7)
"""Sums over the pairs of a window: their number; their levels, and squares of these; squared differences;
closeness; squares of the matrix; and m log2 m over its cells."""


class Setting(NamedTuple):
    """What stays the same for all windows.

    Parameters
    ----------
    levels
        Shape (I, J, K): grey levels from 1, 0 outside the tumour; padded by the reach of the window.
    reach
        Shape (3,): of the window, voxels.
    steps
        Shape (directions, 3): none of them negative along the last axis.
    group_ends
        Where in `steps` a group of directions ends that share one matrix.
    closeness
        By difference of levels: 1 / (1 + difference^2), in whole multiples of a small number.
    order
        By m: m log2 m, in whole multiples of a small number.
    """

    levels: Integers
    reach: Integers
    steps: Integers
    group_ends: Integers
    closeness: Integers
    order: Integers


class Tally(NamedTuple):
    """What the pairs of a window add up to: its matrix, of which low <= high is filled, and the sums."""

    matrix: Integers
    sums: Integers


def compiled(function: Function) -> Function:
    """Compile a function, and keep the result between runs where a folder can be written."""
    try:
        return numba.njit(function, nogil=True, cache=True)  # type: ignore[no-any-return]
    except RuntimeError:  # numba found no folder for its cache
        return numba.njit(function, nogil=True)  # type: ignore[no-any-return]


@compiled
def _count_layers(
    setting: Setting, tally: Tally, place: Integers, step: Integers, layers: tuple[int, int, int]
) -> None:
    """Add (1) or remove (-1) the pairs of a window that begin in its layers from a first to a last.

    A pair counts in two cells of the symmetric matrix, or twice in one on its diagonal.
    """
    sign, first, last = layers
    levels, reach, closeness, order = setting.levels, setting.reach, setting.closeness, setting.order
    matrix, sums = tally.matrix, tally.sums
    for i in range(place[0] - reach[0] + max(0, -step[0]), place[0] + reach[0] + 1 - max(0, step[0])):
        for j in range(place[1] - reach[1] + max(0, -step[1]), place[1] + reach[1] + 1 - max(0, step[1])):
            for k in range(first, last + 1):
                one = np.int64(levels[i, j, k])
                other = np.int64(levels[i + step[0], j + step[1], k + step[2]])
                if one == 0 or other == 0:
                    continue
                low, high = min(one, other), max(one, other)
                count = matrix[low, high]
                matrix[low, high] = count + sign
                fewer = count if sign > 0 else count - 1
                if low == high:
                    squared, ordered = 4 * (2 * fewer + 1), order[2 * fewer + 2] - order[2 * fewer]
                else:
                    squared, ordered = 2 * (2 * fewer + 1), 2 * (order[fewer + 1] - order[fewer])
                sums[PAIRS] += sign
                sums[LEVELS] += sign * (low + high)
                sums[SQUARES] += sign * (low * low + high * high)
                sums[CONTRAST] += sign * (high - low) ** 2
                sums[CLOSENESS] += sign * closeness[high - low]
                sums[ENERGY] += sign * squared
                sums[ORDER] += sign * ordered


@compiled
def _move(setting: Setting, tally: Tally, was: Integers, now: Integers, step: Integers) -> None:
    """Move the pairs in one direction from one window to another; ``was[2]`` below 0 is no window."""
    reach = setting.reach[2]
    last = reach - step[2]
    overlap = was[2] >= 0 and was[0] == now[0] and was[1] == now[1] and now[2] - was[2] <= last
    if was[2] >= 0:
        leaves = now[2] - reach - 1 if overlap else was[2] + last
        _count_layers(setting, tally, was, step, (-1, was[2] - reach, leaves))
    enters = was[2] + last + 1 if overlap else now[2] - reach
    _count_layers(setting, tally, now, step, (1, enters, now[2] + last))


@compiled
def _add_window(setting: Setting, sums: Integers, features: Floats) -> None:
    """Add the features of one matrix: energy, contrast, correlation, homogeneity and entropy."""
    pairs, cells = sums[PAIRS], 2 * sums[PAIRS]
    spread = cells * sums[SQUARES] - sums[LEVELS] ** 2
    features[0] += sums[ENERGY] / cells**2
    features[1] += sums[CONTRAST] / pairs
    features[2] += 1.0 - cells * sums[CONTRAST] / spread if spread > 0 else 1.0
    features[3] += sums[CLOSENESS] / (pairs * setting.closeness[0])
    features[4] += (setting.order[cells] - sums[ORDER]) / (cells * (setting.order[2] / 2))


@compiled
def add_features(setting: Setting, centres: Integers, features: Floats, counts: Integers) -> None:
    """Add up the features of every group of directions, for every centre.

    Parameters
    ----------
    setting
        Levels, window and tables.
    centres
        Shape (N, 3): voxels in the order that they lie in the levels.
    features
        Shape (N, 5): sums over groups that have any pair, to be added to.
    counts
        Shape (N,): how many groups have, to be added to.
    """
    size = setting.closeness.size + 1
    begin = 0
    for end in setting.group_ends:
        tally = Tally(np.zeros((size, size), np.int32), np.zeros(7, np.int64))
        was = np.array([0, 0, -1])
        for number in range(centres.shape[0]):
            now = centres[number]
            for step in setting.steps[begin:end]:
                _move(setting, tally, was, now, step)
            was = now
            if tally.sums[PAIRS] > 0:
                _add_window(setting, tally.sums, features[number])
                counts[number] += 1
        begin = end
