from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mouldgen.errors import ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.orientation import base_direction, base_from_parameters, cut_normal, lying_rotation
from mouldgen.params import OrientationParameters

GRID = VoxelGrid.axis_aligned((10, 10, 10), (1, 1, 3), (0, 0, 0))
SLICE_NORMAL = np.array([0.0, 0.0, 1.0])
directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def normal_of(**values):
    return cut_normal(OrientationParameters(**values), GRID, SLICE_NORMAL)


@pytest.mark.parametrize(
    ("plane", "expected"),
    [("axial", (0, 0, 1)), ("coronal", (0, 1, 0)), ("sagittal", (1, 0, 0)), ("image", (0, 0, 1))],
)
def test_a_plane_is_cut_along_its_positive_lps_axis(plane, expected):
    assert normal_of(plane=plane) == pytest.approx(expected)


def test_the_first_tilt_turns_right_handed_about_the_first_in_plane_axis():
    # about +L (x) by 90 degrees, superior goes to anterior
    assert normal_of(tilt_deg=(90, 0)) == pytest.approx((0, -1, 0), abs=1e-12)


def test_the_second_tilt_turns_right_handed_about_the_second_in_plane_axis():
    # about +P (y) by 90 degrees, superior goes to left
    assert normal_of(tilt_deg=(0, 90)) == pytest.approx((1, 0, 0), abs=1e-12)


def test_two_landmarks_give_the_direction_from_the_first_slab_to_the_last():
    normal = normal_of(landmarks_lps=((0, 0, 10), (0, 30, 50)))
    assert normal == pytest.approx((0, 0.6, 0.8))


def test_coinciding_landmarks_are_refused_with_their_distance():
    with pytest.raises(ParameterError, match=r"0\.50 mm apart"):
        normal_of(landmarks_lps=((0, 0, 0), (0, 0, 0.5)))


def test_the_first_end_turns_the_normal_away_from_it():
    assert normal_of(first="superior") == pytest.approx((0, 0, -1))
    assert normal_of(first="inferior") == pytest.approx((0, 0, 1))
    assert normal_of(first="reverse") == pytest.approx((0, 0, -1))


def test_a_first_end_across_the_normal_is_refused():
    with pytest.raises(ParameterError, match="cannot be at the left end"):
        normal_of(first="left")


@pytest.mark.parametrize("side", ["left", "right", "anterior", "posterior"])
def test_an_anatomical_base_side_faces_down(side):
    normal = normal_of()
    angle = base_from_parameters(OrientationParameters(base=side), normal)
    down = -lying_rotation(normal, angle)[2]
    names = {"left": (1, 0, 0), "right": (-1, 0, 0), "anterior": (0, -1, 0), "posterior": (0, 1, 0)}
    assert down == pytest.approx(names[side], abs=1e-12)


def test_a_base_side_along_the_normal_is_refused():
    with pytest.raises(ParameterError, match="superior cannot face the baseplate"):
        base_from_parameters(OrientationParameters(base="superior"), normal_of())


def test_a_third_landmark_sets_the_base_side():
    parameters = OrientationParameters(landmarks_lps=((0, 0, 0), (0, 0, 40), (25, 0, 13)))
    normal = normal_of(landmarks_lps=parameters.landmarks_lps)
    angle = base_from_parameters(parameters, normal)
    assert base_direction(normal, angle) == pytest.approx((1, 0, 0), abs=1e-12)


@given(direction=directions, angle=st.floats(0, 360))
def test_the_mould_axes_are_right_handed_and_x_is_the_cut_normal(direction, angle):
    rotation = lying_rotation(np.array(direction), angle)
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    assert rotation[0] == pytest.approx(np.array(direction) / np.linalg.norm(direction))


@given(direction=directions, angle=st.floats(0, 359.9))
def test_an_angle_survives_the_way_through_a_landmark(direction, angle):
    normal = np.array(direction) / np.linalg.norm(direction)
    side = base_direction(normal, angle)
    landmarks = ((0, 0, 0), tuple(20 * normal), tuple(10 * normal + 15 * side))
    found = base_from_parameters(OrientationParameters(landmarks_lps=landmarks), normal)
    assume(found is not None)
    assert np.cos(np.radians(found - angle)) == pytest.approx(1.0, abs=1e-9)
