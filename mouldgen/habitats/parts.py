"""Connected parts of habitats, and the merging of those that are too small to be sampled."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import generate_binary_structure, label

from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import TumourVoxels

__all__ = ["Merge", "connected_parts", "merge_small_parts"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Merge:
    """Voxels that went from one habitat to another because their part was too small.

    Parameters
    ----------
    source, target
        Indices of the habitats, from 0; no source where nothing is left of it.
    parts
        How many parts.
    voxels
        How many voxels.
    """

    source: int | None
    target: int
    parts: int
    voxels: int


def connected_parts(labels: npt.NDArray[np.integer], tumour: TumourVoxels) -> IntArray:
    """Return the part, from 0, that every voxel belongs to; voxels that share a face hang together.

    Parameters
    ----------
    labels
        Shape (N,), of any numbers.
    """
    volume = tumour.spread_out(labels.astype(np.int64), outside=-1)
    numbered = np.zeros(tumour.grid.shape, np.int64)
    total = 0
    for value in np.unique(labels):
        found, count = label((volume == value) & tumour.inside, generate_binary_structure(3, 1))
        np.add(numbered, found + total, out=numbered, where=found > 0)
        total += count
    return np.asarray(numbered[tumour.inside] - 1)


def merge_small_parts(
    labels: npt.NDArray[np.integer], posterior: FloatArray, tumour: TumourVoxels, min_voxels: float
) -> tuple[IntArray, tuple[Merge, ...]]:
    """Give parts of fewer than `min_voxels` voxels to the best of the habitats that touch them.

    The smallest goes first. The best habitat is the one with the greatest sum of posteriors over the part;
    what is merged counts as one part from then on. A small part that touches no other habitat stays.

    Parameters
    ----------
    labels
        Shape (N,): index of the habitat, from 0.
    posterior
        Shape (N, K).

    Returns
    -------
    labels
        Shape (N,).
    merges
        What went where.
    """
    parts = connected_parts(labels, tumour)
    graph = _PartGraph(parts, labels, posterior, tumour)
    graph.merge_below(min_voxels)
    return graph.labels_of(parts), graph.merges(labels, parts)


class _PartGraph:
    """Parts, and which of them touch."""

    def __init__(
        self,
        parts: IntArray,
        labels: npt.NDArray[np.integer],
        posterior: FloatArray,
        tumour: TumourVoxels,
    ) -> None:
        count = int(parts.max()) + 1
        self._size = np.bincount(parts, minlength=count)
        self._label = np.zeros(count, np.int64)
        self._label[parts] = labels
        self._evidence = np.column_stack([np.bincount(parts, share, count) for share in posterior.T])
        self._root = np.arange(count)
        self._touching: dict[int, set[int]] = defaultdict(set)
        for one, other in _touching_pairs(parts, tumour):
            self._touching[one].add(other)
            self._touching[other].add(one)

    def merge_below(self, min_voxels: float) -> None:
        waiting = [(int(size), part) for part, size in enumerate(self._size) if size < min_voxels]
        heapq.heapify(waiting)
        while waiting:
            size, part = heapq.heappop(waiting)
            if self._root[part] != part or self._size[part] != size or not self._touching[part]:
                continue
            merged = self._give_away(part)
            if self._size[merged] < min_voxels:
                heapq.heappush(waiting, (int(self._size[merged]), merged))

    def _give_away(self, part: int) -> int:
        """Unite a part with all touching parts of its best habitat; return what they become."""
        candidates = sorted({int(self._label[other]) for other in self._touching[part]})
        best = max(candidates, key=lambda habitat: self._evidence[part, habitat])
        members = sorted(other for other in self._touching[part] if self._label[other] == best)
        keeper = max(members, key=lambda other: self._size[other])
        for member in (part, *members):
            if member != keeper:
                self._unite(member, keeper)
        return keeper

    def _unite(self, member: int, keeper: int) -> None:
        self._root[member] = keeper
        self._size[keeper] += self._size[member]
        self._evidence[keeper] += self._evidence[member]
        for other in self._touching.pop(member, set()):
            self._touching[other].discard(member)
            if other != keeper:
                self._touching[other].add(keeper)
                self._touching[keeper].add(other)

    def _roots(self) -> IntArray:
        root = self._root
        while (root[root] != root).any():
            root = root[root]
        return root

    def labels_of(self, parts: IntArray) -> IntArray:
        return np.asarray(self._label[self._roots()][parts])

    def merges(self, labels: npt.NDArray[np.integer], parts: IntArray) -> tuple[Merge, ...]:
        after = self.labels_of(parts)
        moved = after != labels
        pairs, voxels = np.unique(
            np.column_stack([labels[moved], after[moved]]).astype(np.int64), axis=0, return_counts=True
        )
        found = []
        for (source, target), count in zip(pairs.tolist(), voxels.tolist(), strict=True):
            chosen = moved & (labels == source) & (after == target)
            found.append(Merge(source, target, len(np.unique(parts[chosen])), count))
        return tuple(found)


def _touching_pairs(parts: IntArray, tumour: TumourVoxels) -> list[tuple[int, int]]:
    """Return the pairs of parts that share a face of a voxel, each once."""
    volume = np.asarray(tumour.spread_out(parts, outside=-1), np.int64)
    pairs = []
    for axis in range(3):
        low = np.moveaxis(volume, axis, 0)[:-1].ravel()
        high = np.moveaxis(volume, axis, 0)[1:].ravel()
        apart = (low != high) & (low >= 0) & (high >= 0)
        pairs.append(np.sort(np.column_stack([low[apart], high[apart]]), axis=1))
    return [(one, other) for one, other in np.unique(np.concatenate(pairs), axis=0).tolist()]
