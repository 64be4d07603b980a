"""Contours that outline nothing, or the same as another, are left out with a finding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.io.contours.contour import Contour, area_vector, encloses_area, outlining_contours
from mouldgen.testing.strategies import rotations

SQUARE = np.array([[0, 0, 5], [4, 0, 5], [4, 3, 5], [0, 3, 5]], float)


def codes(findings):
    return [finding.code for finding in findings]


def test_newells_vector_has_the_length_of_the_area_and_the_direction_of_the_normal():
    np.testing.assert_allclose(area_vector(SQUARE), [0, 0, 12])
    np.testing.assert_allclose(area_vector(SQUARE[::-1] + 1e4), [0, 0, -12])


@pytest.mark.parametrize(
    "points",
    [
        SQUARE[:1],
        SQUARE[:2],
        np.repeat(SQUARE[:2], 3, axis=0),
        np.linspace([1, 2, 3], [7, 5, 3], 9),
        SQUARE[[0, 1, 2, 1]],
        SQUARE[[0, 1, 2, 3, 2, 1]],
    ],
    ids=["point", "two points", "two points repeated", "straight line", "bent line", "line back and forth"],
)
def test_lines_and_points_are_left_out(points):
    contours, findings = outlining_contours("1 (a)", [Contour(points), Contour(SQUARE)])
    assert [len(contour.points_lps) for contour in contours] == [4]
    assert codes(findings) == ["degenerate_contours"]
    assert "1 (a)" in findings[0].message


def test_a_figure_of_eight_encloses_an_area_although_its_loops_cancel():
    eight = np.array([[0, 0, 1], [4, 3, 1], [4, 0, 1], [0, 3, 1]], float)
    assert np.linalg.norm(area_vector(eight)) == 0
    assert encloses_area(Contour(eight))


@given(st.integers(0, 6), st.booleans(), st.booleans(), rotations())
def test_the_same_ring_is_used_once_however_it_is_drawn(start, is_reversed, is_closed, axes):
    ring = np.array([[0, 0, 5], [4, 0, 5], [6, 2, 5], [4, 3, 5], [1, 3, 5], [0, 2, 5], [-1, 1, 5]]) @ axes.T
    redrawn = np.roll(ring[::-1] if is_reversed else ring, start, axis=0)
    redrawn = np.concatenate([redrawn, redrawn[:1]]) if is_closed else np.repeat(redrawn, 2, axis=0)
    contours, findings = outlining_contours("1", [Contour(ring), Contour(redrawn), Contour(ring * 1.01)])
    assert len(contours) == 2
    assert codes(findings) == ["repeated_contours"]


def test_rings_in_one_box_that_differ_are_both_kept():
    other = np.array([[0, 0, 5], [4, 0, 5], [4, 3, 5], [1, 1, 5], [0, 3, 5]], float)
    contours, findings = outlining_contours("1", [Contour(SQUARE), Contour(other)])
    assert len(contours) == 2
    assert not findings


def test_the_same_shape_on_another_plane_is_another_ring():
    contours, _ = outlining_contours("1", [Contour(SQUARE), Contour(SQUARE + [0, 0, 2])])
    assert len(contours) == 2
