"""Whether triangles, as a file stores them, close a solid: shared by the writers and the check of a case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.meshes import pieces_of_vertices

__all__ = ["Closure", "count_bodies", "measure_closure", "merge_equal_points"]

PointArray = npt.NDArray[np.float32]
IndexArray = npt.NDArray[np.int64]

_HASH_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


@dataclass(frozen=True)
class Closure:
    """How a set of triangles fails to close; all zero if every edge has exactly one partner.

    Parameters
    ----------
    open_edges
        Directed edges without an opposite one: holes, and faces that are wound the wrong way.
    repeated_edges
        Directed edges used more than once: where solids touch along an edge, and double faces.
    degenerate_faces
        Faces with two equal corners.
    """

    open_edges: int
    repeated_edges: int
    degenerate_faces: int

    @property
    def is_closed(self) -> bool:
        """Whether the triangles bound a solid and all normals agree."""
        return not (self.open_edges or self.repeated_edges or self.degenerate_faces)

    def __str__(self) -> str:
        return (
            f"{self.open_edges} open edges, {self.repeated_edges} edges with too many faces, "
            f"{self.degenerate_faces} faces without area"
        )


def measure_closure(faces: npt.NDArray[np.integer]) -> Closure:
    """Return how faces of shape (M, 3), indices of merged vertices, fit together."""
    start = np.asarray(faces, np.int64).ravel()
    end = start.reshape(-1, 3)[:, [1, 2, 0]].ravel()
    count = int(start.max(initial=0)) + 1
    edges = np.minimum(start, end) * count + np.maximum(start, end)
    directed = np.sort(edges * 2 + (start < end))
    if _is_paired(directed):
        return Closure(0, 0, 0)
    degenerate = int((start == end).reshape(-1, 3).any(axis=1).sum())
    repeated = int((directed[1:] == directed[:-1]).sum())
    return Closure(len(np.setdiff1d(directed, directed ^ 1)), repeated, degenerate)


def _is_paired(directed: IndexArray) -> bool:
    """Return whether sorted edges all differ, and each 2n (downward) has 2n + 1 (upward) behind it."""
    down, up = directed[0::2], directed[1::2]
    if len(down) != len(up) or (down & 1).any() or (up != down + 1).any():
        return False
    return bool((down[1:] > up[:-1]).all())


def merge_equal_points(points: PointArray) -> tuple[PointArray, IndexArray]:
    """Merge points that are equal in 32 bits, as every reader of an STL file does.

    Parameters
    ----------
    points
        Shape (N, 3), finite.

    Returns
    -------
    merged
        Shape (K, 3).
    index
        Shape (N,): ``merged[index]`` equals `points`.
    """
    points = np.ascontiguousarray(points, np.float32) + np.float32(0)  # -0.0 becomes 0.0
    words = points.view(np.uint32).astype(np.uint64)
    mixed = (words * _HASH_FACTORS).sum(axis=1, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(29)
    _, first, index = np.unique(mixed, return_index=True, return_inverse=True)
    merged = points[first]
    if not np.array_equal(merged[index], points):  # two points share a hash
        merged, index = np.unique(points, axis=0, return_inverse=True)
    return merged, index.ravel()


def count_bodies(faces: npt.NDArray[np.integer]) -> int:
    """Return into how many pieces faces of shape (M, 3) fall that share no vertex."""
    used, flat = np.unique(faces, return_inverse=True)
    return int(pieces_of_vertices(flat.reshape(-1, 3), len(used)).max(initial=-1)) + 1
