"""Where the triangles of a mesh run through each other.

Two triangles cross if an edge of one pierces the other and they have a line in common. An edge that passes a
corner by less than coordinates tell apart pierces as well, but there the two have only a point in common.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.printability.box_tree import BoxTree, IndexArray

__all__ = ["find_crossings"]

LEAST_DEPTH_MM = 0.002
"""Sheets of our own parts that only touch are drawn apart by less; less is rounding of 32 bits, too.
Edges reach as far beyond a face on both sides, and the line of a crossing is as long."""

_INSIDE_TOLERANCE = 1e-9
_ENOUGH = 20_000
"""Triangles at random all cross each other; the search ends when this many crossings are known."""


def find_crossings(vertices_mm: FloatArray, faces: npt.NDArray[np.integer]) -> tuple[FloatArray, IndexArray]:
    """Return where edges pierce triangles that they do not belong to.

    Coordinates of a file are 32 bits, so that differences are exact in 64, and a depth of two micrometres is
    far above the error of the products. An edge through the border of a triangle counts, so that none slips
    between two triangles.

    Parameters
    ----------
    vertices_mm
        Shape (N, 3), merged and finite.
    faces
        Shape (M, 3), indices of vertices.

    Returns
    -------
    points_mm
        Shape (K, 3): where they are pierced.
    pairs
        Shape (K, 2): the faces, the one that an edge belongs to first.
    """
    corners = vertices_mm[faces]
    points, crossing = [np.zeros((0, 3))], [np.zeros((0, 2), np.int64)]
    found = 0
    for pairs in BoxTree.around(corners).overlapping_pairs():
        if found > _ENOUGH:
            break
        close = _not_parted(corners, pairs)
        for both in (close, close[:, ::-1]):
            for edge in range(3):
                where, which = _pierced(vertices_mm, faces, both, edge)
                crosses = _common_line_mm(corners, both[which]) > LEAST_DEPTH_MM
                points.append(where[crosses])
                crossing.append(both[which[crosses]])
                found += int(crosses.sum())
    return np.concatenate(points), np.concatenate(crossing)


def _not_parted(corners: FloatArray, pairs: IndexArray) -> IndexArray:
    """Return the pairs in which neither triangle lies on one side of the other's plane."""
    for first, second in ((0, 1), (1, 0)):
        heights = _heights_over(corners[pairs[:, first]], corners[pairs[:, second]])
        straddles = (heights.min(axis=1) < 0) & (heights.max(axis=1) > 0)
        pairs = pairs[straddles]
    return pairs


def _heights_over(planes: FloatArray, points: FloatArray) -> FloatArray:
    """Return the heights of points, shape (K, n, 3), over planes of triangles, shape (K, 3, 3)."""
    normals = np.cross(planes[:, 1] - planes[:, 0], planes[:, 2] - planes[:, 0])
    lengths = np.maximum(np.linalg.norm(normals, axis=1), 1e-30)
    away = points - planes[:, :1]
    return np.asarray(np.einsum("kni,ki->kn", away, normals / lengths[:, None]))


def _pierced(
    vertices: FloatArray, faces: npt.NDArray[np.integer], pairs: IndexArray, edge: int
) -> tuple[FloatArray, IndexArray]:
    """Return where one edge of each pair's first face pierces the second, and of which pairs."""
    ends = faces[pairs[:, 0]][:, [edge, (edge + 1) % 3]]
    shares = (ends[:, :, None] == faces[pairs[:, 1]][:, None, :]).any(axis=(1, 2))
    which = np.flatnonzero(~shares)
    segment, triangle = vertices[ends[which]], vertices[faces[pairs[which, 1]]]
    heights = _heights_over(triangle, segment)
    deep = (heights.min(axis=1) < -LEAST_DEPTH_MM) & (heights.max(axis=1) > LEAST_DEPTH_MM)
    which, segment, triangle, heights = which[deep], segment[deep], triangle[deep], heights[deep]
    share = heights[:, 0] / (heights[:, 0] - heights[:, 1])
    points = segment[:, 0] + share[:, None] * (segment[:, 1] - segment[:, 0])
    inside = _is_inside(points, triangle)
    return points[inside], which[inside]


def _common_line_mm(corners: FloatArray, pairs: IndexArray) -> FloatArray:
    """Return how long the line is that the two triangles of each pair have in common; not above 0 if none.

    Both meet the line of their planes in an interval (Moeller 1997).
    """
    one, other = corners[pairs[:, 0]], corners[pairs[:, 1]]
    normals = [np.cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]) for t in (one, other)]
    along = np.cross(normals[0], normals[1])
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    start = one[:, 0]
    low, high = _interval_mm(one, _heights_over(other, one), start, along)
    other_low, other_high = _interval_mm(other, _heights_over(one, other), start, along)
    return np.asarray(np.minimum(high, other_high) - np.maximum(low, other_low))


def _interval_mm(
    triangles: FloatArray, heights: FloatArray, start: FloatArray, along: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return between which places along a line triangles meet the plane that these are heights over."""
    places = np.einsum("kni,ki->kn", triangles - start[:, None], along)
    following, beyond = np.roll(heights, -1, axis=1), np.roll(places, -1, axis=1)
    meets = (heights <= 0) != (following <= 0)
    share = np.where(meets, heights / np.where(meets, heights - following, 1.0), 0.0)
    met = places + share * (beyond - places)
    return np.where(meets, met, np.inf).min(axis=1), np.where(meets, met, -np.inf).max(axis=1)


def _is_inside(points: FloatArray, triangles: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which points, in the planes of their triangles, lie in these or on their borders."""
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    area = np.einsum("ki,ki->k", normals, normals)
    inside = np.ones(len(points), bool)
    for corner in range(3):
        start, end = triangles[:, corner], triangles[:, (corner + 1) % 3]
        side = np.einsum("ki,ki->k", np.cross(end - start, points - start), normals)
        inside &= side >= -_INSIDE_TOLERANCE * area
    return inside
