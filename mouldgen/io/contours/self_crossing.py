"""Contours that cross themselves, of which even-odd filling leaves out what they go around twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.io.contours.overlaps import pixel_box
from mouldgen.io.contours.rasterising import windings

__all__ = ["count_self_crossing"]

_TOLERATED_SHARE = 0.05
_LEAST_DEPTH = 0.02
"""In pixels. The two sides of a keyhole's channel cross less deeply, by the rounding of their points."""


def count_self_crossing(rings: Sequence[FloatArray], shape: tuple[int, int]) -> int:
    """Return how many contours lose more than 5 % of their area because they cross themselves.

    Keyholes, whose channel touches or overlaps itself, are none.

    Parameters
    ----------
    rings
        Shape (N, 2) each, in pixels; N at least 3.
    shape
        Pixels of the plane.
    """
    import shapely

    is_simple = [bool(shapely.is_valid(shapely.Polygon(ring))) for ring in rings]
    tangled = [ring for ring, simple in zip(rings, is_simple, strict=True) if not simple]
    return sum(_loses_area(ring, shape) and _crosses_itself(ring) for ring in tangled)


def _loses_area(ring: FloatArray, shape: tuple[int, int]) -> bool:
    """Return whether much of what a ring goes around is outside by the even-odd rule."""
    start, size = pixel_box([ring], shape)
    times = windings([ring - start], size)
    around = int(np.count_nonzero(times))
    return int(np.count_nonzero(times % 2 == 0)) - (times.size - around) > _TOLERATED_SHARE * around


def _crosses_itself(ring: FloatArray) -> bool:
    """Return whether two edges cross within both, by more than points are rounded."""
    import shapely

    ends = np.stack([ring, np.roll(ring, -1, axis=0)], axis=1)
    ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]
    edges = shapely.linestrings(ends)
    tree = shapely.STRtree(edges)
    begin = 0
    while begin < len(edges):
        # first few, then many: a badly tangled ring shows it at once, and has very many crossings
        portion = edges[begin : 2 * begin + 4]
        number, other = tree.query(portion, predicate="crosses")
        first, second = ends[number + begin], ends[other]
        depth = np.minimum(_least_distance(first, second), _least_distance(second, first))
        if (depth > _LEAST_DEPTH).any():
            return True
        begin += len(portion)
    return False


def _least_distance(edges: FloatArray, others: FloatArray) -> FloatArray:
    """Return how far the nearer end of each edge is from the line through the other; shape (E, 2, 2) each."""
    along = others[:, 1] - others[:, 0]
    to_ends = edges - others[:, :1]
    off = np.abs(along[:, None, 0] * to_ends[..., 1] - along[:, None, 1] * to_ends[..., 0])
    return np.asarray(off.min(axis=1) / np.linalg.norm(along, axis=1))
