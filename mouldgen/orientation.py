"""What the user chose about the angle -> the mould frame.

The cut normal is +X of the mould. The specimen goes in perpendicular to it, so one angle is left:
which side faces the baseplate. It is counted about the cut normal, right-handed, from the
*reference side*: posterior, or inferior where posterior is within 30 degrees of the cut normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mouldgen.errors import ParameterError
from mouldgen.frames import ANATOMICAL_DIRECTIONS, FloatArray, Rigid, VoxelGrid, unit_vector
from mouldgen.params import OrientationParameters, Plane

__all__ = ["MouldFrame", "base_direction", "base_from_parameters", "cut_normal", "lying_rotation"]

SMALLEST_ANGLE_DEG = 10.0
REFERENCE_ANGLE_DEG = 30.0

_PLANE_AXES: dict[Plane, tuple[str, str, str]] = {
    Plane.AXIAL: ("superior", "left", "posterior"),
    Plane.CORONAL: ("posterior", "left", "superior"),
    Plane.SAGITTAL: ("left", "posterior", "superior"),
}
"""Cut normal before tilting, first and second tilt axis."""


@dataclass(frozen=True, eq=False)
class MouldFrame:
    """The one rigid transform from patient to mould.

    Parameters
    ----------
    mould_from_patient
        LPS millimetres to mould millimetres.
    base_deg
        Angle of the base side about the cut normal, from the reference side.
    """

    mould_from_patient: Rigid
    base_deg: float

    @property
    def cut_normal_lps(self) -> FloatArray:
        """Shape (3,): +X of the mould, from the first slab to the last, in LPS."""
        return np.asarray(self.mould_from_patient.rotation[0])

    @property
    def insertion_lps(self) -> FloatArray:
        """Shape (3,): the way the specimen goes in, -Z of the mould, in LPS."""
        return np.asarray(-self.mould_from_patient.rotation[2])

    @property
    def patient_from_mould(self) -> Rigid:
        """Mould millimetres to LPS millimetres."""
        return self.mould_from_patient.inverse()


def cut_normal(
    parameters: OrientationParameters, grid: VoxelGrid, slice_normal_lps: FloatArray
) -> FloatArray:
    """Return the unit cut normal in LPS, from the first slab to the last.

    Parameters
    ----------
    parameters
        Plane and tilt, or a normal, or landmarks; and which end is first.
    grid
        Of the segmentation in patient order; its axes are the in-plane axes of plane ``image``.
    slice_normal_lps
        Normal of the segmentation's slices.

    Raises
    ------
    ParameterError
        If landmarks coincide, or the first end lies across the normal.
    """
    normal = _chosen_normal(parameters, grid, slice_normal_lps)
    return _turned_to_first(normal, parameters.first)


def base_direction(normal_lps: FloatArray, base_deg: float) -> FloatArray:
    """Return the direction in LPS that faces the baseplate, perpendicular to the cut normal."""
    angle = np.radians(base_deg)
    start = _reference_side(normal_lps)
    return unit_vector(np.cos(angle) * start + np.sin(angle) * np.cross(normal_lps, start))


def base_from_parameters(parameters: OrientationParameters, normal_lps: FloatArray) -> float | None:
    """Return the base angle that was asked for in degrees, or None where it is to be searched.

    Raises
    ------
    ParameterError
        If the side or landmark lies within 10 degrees of the cut normal.
    """
    if parameters.landmarks_lps is not None and len(parameters.landmarks_lps) == 3:
        first, last, side = np.array(parameters.landmarks_lps)
        return _angle_of_side(side - (first + last) / 2, normal_lps, "the third landmark")
    if parameters.base == "auto":
        return None
    if parameters.base in ANATOMICAL_DIRECTIONS:
        return _angle_of_side(np.array(ANATOMICAL_DIRECTIONS[parameters.base]), normal_lps, parameters.base)
    return float(parameters.base) % 360.0


def lying_rotation(normal_lps: FloatArray, base_deg: float) -> FloatArray:
    """Return the rotation (3, 3) from LPS to the axes of the mould."""
    x_axis = unit_vector(normal_lps)
    z_axis = -base_direction(x_axis, base_deg)
    return np.array([x_axis, np.cross(z_axis, x_axis), z_axis])


def _chosen_normal(
    parameters: OrientationParameters, grid: VoxelGrid, slice_normal_lps: FloatArray
) -> FloatArray:
    if parameters.normal_lps is not None:
        return unit_vector(parameters.normal_lps)
    if parameters.landmarks_lps is not None:
        return _normal_through(*parameters.landmarks_lps[:2])
    normal, first_axis, second_axis = _plane_axes(parameters.plane, grid, slice_normal_lps)
    first_deg, second_deg = parameters.tilt_deg
    return _turned(second_axis, second_deg) @ _turned(first_axis, first_deg) @ normal


def _normal_through(first: tuple[float, ...], last: tuple[float, ...]) -> FloatArray:
    between = np.subtract(last, first)
    if np.linalg.norm(between) < 1.0:
        message = (
            f"the two landmarks on the slicing axis are {np.linalg.norm(between):.2f} mm apart; "
            "expected at least 1 mm. Choose points at both ends of the specimen"
        )
        raise ParameterError(message)
    return unit_vector(between)


def _plane_axes(
    plane: Plane, grid: VoxelGrid, slice_normal_lps: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    if plane is not Plane.IMAGE:
        normal, first, second = (np.array(ANATOMICAL_DIRECTIONS[name]) for name in _PLANE_AXES[plane])
        return normal, first, second
    along = np.abs(grid.directions.T @ slice_normal_lps)
    slice_axis = int(np.argmax(along))
    in_plane = [axis for axis in range(3) if axis != slice_axis]
    columns = grid.directions.T
    return columns[slice_axis], columns[in_plane[0]], columns[in_plane[1]]


def _turned(axis: FloatArray, angle_deg: float) -> FloatArray:
    """Return the right-handed rotation about an axis (Rodrigues)."""
    x, y, z = unit_vector(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(angle_deg)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _turned_to_first(normal: FloatArray, first: str | None) -> FloatArray:
    if first is None:
        return normal
    if first == "reverse":
        return -normal
    cosine = float(normal @ np.array(ANATOMICAL_DIRECTIONS[first]))
    if abs(cosine) < np.sin(np.radians(SMALLEST_ANGLE_DEG)):
        message = (
            f"S01 cannot be at the {first} end: the cut normal is {np.degrees(np.arccos(cosine)):.1f} "
            "degrees from it, so both ends lie alike. Choose another direction, or 'reverse'"
        )
        raise ParameterError(message)
    return -normal if cosine > 0 else normal


def _reference_side(normal: FloatArray) -> FloatArray:
    posterior = np.array(ANATOMICAL_DIRECTIONS["posterior"])
    near = abs(float(normal @ posterior)) > np.cos(np.radians(REFERENCE_ANGLE_DEG))
    side = np.array(ANATOMICAL_DIRECTIONS["inferior"]) if near else posterior
    return unit_vector(side - (side @ normal) * normal)


def _angle_of_side(side: FloatArray, normal: FloatArray, name: str) -> float:
    across = side - (side @ normal) * normal
    length = float(np.linalg.norm(side))
    if length == 0 or np.linalg.norm(across) < np.sin(np.radians(SMALLEST_ANGLE_DEG)) * length:
        message = (
            f"{name} cannot face the baseplate: it lies within {SMALLEST_ANGLE_DEG:g} degrees of the cut "
            "normal, and the blade comes from above. Choose a side across the slabs, or 'auto'"
        )
        raise ParameterError(message)
    start = _reference_side(normal)
    angle = np.arctan2(across @ np.cross(normal, start), across @ start)
    # off by rounding, so that -1e-15 does not become 360
    return round(float(np.degrees(angle)), 9) % 360.0
