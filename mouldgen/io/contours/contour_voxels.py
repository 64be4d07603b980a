"""Contours of several structures to one label volume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray
from mouldgen.images import LabelVolume
from mouldgen.io.contours.contour import Contour
from mouldgen.io.contours.contour_grid import ContourGrid
from mouldgen.io.contours.contour_planes import PlaneDistances, distinct_levels, on_lattice_mm
from mouldgen.io.contours.overlaps import overlapping_pixels, pixel_box
from mouldgen.io.contours.rasterising import Mask
from mouldgen.io.contours.sections import Sections
from mouldgen.io.contours.self_crossing import count_self_crossing

__all__ = ["OutlinedStructure", "PaintedStructures", "paint_structures"]


@dataclass(frozen=True, eq=False)
class OutlinedStructure:
    """The contours of one structure.

    Parameters
    ----------
    number
        Its label.
    subject
        What messages call it.
    contours
        Closed, each enclosing an area; at least one.
    """

    number: int
    subject: str
    contours: tuple[Contour, ...]


@dataclass(frozen=True, eq=False)
class PaintedStructures:
    """The voxels of structures.

    Parameters
    ----------
    labels
        Where structures overlap, the first.
    overlap_vox
        Voxels that belong to more than one of them.
    voxels_of
        How many voxels each has, by number, those that it shares included.
    findings
        What making them found.
    """

    labels: LabelVolume
    overlap_vox: int
    voxels_of: Mapping[int, int]
    findings: tuple[Finding, ...]


def paint_structures(structures: Sequence[OutlinedStructure], lattice: ContourGrid) -> PaintedStructures:
    """Return the voxels whose centres lie in structures.

    Parameters
    ----------
    structures
        The first have precedence.
    lattice
        Around all contours, its planes parallel to them.
    """
    canvas = _Canvas(lattice)
    findings: list[Finding] = []
    voxels_of = {}
    for structure in structures:
        window = _Window.around(structure, lattice)
        voxels_of[structure.number] = canvas.paint(structure.number, window)
        findings.extend(window.sections.findings(structure.subject, lattice.step_mm))
        findings.extend(_overlap_finding(structure.subject, window, lattice.grid.voxel_mm3))
        findings.extend(_crossing_finding(structure.subject, window))
    return PaintedStructures(canvas.volume(), canvas.overlap_vox, voxels_of, tuple(findings))


@dataclass(frozen=True, eq=False)
class _Window:
    """The part of every plane that one structure lies in.

    Parameters
    ----------
    start, shape
        First pixel and number of pixels along the two axes of a plane.
    rings
        For each plane with contours, shape (N, 2) each, in pixels of the window.
    sections
        In every plane of the lattice.
    """

    start: tuple[int, int]
    shape: tuple[int, int]
    rings: tuple[tuple[FloatArray, ...], ...]
    sections: Sections

    @classmethod
    def around(cls, structure: OutlinedStructure, lattice: ContourGrid) -> _Window:
        places = [lattice.grid.to_indices(contour.points_lps) for contour in structure.contours]
        axes = list(lattice.plane_axes)
        shape = lattice.grid.shape[axes[0]], lattice.grid.shape[axes[1]]
        start, size = pixel_box([place[:, axes] for place in places], shape)
        levels, member = _levels([place[:, lattice.axis] for place in places], lattice.step_mm)
        rings: list[list[FloatArray]] = [[] for _ in levels]
        for place, plane in zip(places, member.tolist(), strict=True):
            rings[plane].append(place[:, axes] - start)
        pixel_mm = lattice.grid.spacing_mm[axes]
        sections = Sections(PlaneDistances.of(levels, 1.0), rings, size, pixel_mm)
        return cls(start, size, tuple(tuple(plane) for plane in rings), sections)


def _levels(heights: Sequence[FloatArray], step_mm: float) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Return the planes that contours lie in, and which of them each lies in; see `distinct_levels`.

    Those near to a plane of the lattice lie on it.
    """
    middles = np.array([(part.min() + part.max()) / 2 for part in heights])
    nearest = np.rint(middles)
    on_lattice = np.abs(middles - nearest) * step_mm <= on_lattice_mm(step_mm) * (1 + 1e-6)
    return distinct_levels(np.where(on_lattice, nearest, middles), step_mm)


def _overlap_finding(subject: str, window: _Window, voxel_mm3: float) -> Iterator[Finding]:
    lost = [overlapping_pixels(plane, window.shape) for plane in window.rings]
    if not any(lost):
        return
    yield Finding.warning(
        "overlapping_contours",
        f"contours of structure {subject} overlap in part, or are drawn twice (number of planes: "
        f"{np.count_nonzero(lost)}; {sum(lost) * voxel_mm3:.3g} mm3); what lies in two of them is "
        "left out. Compare these sections with the images",
    )


def _crossing_finding(subject: str, window: _Window) -> Iterator[Finding]:
    count = sum(count_self_crossing(plane, window.shape) for plane in window.rings)
    if count:
        yield Finding.warning(
            "self_crossing_contours",
            f"contours of structure {subject} that cross themselves: {count}; what they go around twice is "
            "left out, so that the structure is too small. Draw them again, or compare these sections with "
            "the images",
        )


class _Canvas:
    """Labels of a lattice while they are painted, plane by plane."""

    def __init__(self, lattice: ContourGrid) -> None:
        self._grid = lattice.grid
        self._order = (*lattice.plane_axes, lattice.axis)
        self._labels = np.zeros(lattice.grid.shape, np.uint16, order="F")
        self._shared: Mask | None = None
        self._is_blank = True

    def paint(self, number: int, window: _Window) -> int:
        """Paint a structure where nothing is yet, and return how many voxels it has."""
        planes = self._labels.transpose(self._order)
        (u, v), (columns, rows) = window.start, window.shape
        count = 0
        for plane, section in window.sections:
            if not 0 <= plane < planes.shape[2]:
                continue
            labels = planes[u : u + columns, v : v + rows, plane]
            if self._is_blank:
                np.copyto(labels, number, where=section)
            else:
                taken = section & (labels > 0)
                if taken.any():
                    self._shared_planes()[u : u + columns, v : v + rows, plane] |= taken
                np.copyto(labels, number, where=section & ~taken)
            count += int(np.count_nonzero(section))
        self._is_blank = False
        return count

    def _shared_planes(self) -> Mask:
        if self._shared is None:
            self._shared = np.zeros_like(self._labels, np.bool_)
        return self._shared.transpose(self._order)

    @property
    def overlap_vox(self) -> int:
        """Voxels that belong to more than one structure."""
        return 0 if self._shared is None else int(np.count_nonzero(self._shared))

    def volume(self) -> LabelVolume:
        """Return the labels; nothing can be painted afterwards."""
        self._labels.flags.writeable = False
        return LabelVolume(self._labels, self._grid)
