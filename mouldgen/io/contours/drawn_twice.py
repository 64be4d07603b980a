"""Contours that are drawn twice, on the same planes or nearly so: even-odd filling leaves shreds of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from mouldgen.errors import InputError
from mouldgen.frames import FloatArray
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_planes import distinct_levels, heights_mm
from mouldgen.io.contours.rasterising import fill_even_odd

__all__ = ["check_drawn_once"]

_ROUNDING_MM = 0.02
_LEAST_CLOSE_MM = 0.1
_MOST_CLOSE_MM = 0.5
_CLOSE_SHARE = 0.1
_ALIKE_IN_PLANE = 0.97
"""A ring in the same plane may also be the hole of a thin wall."""
_ALIKE = 0.7
_PIXELS = 100
_MOST_IN_PLANE = 300


def check_drawn_once(subject: str, contours: Sequence[Contour], normal: FloatArray) -> None:
    """Refuse a structure that is drawn twice on nearly the same planes.

    Parameters
    ----------
    subject
        What messages call it.
    contours
        Closed ones.
    normal
        Shape (3,), LPS: of all contours.

    Raises
    ------
    InputError
        If planes closer than a tenth of the usual distance hold almost the same contour, or if half of the
        planes or more hold one that is there twice.
    """
    heights = heights_mm(contours, normal)
    levels, _member = distinct_levels(heights)
    close_mm = _close_mm(levels)
    apart, within = 0, 0
    for one, other in _close_pairs(heights, close_mm):
        distance_mm = abs(heights[one] - heights[other])
        least = _ALIKE if distance_mm > _ROUNDING_MM else _ALIKE_IN_PLANE
        if _likeness(contours[one], contours[other], normal) >= least:
            apart += distance_mm > _ROUNDING_MM
            within += distance_mm <= _ROUNDING_MM
    if apart or 2 * within >= max(len(levels), 2):
        message = (
            f"structure {subject} is drawn twice on the same planes, or nearly so: {apart + within} of its "
            f"{len(contours)} contours lie within {close_mm:.2f} mm of one that is almost the same, and "
            "would cut each other out. Keep one of the two outlines and export the structure again"
        )
        raise InputError(message)


def _close_mm(levels_mm: FloatArray) -> float:
    """Return how close planes are nearly the same.

    Where each plane is there twice, half of the distances are the wrong ones and a median may be one of them.
    """
    gaps = np.diff(levels_mm)
    usual_mm = float(np.percentile(gaps, 60, method="higher")) if len(gaps) else 0.0
    return float(np.clip(_CLOSE_SHARE * usual_mm, _LEAST_CLOSE_MM, _MOST_CLOSE_MM))


def _close_pairs(heights: FloatArray, close_mm: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs of contours on nearly the same plane; none of a plane with very many."""
    order = np.argsort(heights, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(heights[order]) > close_mm) + 1)
    for part in parts:
        if len(part) <= _MOST_IN_PLANE:
            pairs = combinations(part.tolist(), 2)
            yield from ((one, other) for one, other in pairs if heights[other] - heights[one] <= close_mm)


def _likeness(one: Contour, other: Contour, normal: FloatArray) -> float:
    """Return the area that two contours share, as a share of what they cover together."""
    axes = np.delete(np.arange(3), np.argmax(np.abs(normal)))
    rings = [contour.points_lps[:, axes] for contour in (one, other)]
    low, high = (np.array([end(ring, axis=0) for ring in rings]) for end in (np.min, np.max))
    if (np.minimum(*high) - np.maximum(*low)).min() <= 0:
        return 0.0
    if np.prod(high - low, axis=1).min() < _ALIKE**2 * np.prod(high - low, axis=1).max():
        return 0.0
    start, size = low.min(axis=0), high.max(axis=0) - low.min(axis=0)
    first, second = (fill_even_odd([(ring - start) / size * _PIXELS - 0.5], (_PIXELS,) * 2) for ring in rings)
    return float((first & second).sum() / max((first | second).sum(), 1))
