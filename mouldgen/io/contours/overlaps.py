"""Contours of one plane that overlap in part, which an even-odd filling makes holes of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.io.contours.rasterising import Mask, fill_even_odd

__all__ = ["overlapping_pixels", "pixel_box"]

MOST_PIXELS = 10**8
"""Planes whose contours fill more pixels in all are not searched for overlaps."""

_TOLERATED_SHARE = 0.02
_TOLERATED_PIXELS = 2
_ALMOST_THE_SAME = 0.97

PixelBox = tuple[tuple[int, int], tuple[int, int]]
"""First pixel and number of pixels, along u and v."""


def pixel_box(rings: Sequence[FloatArray], shape: tuple[int, int]) -> PixelBox:
    """Return the part of a plane that holds every pixel centre in the rings; at least one pixel.

    Parameters
    ----------
    rings
        Shape (N, 2) each, in pixels.
    shape
        Pixels of the plane, beyond which nothing is.
    """
    points = np.concatenate(rings)
    start = np.clip(np.floor(points.min(axis=0)), 0, np.array(shape) - 1).astype(int)
    stop = np.clip(np.ceil(points.max(axis=0)) + 1, start + 1, np.maximum(shape, start + 1)).astype(int)
    size = stop - start
    return (int(start[0]), int(start[1])), (int(size[0]), int(size[1]))


def overlapping_pixels(rings: Sequence[FloatArray], shape: tuple[int, int]) -> int:
    """Return how many pixels the contours of a plane cut out of each other without being nested.

    A contour lies either in one region of those larger than itself, or it overlaps in part. One that almost
    fills a region is taken for the same contour, drawn twice.

    Parameters
    ----------
    rings
        Shape (N, 2) each, in pixels.
    shape
        Pixels of the plane.
    """
    boxes = [pixel_box([ring], shape) for ring in rings]
    if len(rings) < 2 or sum(size[0] * size[1] for _start, size in boxes) > MOST_PIXELS:
        return 0
    masks = [fill_even_odd([ring - start], size) for ring, (start, size) in zip(rings, boxes, strict=True)]
    areas = [int(np.count_nonzero(mask)) for mask in masks]
    innermost = np.full(shape, -1, np.int32)
    lost = 0
    for contour in sorted(range(len(rings)), key=lambda number: -areas[number]):
        (u, v), (columns, rows) = boxes[contour]
        region = innermost[u : u + columns, v : v + rows]
        lost += _cut_out(region, masks[contour], areas)
        region[masks[contour]] = contour
    return lost


def _cut_out(innermost: npt.NDArray[np.int32], mask: Mask, areas: Sequence[int]) -> int:
    """Return how many pixels of a contour overlap in part with larger ones.

    Parameters
    ----------
    innermost
        Which of the larger contours each pixel lies in, -1 for none.
    mask
        The contour, same shape.
    areas
        Of all contours, pixels.
    """
    below = innermost[mask]
    if not below.size:
        return 0
    holders, counts = np.unique(below, return_counts=True)
    home = int(holders[np.argmax(counts)])
    if home >= 0 and below.size >= _ALMOST_THE_SAME * areas[home]:
        return int(below.size)
    stray = below.size - int(counts.max())
    return stray if stray > max(_TOLERATED_PIXELS, _TOLERATED_SHARE * below.size) else 0
