"""The thinnest walls and the narrowest gaps of a part, by rays from its surface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw, at, part_flaw
from mouldgen.printability.samples import SurfaceSamples

__all__ = ["Narrowness", "Patch", "PatchKind", "narrowest", "wall_flaws"]

_LINKED_MM = 3.0
_LOW_MM = 1.0
_SPECK_MM2 = 1.0
_RELIEF_REACH = 2.5
"""Letters stand apart by up to this many times the least wall."""

_EDGE_THIN, _EDGE_EVENNESS = 0.4, 2 / 3
"""The thinnest fifth of an edge is below these shares of the limit, and of its thickest; a wall is even."""

_FILM_SHARE = 0.5
"""Of the least wall, which is two lines: less than one line."""

_FILM_MM2 = 100.0

IndexArray = npt.NDArray[np.intp]


class PatchKind(Enum):
    """What a narrow place is."""

    WALL = "a wall, or a gap, of even width"
    FILM = "a small sheet that is so thin that the slicer leaves it out"
    EDGE = "the edge of a wedge, which thins out to nothing"
    RELIEF = "less than 1 mm high, or less than 1 mm2: between the strokes of a letter, or rounding"


@dataclass(frozen=True)
class Patch:
    """A place that is narrower than a limit.

    Parameters
    ----------
    kind
        What it is.
    width_mm
        Its narrowest width.
    place_mm
        Where that is.
    area_mm2
        Of the place.
    """

    kind: PatchKind
    width_mm: float
    place_mm: tuple[float, float, float]
    area_mm2: float


@dataclass(frozen=True)
class Narrowness:
    """How narrow walls or gaps are.

    Parameters
    ----------
    least_mm
        The narrowest of all that are walls or gaps of even width; infinite if none was in reach.
    patches
        Places below the limit, the narrowest first.
    """

    least_mm: float
    patches: tuple[Patch, ...]

    def of_kind(self, kind: PatchKind) -> tuple[Patch, ...]:
        """Return the patches of a kind."""
        return tuple(patch for patch in self.patches if patch.kind is kind)


def narrowest(samples: SurfaceSamples, widths_mm: FloatArray, limit_mm: float) -> Narrowness:
    """Return the least of widths that were measured from samples, and the places below a limit."""
    narrow = np.flatnonzero(widths_mm < limit_mm)
    remaining = widths_mm.copy()
    patches = []
    for group in _linked(samples.points_mm[narrow]):
        places = narrow[group]
        kind = _kind(samples, widths_mm[places], places, limit_mm)
        if kind is not PatchKind.WALL:
            remaining[places] = np.inf
        thinnest = places[widths_mm[places].argmin()]
        x, y, z = (float(value) for value in samples.points_mm[thinnest])
        area = len(places) * samples.mm2_each / 2
        patches.append(Patch(kind, float(widths_mm[thinnest]), (x, y, z), area))
    least = _without_relief(samples, remaining, _RELIEF_REACH * limit_mm).min()
    return Narrowness(float(least), tuple(sorted(patches, key=lambda patch: patch.width_mm)))


def _without_relief(samples: SurfaceSamples, widths_mm: FloatArray, below_mm: float) -> FloatArray:
    """Return the widths, infinite where they belong to relief, such as letters thicker than the limit."""
    remaining = widths_mm.copy()
    narrow = np.flatnonzero(widths_mm < below_mm)
    for group in _linked(samples.points_mm[narrow]):
        if _is_low(samples, narrow[group]):
            remaining[narrow[group]] = np.inf
    return remaining


def wall_flaws(name: str, walls: Narrowness, printer: PrinterParameters) -> Iterator[Flaw]:
    """Say where walls are thinner than the process prints."""
    thin = walls.of_kind(PatchKind.WALL)
    if thin:
        yield part_flaw(
            name,
            Severity.WARNING,
            "thin_wall",
            f"a wall of {_most_of(thin)}; the {printer.name} prints {printer.least_wall_mm:g} mm or more. "
            "Make it thicker (mould.wall_mm, thicker slabs, a narrower slot), or print finer",
            [patch.place_mm for patch in thin],
        )
    films = walls.of_kind(PatchKind.FILM)
    if films:
        yield part_flaw(
            name,
            Severity.INFO,
            "film",
            f"a film of {_most_of(films)}: slicers leave it out, which does no harm",
            [patch.place_mm for patch in films],
        )


def _most_of(patches: tuple[Patch, ...]) -> str:
    """Return for instance ``0.50 mm at x ... mm and in 2 other places, 14 mm2 in all``."""
    count = len(patches) - 1
    others = f" and in {count} other place{'' if count == 1 else 's'}" if count else ""
    area = sum(patch.area_mm2 for patch in patches)
    return f"{patches[0].width_mm:.2f} mm {at(patches[0].place_mm)}{others}, {area:.0f} mm2 in all"


def _kind(samples: SurfaceSamples, widths: FloatArray, places: IndexArray, limit_mm: float) -> PatchKind:
    area = len(places) * samples.mm2_each / 2
    thin, thick = np.percentile(widths, [20, 80]) / limit_mm
    if thick < _FILM_SHARE and area < _FILM_MM2:
        return PatchKind.FILM
    if area < _SPECK_MM2 or _is_low(samples, places):
        return PatchKind.RELIEF
    is_edge = thick >= _FILM_SHARE and thin < min(_EDGE_THIN, _EDGE_EVENNESS * thick)
    return PatchKind.EDGE if is_edge else PatchKind.WALL


def _is_low(samples: SurfaceSamples, places: IndexArray) -> bool:
    """Return whether upright walls are less than 1 mm high."""
    is_upright = bool(np.abs(samples.normals[places, 2]).mean() < 0.7)
    return is_upright and float(np.ptp(samples.points_mm[places, 2])) < _LOW_MM


def _linked(points: FloatArray) -> Iterator[IndexArray]:
    """Yield the indices of points that lie within 3 mm of each other."""
    if not len(points):
        return
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    pairs = KDTree(points).query_pairs(_LINKED_MM, output_type="ndarray")
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    count, labels = connected_components(links, directed=False)
    for label in range(count):
        yield np.flatnonzero(labels == label)
