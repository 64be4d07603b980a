"""Rings to the pixels whose centres they enclose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError
from mouldgen.frames import FloatArray

__all__ = ["Mask", "fill_even_odd", "windings"]

Mask = npt.NDArray[np.bool_]

MOST_CROSSINGS = 10**7
"""Edges times the rows that they cross, in one plane; a densely drawn outline has some ten thousand."""

_CROSSINGS_AT_ONCE = 2**21
_DECIMALS = 6


def fill_even_odd(rings: Sequence[FloatArray], shape: tuple[int, int]) -> Mask:
    """Return which pixel centres lie in an odd number of rings.

    A hole is thus a ring within a ring, or part of one ring by a keyhole. A centre on an outline counts as
    inside where the ring begins, in rising u and v, and as outside where it ends: rings with a common edge
    share no pixel and leave none out.

    Parameters
    ----------
    rings
        Shape (N, 2) each: u and v in pixels; the centre of pixel (a, b) is at u = a, v = b. Either way
        round, the first point repeated at the end or not.
    shape
        Pixels along u and v. Rings may reach beyond.

    Returns
    -------
    ndarray
        Shape `shape`, u fastest in memory.

    Raises
    ------
    InputError
        If the rings cross more rows than can be drawn in a reasonable time.
    """
    columns, rows = shape
    flips = np.zeros((rows, columns + 1), np.uint8)
    for row, column, _rising in _crossings(rings, shape):
        np.bitwise_xor.at(flips.ravel(), row * (columns + 1) + column, np.uint8(1))
    inside = np.bitwise_xor.accumulate(flips, axis=1)[:, :-1]
    return inside.view(np.bool_).T


def windings(rings: Sequence[FloatArray], shape: tuple[int, int]) -> npt.NDArray[np.int32]:
    """Return how many times rings go around pixel centres, those of the other way round counted off.

    Parameters, centres on an outline and errors as of `fill_even_odd`.

    Returns
    -------
    ndarray
        Shape `shape`, odd where `fill_even_odd` is true.
    """
    columns, rows = shape
    turns = np.zeros((rows, columns + 1), np.int32)
    for row, column, rising in _crossings(rings, shape):
        np.add.at(turns.ravel(), row * (columns + 1) + column, np.where(rising, 1, -1).astype(np.int32))
    return np.cumsum(turns, axis=1, dtype=np.int32)[:, :-1].T


def _crossings(
    rings: Sequence[FloatArray], shape: tuple[int, int]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Mask]]:
    """Yield the rows that edges cross, the first column at or after each crossing, and whether they rise.

    Some at a time.
    """
    columns, rows = shape
    lower, upper, rises = _edges(rings)
    first = np.clip(np.ceil(lower[:, 1]), 0, rows).astype(np.intp)
    crossed = np.clip(np.ceil(upper[:, 1]), 0, rows).astype(np.intp) - first
    if crossed.sum() > MOST_CROSSINGS:
        message = (
            f"the contours of one plane cross {crossed.sum():.2g} rows of pixels; at most "
            f"{MOST_CROSSINGS:.0e} are drawn. Export the structures again with fewer points"
        )
        raise InputError(message)
    slope = (upper[:, 0] - lower[:, 0]) / np.maximum(upper[:, 1] - lower[:, 1], 1e-12)
    for edges in _portions(crossed):
        edge = np.repeat(edges, crossed[edges])
        begin = np.cumsum(crossed[edges]) - crossed[edges]
        row = first[edge] + np.arange(len(edge)) - np.repeat(begin, crossed[edges])
        u = lower[edge, 0] + (row - lower[edge, 1]) * slope[edge]
        yield row, np.clip(np.ceil(u.round(_DECIMALS)), 0, columns).astype(np.intp), rises[edge]


def _edges(rings: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray, Mask]:
    """Return the ends of all edges, shape (E, 2) each, the one of lower v first, and which came so.

    So an edge that is drawn back and forth crosses every row at the same number, and cancels. Rounding makes
    one answer of points on pixel centres that differ by the last bits of a number.
    """
    start = np.concatenate(rings).round(_DECIMALS)
    stop = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings]).round(_DECIMALS)
    falls = (stop[:, 1] < start[:, 1])[:, None]
    return np.where(falls, stop, start), np.where(falls, start, stop), ~falls[:, 0]


def _portions(crossed: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the edges that cross any row, in portions of bounded memory."""
    edges = np.flatnonzero(crossed)
    portion = np.cumsum(crossed[edges]) // _CROSSINGS_AT_ONCE
    yield from np.split(edges, np.flatnonzero(np.diff(portion)) + 1)
