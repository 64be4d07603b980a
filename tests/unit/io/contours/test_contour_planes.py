"""Contours are sorted into parallel planes, whose distances come from their positions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_planes import (
    PlaneDistances,
    common_normal,
    distinct_levels,
    fitted_lattice,
    heights_mm,
)
from mouldgen.testing.phantoms import rotation_about
from mouldgen.testing.strategies import unit_vectors

SQUARE = np.array([[0, 0, 0], [40, 0, 0], [40, 30, 0], [0, 30, 0]], float)


def turned_to(normal):
    """Return any rotation whose third column is `normal`."""
    helper = np.eye(3)[np.argmin(np.abs(normal))]
    first = np.cross(helper, normal) / np.linalg.norm(np.cross(helper, normal))
    return np.column_stack([first, np.cross(normal, first), normal])


@given(unit_vectors())
def test_the_normal_of_tilted_contours_is_found_whichever_way_round_they_run(normal):
    points = SQUARE @ turned_to(normal).T
    contours = [Contour(points + 3 * normal), Contour(points[::-1]), Contour(points * 0.1 - 2 * normal)]
    found = common_normal({"1": contours})
    np.testing.assert_allclose(abs(found @ normal), 1, atol=1e-9)
    assert found[np.argmax(np.abs(found))] > 0
    np.testing.assert_allclose(np.ptp(heights_mm(contours, found)), 5, atol=1e-6)


def test_a_small_contour_with_rounded_points_does_not_tilt_the_others():
    wobbly = np.array([[0, 0, 9.05], [2, 0, 8.95], [2, 2, 9.05], [0, 2, 8.95]])
    normal = common_normal({"1": [Contour(SQUARE), Contour(wobbly)]})
    assert np.degrees(np.arccos(normal[2])) < 0.01


def test_a_contour_that_is_not_flat_is_refused_with_its_deviation():
    bent = SQUARE + np.array([[0, 0, 0.6], [0, 0, -0.6], [0, 0, 0.6], [0, 0, -0.6]])
    with pytest.raises(InputError, match=r"structure 3 \(b\) is not flat.* 0\.60 mm"):
        common_normal({"1 (a)": [Contour(SQUARE)], "3 (b)": [Contour(bent)]})


def test_contours_in_different_directions_are_refused_with_the_angle():
    turned = SQUARE @ rotation_about([1, 0, 0], 30).T * 0.5
    with pytest.raises(InputError, match=r"different directions.* 30\.0 degrees"):
        common_normal({"1": [Contour(SQUARE)], "2": [Contour(turned)]})


def test_contours_whose_loops_cancel_have_no_normal():
    with pytest.raises(InputError, match="loops cancel"):
        common_normal({"1": [Contour(SQUARE[[0, 2, 1, 3]])]})


def test_contours_less_than_a_tenth_of_a_millimetre_apart_share_a_plane():
    levels, member = distinct_levels(np.array([4.0, 0.0, 2.03, 2.0, 0.01, 6.0]))
    np.testing.assert_allclose(levels, [0.005, 2.015, 4.0, 6.0])
    assert member.tolist() == [2, 0, 1, 1, 0, 3]


def test_planes_that_run_into_each_other_are_refused():
    with pytest.raises(InputError, match="cannot be told apart"):
        distinct_levels(np.arange(0, 1, 0.08))


@pytest.mark.parametrize(
    ("levels", "typical", "missing"),
    [
        ([0, 2, 4, 6], 2, [0, 0, 0]),
        ([0, 2, 4, 10, 12], 2, [0, 0, 2, 0]),
        ([0, 3.27, 6.54, 9.83], 3.2767, [0, 0, 0]),
        ([0, 2, 4, 5, 7, 9], 1, [1, 1, 0, 1, 1]),
        ([0, 3, 3.3, 6, 9, 12], 2.925, [0, 0, 0, 0, 0]),
        ([0, 2, 998], 2, [0, 497]),
        ([5], 1.5, []),
    ],
    ids=["even", "gap", "rounded", "one closer", "stray plane", "far apart", "single"],
)
def test_the_usual_distance_and_missing_planes(levels, typical, missing):
    planes = PlaneDistances.of(np.array(levels, float), 1.5)
    assert planes.typical == pytest.approx(typical, abs=0.01 * typical)
    assert planes.missing.tolist() == missing


@given(st.lists(st.sampled_from([1, 1, 1, 2, 5]), min_size=1, max_size=12), st.floats(0.3, 8.0))
def test_each_plane_stands_for_half_the_way_to_its_neighbours(steps, distance):
    planes = PlaneDistances.of(np.cumsum([0, *steps]) * distance, 1.0)
    below, above = planes.half_widths()
    joined = planes.missing == 0
    np.testing.assert_allclose((above[:-1] + below[1:])[joined], planes.gaps[joined])
    assert (above[:-1] + below[1:] <= planes.gaps + 1e-9).all()
    low, high = planes.ends()
    assert low == pytest.approx(planes.levels[0] - below[0])
    assert high == pytest.approx(planes.levels[-1] + above[-1])


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
    st.floats(0.5, 6.0),
    st.integers(0, 2**32 - 1),
)
def test_a_lattice_is_found_through_rounding_and_gaps(steps, distance, seed):
    steps = [1, *steps]
    noise = np.random.default_rng(seed).uniform(-0.01, 0.01, len(steps) + 1)
    levels = np.cumsum([0, *steps]) * distance - 70 + noise
    lattice = fitted_lattice(levels, distance)
    assert lattice.count == sum(steps) + 1
    assert lattice.step_mm == pytest.approx(distance, abs=0.02)
    np.testing.assert_allclose(lattice.positions(levels), np.cumsum([0, *steps]), atol=0.1)


def test_uneven_planes_lie_on_no_lattice():
    assert fitted_lattice(np.array([0.0, 2.0, 4.0, 7.0, 9.5]), 2.0) is None
    assert fitted_lattice(np.array([0.0, 0.4, 2.0, 4.0]), 2.0) is None
