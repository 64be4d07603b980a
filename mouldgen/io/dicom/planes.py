"""Image planes in space, and the lattice that parallel ones make up.

The point of a pixel is ``position + column * column_spacing * row_direction + row * row_spacing *
column_direction`` (DICOM PS3.3, C.7.6.2.1.1). How far slices are apart follows from their positions alone:
slice thickness is another thing, and what files state as the spacing is often wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid, frozen_array

__all__ = ["Plane", "Stack", "depths_mm", "stack_planes"]

IntArray = npt.NDArray[np.int_]

SAME_POSITION_MM = 1e-3
UNEVEN_MM = 0.1
NOTICED_MM = 0.01
DIRECTION_TOLERANCE = 1e-3
"""Cosines are stored with as few as three or four digits."""

_SPACING_TOLERANCE = 1e-3
_FARTHEST_MM = 1e5
_MOST_SLICES = 2**16
_SMALLEST_STEP_MM = 1e-3


@dataclass(frozen=True, eq=False)
class Plane:
    """Where one image, or one frame of a multi-frame image, lies.

    Parameters
    ----------
    position_lps
        Shape (3,): centre of the first pixel, mm.
    row_direction
        Shape (3,): where the column index grows, the first three of ImageOrientationPatient.
    column_direction
        Shape (3,): where the row index grows.
    spacing_mm
        Between rows and between columns, in the order of PixelSpacing.
    rows, columns
        Number of pixels down and across.
    number
        Instance or frame number, for messages.
    """

    position_lps: FloatArray
    row_direction: FloatArray
    column_direction: FloatArray
    spacing_mm: tuple[float, float]
    rows: int
    columns: int
    number: int | None = None

    def __post_init__(self) -> None:
        for name in ("position_lps", "row_direction", "column_direction"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel planes as one lattice.

    Parameters
    ----------
    grid
        Indexed [column, row, slice] and right-handed: slices run along row x column direction.
    order
        Which of the planes each slice is, -1 where none is.
    findings
        What is unusual.
    """

    grid: VoxelGrid
    order: tuple[int, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class _Line:
    """Planes along their normal: depths in mm, ascending, and the slice that each is."""

    depths_mm: FloatArray
    slices: IntArray

    @property
    def step_mm(self) -> float:
        """Of the even spacing that fits best."""
        return float(np.polynomial.polynomial.polyfit(self.slices, self.depths_mm, 1)[1])

    @property
    def off_mm(self) -> float:
        """How far a plane or a distance is from even at most."""
        step_mm = self.step_mm
        off = self.depths_mm - self.slices * step_mm
        uneven = np.diff(self.depths_mm) - np.diff(self.slices) * step_mm
        return float(max(np.ptp(off) / 2, np.abs(uneven).max()))


def stack_planes(
    planes: Sequence[Plane], spacing_mm: float | None = None, *, may_have_gaps: bool = False
) -> Stack:
    """Return the lattice of parallel planes at even distances, whatever their order.

    Parameters
    ----------
    planes
        Any number.
    spacing_mm
        What the file states as the distance of slices. Only with `may_have_gaps` is it looked at.
    may_have_gaps
        Whether planes may be absent, as empty frames of a segmentation are. The distance of slices is then
        `spacing_mm` if it divides all distances, else the smallest distance if that divides all others.

    Raises
    ------
    InputError
        If planes differ in size, spacing or direction, lie at the same position, are sheared (gantry tilt),
        absent without leave, or unevenly spaced. The message does not say which input is meant.
    """
    if not planes:
        message = "there is no image plane; export the series again"
        raise InputError(message)
    _check_alike(planes)
    directions = _directions(planes[0])
    positions = np.array([plane.position_lps for plane in planes])
    _check_positions(positions)
    depths = (positions - positions[0]) @ directions[2]
    order = np.argsort(depths, kind="stable")
    numbers = [planes[index].number for index in order]
    line, findings = _line(depths[order], numbers, spacing_mm, may_have_gaps=may_have_gaps)
    step_mm = line.step_mm if len(planes) > 1 else float(spacing_mm or 0)
    ideal = line.slices[:, None] * (step_mm * directions[2])
    starts = positions[order] - ideal
    sideways = tuple(_judge_shear(starts, line, directions))
    slices = np.full(line.slices[-1] + 1, -1)
    slices[line.slices] = order
    grid = _grid(planes[0], directions, (starts.max(axis=0) + starts.min(axis=0)) / 2, step_mm, len(slices))
    return Stack(grid, tuple(slices.tolist()), (*findings, *sideways))


def depths_mm(planes: Sequence[Plane]) -> FloatArray:
    """Return how far planes lie along the normal of the first, from the scanner's origin; shape (n,)."""
    normal = np.cross(planes[0].row_direction, planes[0].column_direction)
    return np.array([plane.position_lps for plane in planes]) @ normal


def _check_alike(planes: Sequence[Plane]) -> None:
    sizes = sorted({(plane.columns, plane.rows) for plane in planes})
    if len(sizes) > 1 or min(sizes[0]) < 1:
        text = " and ".join(f"{columns} x {rows}" for columns, rows in sizes[:4])
        message = f"the slices have {text} pixels; expected one size above zero. Choose one stack of slices"
        raise InputError(message)
    spacings = np.array([plane.spacing_mm for plane in planes], np.float64)
    if not np.isfinite(spacings).all() or spacings.min() <= 0:
        bad = spacings[np.argmax(~(np.isfinite(spacings) & (spacings > 0)).all(axis=1))]
        message = (
            f"the pixel spacing is {bad[0]:g} x {bad[1]:g} mm; both must be above zero. Export the series "
            "again"
        )
        raise InputError(message)
    if (np.ptp(spacings, axis=0) > _SPACING_TOLERANCE * spacings.min(axis=0)).any():
        low, high = spacings.min(axis=0), spacings.max(axis=0)
        message = (
            f"the pixel spacing differs between slices, from {low[0]:g} x {low[1]:g} to {high[0]:g} x "
            f"{high[1]:g} mm; expected one. Choose one stack of slices"
        )
        raise InputError(message)
    _check_parallel(planes)


def _check_parallel(planes: Sequence[Plane]) -> None:
    axes = np.array([(*plane.row_direction, *plane.column_direction) for plane in planes])
    if not np.isfinite(axes).all() or np.abs(axes).max() > 2:
        message = "a direction of the image planes is not a unit vector; export the series again"
        raise InputError(message)
    apart = np.abs(axes - axes[0]).max()
    if apart > DIRECTION_TOLERANCE:
        degrees = np.degrees(2 * np.arcsin(min(apart / 2, 1.0)))
        message = (
            f"the slices are turned against each other by up to {degrees:.3g} degrees; expected parallel "
            "ones. Choose one stack of slices"
        )
        raise InputError(message)


def _directions(plane: Plane) -> FloatArray:
    """Return the axes of columns, rows and slices; shape (3, 3), one a row, exactly orthonormal."""
    row, column = plane.row_direction, plane.column_direction
    lengths = np.linalg.norm([row, column], axis=1)
    if np.abs(lengths - 1).max() > DIRECTION_TOLERANCE:
        message = (
            f"the directions of rows and columns have lengths {lengths[0]:.4g} and {lengths[1]:.4g}; "
            "expected 1. Export the series again"
        )
        raise InputError(message)
    cosine = float(row @ column)
    if abs(cosine) > DIRECTION_TOLERANCE:
        angle_deg = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
        message = f"rows and columns stand at {angle_deg:.4g} degrees; expected 90. Export the series again"
        raise InputError(message)
    # each takes half of what rounding has left of an error
    row, column = row - cosine / 2 * column, column - cosine / 2 * row
    row = row / np.linalg.norm(row)
    normal = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    return np.array([row, np.cross(normal, row), normal])


def _check_positions(positions: FloatArray) -> None:
    if not np.isfinite(positions).all():
        message = "the position of an image plane is not a number; export the series again"
        raise InputError(message)
    distance_mm = float(np.abs(positions).max())
    if distance_mm > _FARTHEST_MM:
        message = (
            f"an image plane lies {distance_mm / 1000:.4g} m from the scanner's origin; expected at most "
            f"{_FARTHEST_MM / 1000:g} m. Export the series again"
        )
        raise InputError(message)


def _line(
    depths: FloatArray, numbers: Sequence[int | None], spacing_mm: float | None, *, may_have_gaps: bool
) -> tuple[_Line, tuple[Finding, ...]]:
    """Return which slice each plane is; depths ascend, and `numbers` belong to them."""
    _check_stated(spacing_mm, needed=len(depths) == 1 and may_have_gaps)
    if len(depths) == 1:
        if not may_have_gaps:
            message = "there is only one slice; at least two are needed for a volume"
            raise InputError(message)
        return _Line(depths, np.zeros(1, np.int_)), ()
    _check_apart(depths, numbers)
    if may_have_gaps:
        line, findings = _line_with_gaps(depths, spacing_mm)
    else:
        line, findings = _Line(depths, np.arange(len(depths))), ()
        _check_complete(line, numbers)
    return line, (*findings, *_judge_evenness(line))


def _check_stated(spacing_mm: float | None, *, needed: bool) -> None:
    if spacing_mm is None and needed:
        message = (
            "there is only one image plane and no spacing between slices is stated, so its thickness is "
            "unknown; export at least two planes, or state SpacingBetweenSlices"
        )
        raise InputError(message)
    if spacing_mm is not None and not (np.isfinite(spacing_mm) and 0 < spacing_mm < _FARTHEST_MM):
        message = (
            f"the stated spacing between slices is {spacing_mm:g} mm; expected more than zero. Export the "
            "file again"
        )
        raise InputError(message)


def _check_apart(depths: FloatArray, numbers: Sequence[int | None]) -> None:
    same = np.flatnonzero(np.diff(depths) < SAME_POSITION_MM)
    if len(same):
        message = (
            f"{len(depths)} image planes lie at only {len(depths) - len(same)} positions; expected one at "
            f"each. The first that share one are {_pair(numbers, int(same[0]))}. Export one volume (one "
            "phase, echo or reconstruction) by itself"
        )
        raise InputError(message)


def _check_complete(line: _Line, numbers: Sequence[int | None]) -> None:
    """Refuse missing slices: a volume closed over a gap would be too short."""
    gaps_mm = np.diff(line.depths_mm)
    step_mm = float(np.median(gaps_mm)) if len(gaps_mm) > 2 else float(gaps_mm.min())
    if line.off_mm <= _tolerance_mm(step_mm):
        return
    times = np.rint(gaps_mm / step_mm)
    wide = np.flatnonzero(times > 1)
    if not len(wide) or np.abs(gaps_mm - times * step_mm).max() > _tolerance_mm(step_mm):
        raise _uneven(gaps_mm)
    places = [
        f"{times[low] - 1:.0f} between {_pair(numbers, int(low))} ({gaps_mm[low]:.4g} mm apart)"
        for low in wide
    ]
    more = f" and at {len(places) - 3} further places" if len(places) > 3 else ""
    message = (
        f"slices are missing from the series, whose slices are {step_mm:.4g} mm apart: "
        f"{', '.join(places[:3])}{more}. Export the whole series again"
    )
    raise InputError(message)


def _line_with_gaps(depths: FloatArray, spacing_mm: float | None) -> tuple[_Line, tuple[Finding, ...]]:
    gaps_mm = np.diff(depths)
    smallest_mm = float(gaps_mm.min())
    stated = None if spacing_mm is None else _divided(depths, spacing_mm)
    divided = _divided(depths, smallest_mm)
    if divided is not None and (stated is None or _is_comb(stated)):
        return divided, tuple(_contradiction(spacing_mm, smallest_mm))
    if stated is not None:
        return stated, ()
    raise _uneven(gaps_mm)


def _is_comb(line: _Line) -> bool:
    """Return whether every plane would have empty ones on both of its sides, as no object has."""
    times = np.diff(line.slices)
    return bool(len(times) > 1 and times.min() > 1)


def _contradiction(stated_mm: float | None, used_mm: float) -> Iterator[Finding]:
    if stated_mm is not None:
        yield Finding.warning(
            "spacing_contradicts_positions",
            f"the stated spacing between slices is {stated_mm:.4g} mm, but the positions of the slices are "
            f"{used_mm:.4g} mm apart or multiples of that; the positions are used",
        )


def _divided(depths: FloatArray, spacing_mm: float) -> _Line | None:
    """Return which slices planes are at a spacing; None if they do not lie on multiples of it."""
    if spacing_mm < _SMALLEST_STEP_MM:
        return None
    gaps_mm = np.diff(depths)
    times = np.maximum(np.rint(gaps_mm / spacing_mm), 1)
    tolerance_mm = _tolerance_mm(spacing_mm)
    if np.abs(gaps_mm - times * spacing_mm).max() > tolerance_mm:
        return None
    if times.sum() >= _MOST_SLICES:
        message = (
            f"the image planes reach over {gaps_mm.sum():.4g} mm at a spacing of {spacing_mm:.4g} mm, which "
            f"makes more than {_MOST_SLICES} slices. Export them again"
        )
        raise InputError(message)
    line = _Line(depths, np.concatenate([[0], np.cumsum(times)]).astype(np.int_))
    return line if line.off_mm <= tolerance_mm else None


def _judge_evenness(line: _Line) -> Iterator[Finding]:
    if line.off_mm > NOTICED_MM:
        yield Finding.info(
            "slices_uneven",
            f"the distances of slices vary by up to {line.off_mm:.2g} mm around {line.step_mm:.4g} mm; they "
            "are taken as even",
        )


def _judge_shear(starts: FloatArray, line: _Line, directions: FloatArray) -> Iterator[Finding]:
    """Refuse slices that are shifted sideways. `starts`: where each slice says that the first one lies."""
    sideways = starts @ directions[:2].T
    off_mm = float(np.linalg.norm(np.ptp(sideways, axis=0))) / 2
    if off_mm <= NOTICED_MM:
        return
    if off_mm > UNEVEN_MM:
        shift_mm = float(np.linalg.norm(sideways[-1] - sideways[0]))
        angle_deg = np.degrees(np.arctan2(shift_mm, np.ptp(line.depths_mm)))
        message = (
            f"the slices are shifted sideways by up to {2 * off_mm:.3g} mm against each other, which is a "
            f"gantry tilt of {angle_deg:.2f} degrees; expected slices right above each other. Resample the "
            "series onto an untilted grid, for instance in 3D Slicer by 'Acquisition geometry "
            "regularization'"
        )
        raise InputError(message)
    yield Finding.info(
        "slices_shifted",
        f"the slices are shifted sideways by up to {2 * off_mm:.2g} mm against each other; they are taken as "
        "right above each other",
    )


def _grid(plane: Plane, directions: FloatArray, origin: FloatArray, step_mm: float, count: int) -> VoxelGrid:
    between_rows, between_columns = plane.spacing_mm
    affine = np.eye(4)
    affine[:3, :3] = directions.T * (between_columns, between_rows, step_mm)
    affine[:3, 3] = origin
    return VoxelGrid((plane.columns, plane.rows, count), affine)


def _tolerance_mm(step_mm: float) -> float:
    """Return how far a slice may be off; never so much that a missing one would pass."""
    return min(UNEVEN_MM, step_mm / 4)


def _uneven(gaps_mm: FloatArray) -> InputError:
    message = (
        f"the distances of the slices are uneven, from {gaps_mm.min():.4g} to {gaps_mm.max():.4g} mm; "
        f"expected them to agree within {UNEVEN_MM:g} mm. Resample the series onto an even grid, or export "
        "it again"
    )
    return InputError(message)


def _pair(numbers: Sequence[int | None], low: int) -> str:
    one, other = numbers[low], numbers[low + 1]
    if one is None or other is None:
        return f"slices {low + 1} and {low + 2} by position"
    return f"the slices with the numbers {one} and {other}"
