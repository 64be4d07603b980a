"""Image planes in space, and the lattice that parallel ones make up.

The point of a pixel is ``position + column * column_spacing * row_direction + row * row_spacing *
column_direction`` (DICOM PS3.3, C.7.6.2.1.1). How far slices are apart follows from their positions alone:
slice thickness is another thing, and what files state as the spacing is often wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid, frozen_array
from mouldgen.io.dicom.plane_distances import (
    FARTHEST_MM,
    NOTICED_MM,
    SAME_POSITION_MM,
    UNEVEN_MM,
    PlaneLine,
    find_distances,
)

__all__ = ["SAME_POSITION_MM", "Plane", "Stack", "depths_mm", "stack_planes"]

DIRECTION_TOLERANCE = 1e-3
"""Cosines are stored with as few as three or four digits."""

_SPACING_TOLERANCE = 1e-3


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


def stack_planes(
    planes: Sequence[Plane],
    spacing_mm: float | None = None,
    *,
    may_have_gaps: bool = False,
    is_measured: bool = False,
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
        `spacing_mm` if it divides all distances and two planes are that close, else the smallest distance if
        that divides all others.
    is_measured
        Whether `spacing_mm` is the distance of image slices on which the planes lie, rather than stated: it
        counts then even if no two planes are that close.

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
    line, findings = find_distances(
        depths[order], numbers, spacing_mm, may_have_gaps=may_have_gaps, is_measured=is_measured
    )
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
    if distance_mm > FARTHEST_MM:
        message = (
            f"an image plane lies {distance_mm / 1000:.4g} m from the scanner's origin; expected at most "
            f"{FARTHEST_MM / 1000:g} m. Export the series again"
        )
        raise InputError(message)


def _judge_shear(starts: FloatArray, line: PlaneLine, directions: FloatArray) -> Iterator[Finding]:
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
