from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mouldgen.errors import ParameterError
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import LabelVolume, SliceStack
from mouldgen.orientation import (
    base_angle_deg,
    base_direction,
    base_from_parameters,
    cut_normal,
    lying_rotation,
)
from mouldgen.params import OrientationParameters
from mouldgen.specimen import Landmark, Specimen

GRID = VoxelGrid.axis_aligned((10, 10, 10), (1, 1, 3), (0, 0, 0))
MIDDLE = GRID.center_mm


def specimen_with(**landmarks):
    """Return a box around `MIDDLE` with structures at distances from it."""
    marks = tuple(Landmark(name, MIDDLE + offset) for name, offset in landmarks.items())
    tissue = LabelVolume(np.ones(GRID.shape, np.uint16), GRID)
    slices = SliceStack.along_axis(GRID, 2)
    return Specimen(tissue=tissue, slices=slices, segmented_mm3=tissue.volume_mm3(), landmarks=marks)


PLAIN = specimen_with()
directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def normal_of(specimen=PLAIN, **values):
    return cut_normal(OrientationParameters(**values), specimen)


def base_deg_of(normal, specimen=PLAIN, **values):
    return base_from_parameters(OrientationParameters(**values), normal, specimen)


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
    angle = base_deg_of(normal, base=side)
    down = -lying_rotation(normal, angle)[2]
    names = {"left": (1, 0, 0), "right": (-1, 0, 0), "anterior": (0, -1, 0), "posterior": (0, 1, 0)}
    assert down == pytest.approx(names[side], abs=1e-12)


def test_a_base_side_along_the_normal_is_refused():
    with pytest.raises(ParameterError, match=r"superior cannot face the baseplate: .* 0\.0 .* at least 10"):
        base_deg_of(normal_of(), base="superior")


def test_a_third_landmark_sets_the_base_side():
    parameters = OrientationParameters(landmarks_lps=((0, 0, 0), (0, 0, 40), (25, 0, 13)))
    normal = normal_of(landmarks_lps=parameters.landmarks_lps)
    angle = base_from_parameters(parameters, normal, PLAIN)
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
    found = base_deg_of(normal, landmarks_lps=landmarks)
    assume(found is not None)
    assert np.cos(np.radians(found - angle)) == pytest.approx(1.0, abs=1e-9)


def test_two_structures_give_the_direction_from_the_first_slab_to_the_last():
    specimen = specimen_with(hilum=(0, 0, -20), vessel=(0, 30, 20))
    assert normal_of(specimen, axis_rois=("Hilum", "vessel")) == pytest.approx((0, 0.6, 0.8))


@given(directions)
def test_a_base_structure_faces_the_baseplate(offset):
    normal = normal_of()
    across = np.array([offset[0], offset[1], 0.0])
    assume(np.linalg.norm(across) > 0.2)
    base_deg = base_deg_of(normal, specimen_with(base=np.multiply(offset, 40)), base_roi="base")
    assert base_direction(normal, base_deg) == pytest.approx(across / np.linalg.norm(across), abs=1e-6)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"base_roi": "base"}, (0.8, 0.6, 0)),
        ({"base": "right"}, (-0.8, -0.6, 0)),
        ({"base": "100"}, (-0.8, -0.6, 0)),  # 100 degrees from posterior about superior: nearly right
    ],
)
def test_the_blade_runs_along_the_line_of_two_structures(values, expected):
    """As in the published mould: the line lies level, and the base is the side across it."""
    specimen = specimen_with(one=(3, -4, 5), two=(-3, 4, 5), base=(20, 1, 9))
    base_deg = base_deg_of(normal_of(), specimen, blade_rois=("one", "two"), **values)
    assert base_direction(normal_of(), base_deg) == pytest.approx(expected, abs=1e-6)


def test_a_blade_line_without_a_side_is_refused():
    specimen = specimen_with(one=(3, -4, 5), two=(-3, 4, 5))
    with pytest.raises(ParameterError, match="leaves open which of its sides .* --base-roi or --base"):
        base_deg_of(normal_of(), specimen, blade_rois=("one", "two"))


def test_a_blade_line_along_the_cut_normal_is_refused():
    specimen = specimen_with(one=(0, 0, 5), two=(0, 1, -25))
    with pytest.raises(ParameterError, match="cannot run along the blade: .* within 10 degrees"):
        base_deg_of(normal_of(), specimen, blade_rois=("one", "two"), base="left")


def test_a_structure_that_the_specimen_lacks_is_named():
    with pytest.raises(ParameterError, match="the structure 'hilum' is not among the specimen's landmarks"):
        base_deg_of(normal_of(), base_roi="hilum")


@given(normal=directions, base_deg=st.floats(0, 359.9))
def test_the_base_angle_follows_from_the_transform(normal, base_deg):
    transform = Rigid.from_parts(lying_rotation(np.array(normal), base_deg), (1, 2, 3))
    apart = (base_angle_deg(transform) - base_deg + 180) % 360 - 180
    assert apart == pytest.approx(0, abs=1e-6)
