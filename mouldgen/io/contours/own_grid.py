"""A lattice made around contours, where their images are absent or do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import SliceStack
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_grid import ContourGrid, ContourGroups
from mouldgen.io.contours.contour_planes import (
    PlaneDistances,
    PlaneLattice,
    distinct_levels,
    fitted_lattice,
    heights_mm,
)

__all__ = ["grid_of_contours"]

MOST_PLANES = 4096
MOST_VOXELS = 2**27

_PIXELS_PER_EXTENT = 120
_LEAST_PIXEL_MM = 0.1
_MOST_PIXEL_MM = 1.0
_MOST_PIXELS = 600
_PADDING_VOX = 1
_TOO_FINE = 0.45


def grid_of_contours(
    contours: ContourGroups, normal: FloatArray, reason: str, *, lone_plane_mm: float | None = None
) -> ContourGrid:
    """Return a lattice whose planes are those of the contours, cropped to them and padded.

    Pixels lie as the patient's axes do, as nearly as the planes allow, and their borders meet the outermost
    points. Where planes are unevenly spaced, or those of several structures do not coincide, its planes lie
    between theirs.

    Parameters
    ----------
    contours
        At least one.
    normal
        Shape (3,), LPS: of all contours.
    reason
        Why it is not that of images, for the finding.
    lone_plane_mm
        How thick contours on a single plane are; refused without.

    Raises
    ------
    InputError
        If the thickness of a single plane is unknown, or the lattice would be too large.
    """
    planes = _planes(contours, normal, lone_plane_mm)
    levels_mm, _ = distinct_levels(np.concatenate([stack.levels for stack in planes.values()]))
    even = _even_lattice(planes, levels_mm)
    lattice = even or _lattice_between(planes, levels_mm)
    box = _Box.around(contours, normal)
    lowest, highest = _reach(planes, lattice)
    _check_planes(highest - lowest + 1)
    grid = box.grid(lattice, lowest - _PADDING_VOX, highest + _PADDING_VOX)
    order, flips = grid.patient_order()
    named = _named_images(contours, normal, lattice) if even else ()
    return ContourGrid(
        grid=grid.reordered(order, flips),
        axis=order.index(box.across),
        slices=SliceStack(box.middle(lattice.first_mm), normal * lattice.step_mm, lattice.count, named),
        is_cropped=True,
        findings=(_own_grid_finding(reason, grid), *(() if even else _uneven_finding(levels_mm, lattice))),
    )


def _planes(
    contours: ContourGroups, normal: FloatArray, lone_plane_mm: float | None
) -> Mapping[str, PlaneDistances]:
    """Return the planes of each structure, in mm along the normal."""
    levels = {subject: distinct_levels(heights_mm(group, normal))[0] for subject, group in contours.items()}
    stacks = {subject: PlaneDistances.of(rising, 0.0) for subject, rising in levels.items()}
    known_mm = [stack.typical for stack in stacks.values() if stack.typical > 0]
    alone_mm = min(known_mm, default=lone_plane_mm)
    if alone_mm is None:
        message = (
            f"structure {' and '.join(stacks)} is drawn on a single plane, so its thickness is unknown. Give "
            "the images that it was drawn on too, or choose a structure with two planes or more"
        )
        raise InputError(message)
    return {subject: PlaneDistances.of(rising, alone_mm) for subject, rising in levels.items()}


def _even_lattice(planes: Mapping[str, PlaneDistances], levels_mm: FloatArray) -> PlaneLattice | None:
    """Return the lattice that all planes lie on, None where there is none of a reasonable distance."""
    finest_mm = min(stack.typical for stack in planes.values())
    lattice = fitted_lattice(levels_mm, PlaneDistances.of(levels_mm, finest_mm).typical)
    return None if lattice is None or lattice.step_mm < _TOO_FINE * finest_mm else lattice


def _lattice_between(planes: Mapping[str, PlaneDistances], levels_mm: FloatArray) -> PlaneLattice:
    """Return the lattice of the finest structure, or where that has none, one that divides its height."""
    finest = min(planes.values(), key=lambda stack: stack.typical)
    lattice = fitted_lattice(finest.levels, finest.typical)
    if lattice is None:
        low_mm, high_mm = finest.ends()
        count = round((high_mm - low_mm) / finest.typical)
        step_mm = (high_mm - low_mm) / count
        lattice = PlaneLattice(low_mm + step_mm / 2, step_mm, count)
    first, last = np.rint(lattice.positions(levels_mm[[0, -1]])).astype(int)
    return PlaneLattice(lattice.first_mm + first * lattice.step_mm, lattice.step_mm, int(last - first) + 1)


def _reach(planes: Mapping[str, PlaneDistances], lattice: PlaneLattice) -> tuple[int, int]:
    """Return the first and the last plane of the lattice that anything may lie on."""
    ends = lattice.positions(np.array([stack.ends() for stack in planes.values()]))
    return int(np.floor(ends.min())), int(np.ceil(ends.max()))


def _check_planes(count: int) -> None:
    if count > MOST_PLANES:
        message = (
            f"the contours lie on planes that would need {count} evenly spaced ones; at most {MOST_PLANES} "
            "are used. Choose fewer structures, or export them as a DICOM SEG"
        )
        raise InputError(message)


@dataclass(frozen=True, eq=False)
class _Box:
    """A box around contours whose edges lie along their normal and near to the patient's axes.

    Parameters
    ----------
    axes
        Shape (3, 3): column n is the unit vector nearest to patient axis n.
    across
        The column that is the normal.
    low_mm, high_mm
        Shape (3,): along those axes.
    detail_mm
        In-plane extent of the smallest structure.
    """

    axes: FloatArray
    across: int
    low_mm: FloatArray
    high_mm: FloatArray
    detail_mm: float

    @classmethod
    def around(cls, contours: ContourGroups, normal: FloatArray) -> _Box:
        across = int(np.argmax(np.abs(normal)))
        axes = _turned_to(normal, across)
        low, high = np.array([_bounds(group, axes) for group in contours.values()]).swapaxes(0, 1)
        extent_mm = np.delete(high - low, across, axis=1).max(axis=1)
        return cls(axes, across, low.min(axis=0), high.max(axis=0), float(extent_mm.min()))

    def middle(self, height_mm: float) -> FloatArray:
        """Return the LPS point in the middle of the plane at a height along the normal."""
        place = (self.low_mm + self.high_mm) / 2
        place[self.across] = height_mm
        return np.asarray(self.axes @ place)

    def grid(self, lattice: PlaneLattice, lowest: int, highest: int) -> VoxelGrid:
        """Return the voxels from one plane of the lattice to another, axes as those of the box."""
        count = self._pixels(highest - lowest + 1)
        spacing = (self.high_mm - self.low_mm) / count
        start = self.low_mm + (0.5 - _PADDING_VOX) * spacing
        shape = count + 2 * _PADDING_VOX
        spacing[self.across] = lattice.step_mm
        start[self.across] = lattice.first_mm + lowest * lattice.step_mm
        shape[self.across] = highest - lowest + 1
        affine = np.eye(4)
        affine[:3, :3] = self.axes * spacing
        affine[:3, 3] = self.axes @ start
        return VoxelGrid((int(shape[0]), int(shape[1]), int(shape[2])), affine)

    def _pixels(self, planes: int) -> npt.NDArray[np.int_]:
        """Return how many pixels lie along each axis; the one across is without meaning."""
        width, height = np.delete(self.high_mm - self.low_mm, self.across)
        pixel_mm = max(
            float(np.clip(self.detail_mm / _PIXELS_PER_EXTENT, _LEAST_PIXEL_MM, _MOST_PIXEL_MM)),
            max(width, height) / _MOST_PIXELS,
            float(np.sqrt(width * height * planes / MOST_VOXELS)),
        )
        return np.maximum(np.ceil((self.high_mm - self.low_mm) / pixel_mm - 1e-6), 1).astype(int)


def _turned_to(normal: FloatArray, across: int) -> FloatArray:
    """Return the smallest rotation that takes patient axis `across` to the normal (Rodrigues)."""
    axis = np.eye(3)[across]
    x, y, z = np.cross(axis, normal)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + axis @ normal))


def _bounds(group: Sequence[Contour], axes: FloatArray) -> tuple[FloatArray, FloatArray]:
    places = np.concatenate([contour.points_lps for contour in group]) @ axes
    return places.min(axis=0), places.max(axis=0)


def _named_images(contours: ContourGroups, normal: FloatArray, lattice: PlaneLattice) -> tuple[str, ...]:
    """Return the image that each plane was drawn on; empty unless every plane names one of its own."""
    named: dict[int, set[str]] = {}
    for group in contours.values():
        numbers = np.rint(lattice.positions(heights_mm(group, normal))).astype(int)
        for number, contour in zip(numbers.tolist(), group, strict=True):
            named.setdefault(number, set()).add(contour.image_uid)
    uids = tuple(chain(*named.values()))
    if "" in uids or len(set(uids)) != lattice.count or len(uids) != len(named):
        return ()
    return tuple(next(iter(named[number])) for number in range(lattice.count))


def _own_grid_finding(reason: str, grid: VoxelGrid) -> Finding:
    spacing = " x ".join(f"{step:.2f}" for step in grid.spacing_mm)
    return Finding.info(
        "grid_of_contours",
        f"{reason}, so the voxels ({spacing} mm) are made on the planes of the contours themselves",
    )


def _uneven_finding(levels_mm: FloatArray, lattice: PlaneLattice) -> tuple[Finding, ...]:
    gaps = np.diff(levels_mm)
    return (
        Finding.warning(
            "uneven_planes",
            f"the planes of the contours are uneven ({gaps.min():.2f} to {gaps.max():.2f} mm apart); "
            f"the shape between them is interpolated, onto planes {lattice.step_mm:.2f} mm apart. Compare "
            "the sections with the images",
        ),
    )
