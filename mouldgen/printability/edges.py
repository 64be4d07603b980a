"""How the faces of a mesh meet along their edges: holes, shared edges, shells, and how they are wound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mouldgen.frames import FloatArray
from mouldgen.printability.mesh_closure import IndexArray

__all__ = ["MeshEdges"]


@dataclass(frozen=True, eq=False)
class MeshEdges:
    """The edges of a mesh whose faces have three different corners each.

    Parameters
    ----------
    vertices_mm
        Shape (N, 3), merged.
    faces
        Shape (M, 3), indices of vertices.
    """

    vertices_mm: FloatArray
    faces: npt.NDArray[np.integer]

    @cached_property
    def _sorted(self) -> tuple[IndexArray, IndexArray, npt.NDArray[np.bool_], IndexArray]:
        """Every side of every face, by edge: its ends, face, whether it runs upward; first of each edge."""
        start = np.asarray(self.faces, np.int64).ravel()
        end = start.reshape(-1, 3)[:, [1, 2, 0]].ravel()
        low, high = np.minimum(start, end), np.maximum(start, end)
        order = np.lexsort((high, low))
        ends = np.stack([low, high], axis=1)[order]
        first = np.flatnonzero(np.r_[True, (ends[1:] != ends[:-1]).any(axis=1)]) if len(ends) else order
        return ends, order // 3, (start < end)[order], first

    @cached_property
    def _face_counts(self) -> IndexArray:
        ends, _, _, first = self._sorted
        return np.asarray(np.diff(np.r_[first, len(ends)]))

    @property
    def open_edges(self) -> IndexArray:
        """Shape (K, 2): ends of edges that only one face has."""
        ends, _, _, first = self._sorted
        return np.asarray(ends[first[self._face_counts == 1]])

    @property
    def crowded_edges(self) -> IndexArray:
        """Shape (K, 2): ends of edges that three faces or more share."""
        ends, _, _, first = self._sorted
        return np.asarray(ends[first[self._face_counts > 2]])

    @cached_property
    def _neighbours(self) -> tuple[IndexArray, IndexArray, npt.NDArray[np.bool_]]:
        """Pairs of faces that alone share an edge, and whether both are wound alike."""
        _, faces, upward, first = self._sorted
        pair = first[self._face_counts == 2]
        return faces[pair], faces[pair + 1], upward[pair] != upward[pair + 1]

    @cached_property
    def shells(self) -> IndexArray:
        """Shape (M,): number of the shell of every face; faces of a shell hang together by edges of two."""
        one, other, _ = self._neighbours
        return _components(len(self.faces), one, other)

    @cached_property
    def sides(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which faces are wound against the first face of their shell, and which shells have only one side.

        Every face stands twice in a graph, as it is and turned; a shell that hangs together with itself
        turned is one-sided, like a Möbius strip.
        """
        count = len(self.faces)
        one, other, alike = self._neighbours
        turned = np.where(alike, other, other + count)
        back = np.where(alike, other + count, other)
        labels = _components(2 * count, np.r_[one, one + count], np.r_[turned, back])
        first_of_shell = np.full(int(self.shells.max(initial=-1)) + 1, -1)
        first_of_shell[self.shells[::-1]] = np.arange(count)[::-1]
        reference = labels[first_of_shell[self.shells]]
        one_sided = np.zeros(len(first_of_shell), bool)
        one_sided[self.shells[labels[:count] == labels[count:]]] = True
        return labels[:count] != reference, one_sided


def _components(count: int, one: IndexArray, other: IndexArray) -> IndexArray:
    links = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)
