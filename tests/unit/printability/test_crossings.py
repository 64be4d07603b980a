"""The search for triangles that cross, against every pair in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mouldgen.printability.box_tree import BoxTree
from mouldgen.printability.crossings import find_crossings

COORDINATES = st.integers(-40, 40).map(lambda n: n / 4)


def soups(count):
    return st.integers(2, count).flatmap(lambda n: hnp.arrays(np.float64, (n, 3, 3), elements=COORDINATES))


@given(soups(40))
def test_the_tree_finds_every_pair_of_boxes_that_meet(corners):
    low, high = corners.min(axis=1), corners.max(axis=1)
    meet = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=2)
    expected = {(i, j) for i, j in np.argwhere(meet) if i < j}
    pairs = np.concatenate([*BoxTree.around(corners).overlapping_pairs(), np.zeros((0, 2), np.int64)])
    found = [tuple(sorted(pair)) for pair in pairs.tolist()]
    assert len(found) == len(set(found))
    # boxes are a last digit wider in 32 bits
    assert expected <= set(found)


@given(soups(8))
def test_crossings_are_those_of_exact_arithmetic(corners):
    faces = np.arange(3 * len(corners)).reshape(-1, 3)
    _, pairs = find_crossings(corners.reshape(-1, 3), faces)
    found = {tuple(sorted(pair)) for pair in pairs.tolist()}
    triangles = [[[Fraction(float(v)) for v in point] for point in corner] for corner in corners]
    crossing = {
        (i, j): _common_line_mm(triangles[i], triangles[j])
        for i in range(len(corners))
        for j in range(i + 1, len(corners))
        if _crosses(triangles[i], triangles[j]) or _crosses(triangles[j], triangles[i])
    }
    # coordinates are quarters, so that what crosses does so by more than two micrometres, or hardly
    assert {pair for pair, line in crossing.items() if min(line, _depth(corners, pair)) > 0.0021} <= found
    assert found <= {pair for pair, line in crossing.items() if line > 0.0019}


@pytest.mark.parametrize("beyond_mm", [-3e-5, 0.0, 3e-5])
def test_an_edge_that_grazes_a_corner_is_no_crossing(beyond_mm):
    """A wall that ends at x = 0 and z = 0, and an edge at that height past its end: MeshLab finds nothing."""
    vertices = [[-7.0, 0, 0], [-7.0, 0, 8], [0, 0, 0], [-1 - beyond_mm, -3, 0], [1 - beyond_mm, 3, 0]]
    points, _ = find_crossings(np.array([*vertices, [1.0, 3, -2e-3]]), np.array([[0, 1, 2], [3, 4, 5]]))
    assert len(points) == 0


def test_an_edge_that_runs_into_a_face_by_a_hundredth_is_a_crossing():
    vertices = [[-7.0, 0, -8], [-7.0, 0, 8], [0, 0, 0], [-1.01, -3, 0], [0.99, 3, 0], [1.0, 3, -2]]
    points, pairs = find_crossings(np.array(vertices), np.array([[0, 1, 2], [3, 4, 5]]))
    assert {tuple(sorted(pair)) for pair in pairs.tolist()} == {(0, 1)}
    assert min(np.abs(points - [-0.01, 0, 0]).max(axis=1)) < 1e-9


def test_a_corner_that_shares_a_vertex_and_folds_through_its_neighbour_is_a_crossing():
    vertices = [[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [2, 1, 1], [2, 1, -1]]
    _, pairs = find_crossings(np.array(vertices), np.array([[0, 1, 2], [0, 3, 4]]))
    assert pairs.tolist() == [[1, 0]]


def _crosses(one, other):
    """Whether an edge of one triangle properly passes the plane of the other within it, border included."""
    normal = _cross(_minus(other[1], other[0]), _minus(other[2], other[0]))
    for n in range(3):
        start, end = one[n], one[(n + 1) % 3]
        heights = [_dot(normal, _minus(point, other[0])) for point in (start, end)]
        if heights[0] * heights[1] >= 0:
            continue
        share = heights[0] / (heights[0] - heights[1])
        point = [s + share * (e - s) for s, e in zip(start, end, strict=True)]
        sides = [
            _dot(normal, _cross(_minus(other[(k + 1) % 3], other[k]), _minus(point, other[k])))
            for k in range(3)
        ]
        if all(side >= 0 for side in sides):
            return True
    return False


def _common_line_mm(one, other):
    """The length of the line that two triangles which are not in one plane have in common; 0 if none."""
    normals = [_cross(_minus(t[1], t[0]), _minus(t[2], t[0])) for t in (one, other)]
    along = _cross(*normals)
    ends = []
    for triangle, plane, normal in ((one, other, normals[1]), (other, one, normals[0])):
        heights = [_dot(normal, _minus(point, plane[0])) for point in triangle]
        places = [_dot(along, point) for point in triangle]
        met = [place for place, height in zip(places, heights, strict=True) if height == 0]
        for n, m in ((0, 1), (1, 2), (2, 0)):
            if heights[n] * heights[m] < 0:
                share = heights[n] / (heights[n] - heights[m])
                met.append(places[n] + share * (places[m] - places[n]))
        ends.append((min(met), max(met)))
    (low, high), (other_low, other_high) = ends
    return float(min(high, other_high) - max(low, other_low)) / float(_dot(along, along)) ** 0.5


def _depth(corners, pair):
    """The least depth of an edge of either triangle that passes the plane of the other."""
    depths = []
    for one, other in (pair, pair[::-1]):
        a, b, c = corners[other]
        normal = np.cross(b - a, c - a)
        if not normal.any():
            return 0.0
        heights = (corners[one] - a) @ normal / np.linalg.norm(normal)
        depths += [abs(h) for h in heights if abs(h) > 0]
    return min(depths, default=0.0)


def _minus(a, b):
    return [x - y for x, y in zip(a, b, strict=True)]


def _cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def _dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))
