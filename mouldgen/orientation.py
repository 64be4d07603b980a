"""What the user chose about the angle -> the mould frame.

The cut normal is +X of the mould. The specimen goes in perpendicular to it, so one angle is left:
which side faces the baseplate. It is counted about the cut normal, right-handed, from the
*reference side*: posterior, or inferior where posterior is within 30 degrees of the cut normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mouldgen.errors import ParameterError
from mouldgen.frames import ANATOMICAL_DIRECTIONS, FloatArray, Rigid, unit_vector
from mouldgen.params import OrientationParameters, Plane
from mouldgen.specimen import Specimen

__all__ = [
    "MouldFrame",
    "base_angle_deg",
    "base_direction",
    "base_from_parameters",
    "cut_normal",
    "lying_rotation",
]

SMALLEST_ANGLE_DEG = 10.0
SMALLEST_DISTANCE_MM = 1.0
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


def cut_normal(parameters: OrientationParameters, specimen: Specimen) -> FloatArray:
    """Return the unit cut normal in LPS, from the first slab to the last.

    Parameters
    ----------
    parameters
        Plane and tilt, or a normal, or landmarks, or structures; and which end is first.
    specimen
        Its grid and slices give the plane ``image``, its landmarks the positions of structures.

    Raises
    ------
    ParameterError
        If landmarks coincide or are absent, or the first end lies across the normal.
    """
    normal = _chosen_normal(parameters, specimen)
    return _turned_to_first(normal, parameters.first)


def base_direction(normal_lps: FloatArray, base_deg: float) -> FloatArray:
    """Return the direction in LPS that faces the baseplate, perpendicular to the cut normal."""
    angle = np.radians(base_deg)
    start = _reference_side(normal_lps)
    return unit_vector(np.cos(angle) * start + np.sin(angle) * np.cross(normal_lps, start))


def base_angle_deg(mould_from_patient: Rigid) -> float:
    """Return the angle of the base side about the cut normal that a transform has, to 1e-9 degrees."""
    normal_lps, _, up_lps = mould_from_patient.rotation
    return _angle_of_side(-up_lps, normal_lps, "the base side")


def base_from_parameters(
    parameters: OrientationParameters, normal_lps: FloatArray, specimen: Specimen
) -> float | None:
    """Return the base angle that was asked for in degrees, or None where it is to be searched.

    Raises
    ------
    ParameterError
        If the side, landmark or structure lies within 10 degrees of the cut normal.
    """
    side, name = _base_side(parameters, normal_lps, specimen)
    if parameters.blade_rois is not None:
        side, name = _across_blade(parameters.blade_rois, specimen, normal_lps, side), "the base side"
    return None if side is None else _angle_of_side(side, normal_lps, name)


def _base_side(
    parameters: OrientationParameters, normal_lps: FloatArray, specimen: Specimen
) -> tuple[FloatArray | None, str]:
    """Return a direction towards the base side that was asked for, if any, and what it is called."""
    if parameters.landmarks_lps is not None and len(parameters.landmarks_lps) == 3:
        first, last, side = np.array(parameters.landmarks_lps)
        return side - (first + last) / 2, "the third landmark"
    if parameters.base_roi is not None:
        side = _position(specimen, parameters.base_roi) - specimen.tissue.centroid_mm(1)
        _check_apart(side, f"the middle of {parameters.base_roi} and that of the specimen")
        return side, f"the structure {parameters.base_roi}"
    if parameters.base == "auto":
        return None, ""
    if parameters.base in ANATOMICAL_DIRECTIONS:
        return np.array(ANATOMICAL_DIRECTIONS[parameters.base]), parameters.base
    return base_direction(normal_lps, float(parameters.base)), "the base angle"


def _across_blade(
    rois: tuple[str, str], specimen: Specimen, normal_lps: FloatArray, side: FloatArray | None
) -> FloatArray:
    """Return the direction across the blade, whose line two structures give, that is nearer to a side."""
    first, last = (_position(specimen, name) for name in rois)
    _check_apart(last - first, f"{rois[0]} and {rois[1]}")
    across = np.cross(normal_lps, last - first)
    if np.linalg.norm(across) < np.sin(np.radians(SMALLEST_ANGLE_DEG)) * np.linalg.norm(last - first):
        message = (
            f"the line from {rois[0]} to {rois[1]} cannot run along the blade: it lies within "
            f"{SMALLEST_ANGLE_DEG:g} degrees of the cut normal. Choose other structures, or another plane"
        )
        raise ParameterError(message)
    if side is None:
        message = (
            f"the line from {rois[0]} to {rois[1]} leaves open which of its sides faces the baseplate; give "
            "--base-roi or --base, too"
        )
        raise ParameterError(message)
    return across if across @ side >= 0 else -across


def _position(specimen: Specimen, name: str) -> FloatArray:
    landmark = specimen.landmark(name)
    if landmark is None:
        message = (
            f"the structure {name!r} is not among the specimen's landmarks; read the specimen from a "
            "segmentation that holds it, with these parameters"
        )
        raise ParameterError(message)
    return landmark.position_lps


def lying_rotation(normal_lps: FloatArray, base_deg: float) -> FloatArray:
    """Return the rotation (3, 3) from LPS to the axes of the mould."""
    x_axis = unit_vector(normal_lps)
    z_axis = -base_direction(x_axis, base_deg)
    return np.array([x_axis, np.cross(z_axis, x_axis), z_axis])


def _chosen_normal(parameters: OrientationParameters, specimen: Specimen) -> FloatArray:
    if parameters.normal_lps is not None:
        return unit_vector(parameters.normal_lps)
    if parameters.landmarks_lps is not None:
        return _normal_through(*np.array(parameters.landmarks_lps[:2]))
    if parameters.axis_rois is not None:
        return _normal_through(*(_position(specimen, name) for name in parameters.axis_rois))
    normal, first_axis, second_axis = _plane_axes(parameters.plane, specimen)
    first_deg, second_deg = parameters.tilt_deg
    return _turned(second_axis, second_deg) @ _turned(first_axis, first_deg) @ normal


def _normal_through(first: FloatArray, last: FloatArray) -> FloatArray:
    _check_apart(last - first, "the two landmarks on the slicing axis")
    return unit_vector(last - first)


def _check_apart(between: FloatArray, names: str) -> None:
    """Refuse a direction between places that coincide, which noise would decide."""
    distance_mm = float(np.linalg.norm(between))
    if distance_mm < SMALLEST_DISTANCE_MM:
        message = (
            f"{names} are {distance_mm:.2f} mm apart; expected at least {SMALLEST_DISTANCE_MM:g} mm. Choose "
            "others"
        )
        raise ParameterError(message)


def _plane_axes(plane: Plane, specimen: Specimen) -> tuple[FloatArray, FloatArray, FloatArray]:
    if plane is not Plane.IMAGE:
        normal, first, second = (np.array(ANATOMICAL_DIRECTIONS[name]) for name in _PLANE_AXES[plane])
        return normal, first, second
    grid = specimen.tissue.grid
    along = np.abs(grid.directions.T @ specimen.slices.normal_lps)
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
        angle_deg = np.degrees(np.arcsin(float(np.linalg.norm(across)) / length)) if length else 0.0
        message = (
            f"{name} cannot face the baseplate: it lies {angle_deg:.1f} degrees from the cut normal, and the "
            f"blade comes from above; expected at least {SMALLEST_ANGLE_DEG:g}. Choose a side across the "
            "slabs, or 'auto'"
        )
        raise ParameterError(message)
    start = _reference_side(normal)
    angle = np.arctan2(across @ np.cross(normal, start), across @ start)
    # off by rounding, so that -1e-15 does not become 360
    return round(float(np.degrees(angle)), 9) % 360.0
