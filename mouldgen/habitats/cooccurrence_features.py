"""Grey-level co-occurrence features of a whole region, as the IBSI reference manual defines them.

All 25 features of IBSI 1, section 3.6, and its six ways of aggregating matrices. The maps of
`mouldgen.habitats.cooccurrence` take five of them in windows, by a faster way to the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.habitats.windows import Direction, Window

__all__ = ["Aggregation", "matrix_features", "region_features"]

LevelArray = npt.NDArray[np.integer]
CountArray = npt.NDArray[np.int64]
NumberArray = npt.NDArray[np.integer | np.floating]


class Aggregation(StrEnum):
    """What becomes one matrix, and what is averaged; with IBSI's codes."""

    SLICES_AVERAGED = "BTW3"
    """2-D: a matrix of each direction in each slice; features are averaged."""
    SLICES_MERGED = "SUJT"
    """2-D: a matrix of each slice, all directions in it; features are averaged."""
    DIRECTIONS_MERGED = "JJUI"
    """2.5-D: a matrix of each direction, all slices in it; features are averaged."""
    MERGED_2D = "ZW7Z"
    """2.5-D: one matrix of all directions within slices, and all slices."""
    AVERAGED_3D = "ITBB"
    """3-D: a matrix of each of the 13 directions; features are averaged."""
    MERGED_3D = "IAZD"
    """3-D: one matrix of all 13 directions."""


def region_features(levels: LevelArray, aggregation: Aggregation, *, slice_axis: int = 2) -> dict[str, float]:
    """Return the features of a region by the name that IBSI gives them.

    Parameters
    ----------
    levels
        Shape (I, J, K): grey levels from 1; 0 outside the region.
    aggregation
        How matrices of directions and slices become one value.
    slice_axis
        The axis that slices are stacked along.

    Raises
    ------
    ValueError
        If no two voxels of the region are neighbours.
    """
    matrices = [matrix for matrix in _matrices(levels, aggregation, slice_axis) if matrix.any()]
    if not matrices:
        message = "the region holds no pair of neighbouring voxels"
        raise ValueError(message)
    features = [matrix_features(matrix) for matrix in matrices]
    return {name: float(np.mean([feature[name] for feature in features])) for name in features[0]}


def _matrices(levels: LevelArray, aggregation: Aggregation, slice_axis: int) -> list[CountArray]:
    size = int(levels.max(initial=0))
    if aggregation in (Aggregation.AVERAGED_3D, Aggregation.MERGED_3D):
        matrices = [_counted(levels, step, size) for step in Window.cube(3).directions]
        return matrices if aggregation is Aggregation.AVERAGED_3D else [np.sum(matrices, axis=0)]
    slices = np.moveaxis(levels, slice_axis, 0)[:, :, :, None]
    steps = Window((1, 1, 0)).directions
    by_slice = np.array([[_counted(one, step, size) for step in steps] for one in slices])
    merged = {
        Aggregation.SLICES_AVERAGED: by_slice.reshape(-1, size, size),
        Aggregation.SLICES_MERGED: by_slice.sum(axis=1),
        Aggregation.DIRECTIONS_MERGED: by_slice.sum(axis=0),
        Aggregation.MERGED_2D: by_slice.sum(axis=(0, 1))[None],
    }
    return list(merged[aggregation])


def _counted(levels: LevelArray, step: Direction, size: int) -> CountArray:
    """Return the symmetric matrix of one direction, shape (size, size)."""
    begins = tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip(step, levels.shape, strict=True))
    ends = tuple(slice(max(0, d), n - max(0, -d)) for d, n in zip(step, levels.shape, strict=True))
    one, other = levels[begins].ravel().astype(np.int64), levels[ends].ravel().astype(np.int64)
    both = (one > 0) & (other > 0)
    cells = (one[both] - 1) * size + other[both] - 1
    matrix = np.bincount(cells, minlength=size * size).reshape(size, size)
    return matrix + matrix.T


def matrix_features(counts: CountArray) -> dict[str, float]:
    """Return the features of one symmetric matrix of counts, which holds at least one pair.

    Where all levels are alike, correlation is 1 and both measures of information 0.
    """
    p = counts / counts.sum()
    level = np.arange(1, len(p) + 1, dtype=np.float64)
    i, j = level[:, None], level[None, :]
    marginal = p.sum(axis=1)
    average = float(marginal @ level)
    variance = float(marginal @ (level - average) ** 2)

    def expected(values: NumberArray) -> float:
        return float((p * values).sum())

    correlation = expected((i - average) * (j - average)) / variance if variance > 0 else 1.0
    difference = np.abs(i - j)
    return {
        "joint maximum": float(p.max()),
        "joint average": average,
        "joint variance": variance,
        "joint entropy": _entropy(p),
        **_of_differences(p, difference.astype(np.int64), expected),
        **_of_sums(p, (i + j).astype(np.int64), expected, average),
        "angular second moment": expected(p),
        "contrast": expected(difference**2),
        "correlation": correlation,
        "autocorrelation": expected(i * j),
        **_of_information(p, marginal),
    }


def _of_differences(
    p: FloatArray, difference: npt.NDArray[np.int64], expected: Callable[[NumberArray], float]
) -> dict[str, float]:
    average = expected(difference)
    apart = difference > 0
    return {
        "difference average": average,
        "difference variance": expected((difference - average) ** 2),
        "difference entropy": _entropy(np.bincount(difference.ravel(), p.ravel())),
        "dissimilarity": average,
        "inverse difference": expected(1 / (1 + difference)),
        "normalised inverse difference": expected(1 / (1 + difference / len(p))),
        "inverse difference moment": expected(1 / (1 + difference**2)),
        "normalised inverse difference moment": expected(1 / (1 + (difference / len(p)) ** 2)),
        "inverse variance": expected(apart / np.where(apart, difference, 1) ** 2),
    }


def _of_sums(
    p: FloatArray, total: npt.NDArray[np.int64], expected: Callable[[NumberArray], float], average: float
) -> dict[str, float]:
    off = total - 2 * average
    return {
        "sum average": expected(total),
        "sum variance": expected((total - expected(total)) ** 2),
        "sum entropy": _entropy(np.bincount(total.ravel(), p.ravel())),
        "cluster tendency": expected(off**2),
        "cluster shade": expected(off**3),
        "cluster prominence": expected(off**4),
    }


def _of_information(p: FloatArray, marginal: FloatArray) -> dict[str, float]:
    independent = np.outer(marginal, marginal)
    present = independent > 0
    joint, alone = _entropy(p), _entropy(marginal)
    crossed = -float((p[present] * np.log2(independent[present])).sum())
    first = (joint - crossed) / alone if alone > 0 else 0.0
    second = np.sqrt(max(0.0, 1 - np.exp(-2 * (_entropy(independent) - joint))))
    return {"information correlation 1": first, "information correlation 2": float(second)}


def _entropy(p: NumberArray) -> float:
    """Return minus the sum of p log2 p, in bits."""
    present = p[p > 0]
    return max(0.0, -float((present * np.log2(present)).sum()))
