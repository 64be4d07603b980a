"""Closure: every edge has exactly one partner, or the count of those that do not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from mouldgen.printability import mesh_closure
from mouldgen.printability.mesh_closure import Closure, count_bodies, measure_closure, merge_equal_points

FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_a_closed_body_has_nothing_to_report():
    closure = measure_closure(FACES)
    assert closure == Closure(0, 0, 0)
    assert closure.is_closed


def test_a_missing_face_leaves_its_three_edges_open():
    assert measure_closure(FACES[1:]) == Closure(3, 0, 0)


def test_a_flipped_face_is_not_closed():
    flipped = FACES.copy()
    flipped[0] = flipped[0, ::-1]
    closure = measure_closure(flipped)
    assert closure.repeated_edges == 3
    assert not closure.is_closed


def test_two_bodies_that_share_an_edge_are_not_closed():
    other = np.array([0, 1, 4, 5])[FACES]
    closure = measure_closure(np.concatenate([FACES, other]))
    assert closure.repeated_edges == 2
    assert "2 edges with too many faces" in str(closure)


def test_a_face_with_two_equal_corners_is_degenerate():
    closure = measure_closure(np.concatenate([FACES, [[0, 0, 1]]]))
    assert closure.degenerate_faces == 1
    assert not closure.is_closed


def test_no_face_at_all_closes_nothing_and_opens_nothing():
    assert measure_closure(np.zeros((0, 3), np.int64)).is_closed


@given(st.permutations(range(4)), st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_closure_does_not_depend_on_the_order_of_faces_or_their_first_corner(order, turns):
    shuffled = np.array([np.roll(FACES[face], turn) for face, turn in zip(order, turns, strict=True)])
    assert measure_closure(shuffled).is_closed


@given(
    npst.arrays(
        np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=st.sampled_from([-0.0, 0.0, 1, 2])
    )
)
def test_merging_keeps_every_point_and_no_two_alike(points):
    merged, index = merge_equal_points(points)
    np.testing.assert_array_equal(merged[index], points)
    assert len(np.unique(merged, axis=0)) == len(merged)


def test_points_that_share_a_hash_stay_apart(monkeypatch):
    monkeypatch.setattr(mesh_closure, "_HASH_FACTORS", np.zeros(3, np.uint64))
    points = np.array([[1, 2, 3], [3, 2, 1], [1, 2, 3]], np.float32)
    merged, index = merge_equal_points(points)
    assert len(merged) == 2
    np.testing.assert_array_equal(merged[index], points)


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_bodies_are_counted_by_shared_vertices(copies):
    faces = np.concatenate([FACES + 7 * n for n in range(copies)])
    assert count_bodies(faces) == copies
