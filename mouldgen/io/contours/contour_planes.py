"""The parallel planes that contours lie in: their normal, and how far they are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError
from mouldgen.frames import FloatArray, angle_between_deg, frozen_array, unit_vector
from mouldgen.io.contours.contour import Contour, area_vector

__all__ = [
    "MOST_FILLED_PLANES",
    "PlaneDistances",
    "PlaneLattice",
    "common_normal",
    "distinct_levels",
    "fitted_lattice",
    "heights_mm",
    "on_lattice_mm",
]

MOST_FILLED_PLANES = 3
"""A gap of more missing planes in a row is not filled."""

_FLAT_MM = 0.1
_SAME_PLANE_MM = 0.1
_LEAST_AREA_MM2 = 1e-9
_ON_LATTICE_SHARE = 0.1
_ON_LATTICE_MM = 0.2


def on_lattice_mm(step_mm: float) -> float:
    """Return how far a contour may lie from a plane of a lattice and still belong to it."""
    return min(_ON_LATTICE_SHARE * step_mm, _ON_LATTICE_MM)


def common_normal(contours: Mapping[str, Sequence[Contour]]) -> FloatArray:
    """Return the unit normal of all contours, shape (3,), LPS; towards left, posterior or superior.

    Larger contours count more.

    Parameters
    ----------
    contours
        Closed ones, by what messages call their structure.

    Raises
    ------
    InputError
        If a contour is not flat, with the deviation in mm, or if not all are parallel.
    """
    vectors = np.array([area_vector(c.points_lps) for group in contours.values() for c in group])
    largest = vectors[np.argmax(np.linalg.norm(vectors, axis=1))]
    if np.linalg.norm(largest) < _LEAST_AREA_MM2:
        message = (
            f"the contours of structure {' and '.join(contours)} cross themselves so that their loops "
            "cancel; draw the structure again"
        )
        raise InputError(message)
    normal = unit_vector(np.where(vectors @ largest < 0, -1.0, 1.0) @ vectors)
    normal = normal if normal[np.argmax(np.abs(normal))] > 0 else -normal
    off_plane = [
        (subject, contour)
        for subject, group in contours.items()
        for contour in group
        if _off_plane_mm(contour, normal) > _FLAT_MM
    ]
    if off_plane:
        angle_deg, subject = max((_angle_deg(*one, largest), one[0]) for one in off_plane)
        message = (
            f"the contours are drawn in different directions: some of structure {subject} are "
            f"{angle_deg:.1f} degrees off the largest one. Choose structures drawn in parallel planes, or "
            "export them as a DICOM SEG"
        )
        raise InputError(message)
    return np.asarray(normal)


def _angle_deg(subject: str, contour: Contour, direction: FloatArray) -> float:
    """Return the angle between the normal of a contour and a direction; refuse one that is not flat."""
    centered = contour.points_lps - contour.points_lps.mean(axis=0)
    normal = np.linalg.svd(centered, full_matrices=False)[2][2]
    off_mm = _off_plane_mm(contour, normal)
    if off_mm > _FLAT_MM:
        message = (
            f"a contour of structure {subject} is not flat: its points lie up to {off_mm:.2f} mm from a "
            f"plane; expected at most {_FLAT_MM} mm. Export the structure as a DICOM SEG, or draw it again"
        )
        raise InputError(message)
    angle_deg = angle_between_deg(normal, direction)
    return min(angle_deg, 180 - angle_deg)


def _off_plane_mm(contour: Contour, normal: FloatArray) -> float:
    """Return how far points lie from the middle of the planes that enclose a contour."""
    return float(np.ptp(contour.points_lps @ normal)) / 2


def heights_mm(contours: Sequence[Contour], normal: FloatArray) -> FloatArray:
    """Return where the planes of contours lie along a normal; shape (N,)."""
    along = [contour.points_lps @ normal for contour in contours]
    return np.array([(part.min() + part.max()) / 2 for part in along])


def distinct_levels(heights: FloatArray, unit_mm: float = 1.0) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return the planes that contours lie in, and which of them each contour lies in.

    Parameters
    ----------
    heights
        Shape (N,), one per contour, in units of `unit_mm`.
    unit_mm
        How long the unit is.

    Returns
    -------
    tuple
        Levels in rising order, shape (M,), and indices into them, shape (N,).

    Raises
    ------
    InputError
        If planes follow each other too closely to tell them apart.
    """
    order = np.argsort(heights, kind="stable")
    rising = heights[order]
    number = np.concatenate([[0], np.cumsum(np.diff(rising) * unit_mm > _SAME_PLANE_MM)])
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    thickest_mm = float((np.maximum.reduceat(rising, starts) - rising[starts]).max()) * unit_mm
    if thickest_mm > 2 * _SAME_PLANE_MM:
        message = (
            f"contours lie less than {_SAME_PLANE_MM} mm apart over {thickest_mm:.2f} mm, so that planes "
            "cannot be told apart. Export the structure as a DICOM SEG"
        )
        raise InputError(message)
    levels = np.add.reduceat(rising, starts) / np.diff(starts, append=len(rising))
    member = np.empty(len(heights), np.intp)
    member[order] = number
    return levels, member


@dataclass(frozen=True, eq=False)
class PlaneDistances:
    """The planes of one structure, and what each of them stands for.

    Parameters
    ----------
    levels
        Shape (M,), rising, in any unit.
    typical
        Distance of neighbouring planes where none is missing, in that unit.
    """

    levels: FloatArray
    typical: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", frozen_array(self.levels, np.float64))

    @classmethod
    def of(cls, levels: FloatArray, alone: float) -> PlaneDistances:
        """Return the planes at `levels`; a single one stands for a distance of `alone`."""
        gaps = np.diff(levels)
        if not len(gaps):
            return cls(levels, alone)
        smallest, median = float(gaps.min()), float(np.percentile(gaps, 50, method="lower"))
        # a lone pair of close planes is an irregularity, not the distance of all others
        base = median if median > (MOST_FILLED_PLANES + 1) * smallest else smallest
        return cls(levels, float(gaps[np.abs(gaps - base) <= 0.1 * base].mean()))

    @property
    def gaps(self) -> FloatArray:
        """Shape (M - 1,): from each plane to the next."""
        return np.diff(self.levels)

    @property
    def missing(self) -> npt.NDArray[np.int_]:
        """Shape (M - 1,): how many planes are missing in each gap."""
        return np.asarray(np.maximum(np.rint(self.gaps / self.typical).astype(int) - 1, 0))

    def half_widths(self) -> tuple[FloatArray, FloatArray]:
        """Return how far each plane stands for what is below and above it; shape (M,) each.

        Half the way to the next plane; where planes are missing, or at an end, half of what is usual
        there.
        """
        widths = np.where(self.missing == 0, self.gaps, self.typical) / 2
        if not len(widths):
            widths = np.array([self.typical / 2])
        below, above = np.concatenate([widths[:1], widths]), np.concatenate([widths, widths[-1:]])
        return below[: len(self.levels)], above[: len(self.levels)]

    def ends(self) -> tuple[float, float]:
        """Return the lowest and the highest position that the planes stand for."""
        below, above = self.half_widths()
        return float(self.levels[0] - below[0]), float(self.levels[-1] + above[-1])


@dataclass(frozen=True)
class PlaneLattice:
    """Evenly spaced planes along a normal.

    Parameters
    ----------
    first_mm
        Where the first plane lies along the normal.
    step_mm
        From each plane to the next.
    count
        Number of planes.
    """

    first_mm: float
    step_mm: float
    count: int

    def positions(self, heights: FloatArray) -> FloatArray:
        """Return heights in mm as positions on the lattice, 0 at its first plane."""
        return np.asarray((heights - self.first_mm) / self.step_mm)


def fitted_lattice(levels_mm: FloatArray, typical_mm: float) -> PlaneLattice | None:
    """Return the lattice that all planes lie on, some of it perhaps empty; None where there is none.

    Parameters
    ----------
    levels_mm
        Shape (M,), rising.
    typical_mm
        Distance of neighbouring planes where none is missing.
    """
    steps = np.rint(np.diff(levels_mm) / typical_mm)
    if (steps == 0).any():
        return None
    numbers = np.concatenate([[0.0], np.cumsum(steps)])
    first_mm, step_mm = float(levels_mm[0]), typical_mm
    if len(levels_mm) > 1:
        step_mm, first_mm = (float(value) for value in np.polyfit(numbers, levels_mm, 1))
    off_mm = float(np.abs(first_mm + step_mm * numbers - levels_mm).max())
    if off_mm > on_lattice_mm(step_mm):
        return None
    return PlaneLattice(first_mm, step_mm, int(numbers[-1]) + 1)
