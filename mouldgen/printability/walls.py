"""The thinnest walls and the narrowest gaps of a part, by rays from its surface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw, at, part_flaw
from mouldgen.printability.samples import SurfaceSamples

__all__ = ["Narrowness", "narrowest", "wall_flaws"]

_LINKED_MM = 3.0
_LOW_MM = 1.0
"""Walls lower than this are relief, such as the plastic between the strokes of a letter."""

_SPECK_MM2 = 1.0


@dataclass(frozen=True, eq=False)
class Narrowness:
    """Where walls or gaps are narrower than a limit.

    Parameters
    ----------
    least_mm
        The narrowest of all, relief left out; infinite if none was in reach.
    least_at_mm
        Where.
    places_mm
        One point of every patch that is narrower than the limit, the narrowest first, shape (K, 3).
    widths_mm, areas_mm2
        The narrowest width, and the area, of every patch.
    """

    least_mm: float
    least_at_mm: FloatArray
    places_mm: FloatArray
    widths_mm: FloatArray
    areas_mm2: FloatArray


def narrowest(samples: SurfaceSamples, widths_mm: FloatArray, limit_mm: float) -> Narrowness:
    """Return the least of widths that were measured from samples, and the patches below a limit.

    Patches that are less than 1 mm high or smaller than 1 mm2 are relief and rounding, and do not count.
    """
    narrow = np.flatnonzero(widths_mm < limit_mm)
    patches = list(_patches(samples.points_mm[narrow]))
    patches = [narrow[patch] for patch in patches]
    counted = [patch for patch in patches if _counts(samples, patch)]
    ignored = np.setdiff1d(narrow, np.concatenate([*counted, narrow[:0]]))
    remaining = widths_mm.copy()
    remaining[ignored] = np.inf
    least = int(remaining.argmin())
    counted.sort(key=lambda patch: float(widths_mm[patch].min()))
    thinnest = np.array([patch[widths_mm[patch].argmin()] for patch in counted], np.int64)
    return Narrowness(
        float(remaining[least]),
        samples.points_mm[least],
        samples.points_mm[thinnest],
        widths_mm[thinnest],
        np.array([len(patch) * samples.mm2_each / 2 for patch in counted]),
    )


def wall_flaws(name: str, walls: Narrowness, printer: PrinterParameters) -> Iterator[Flaw]:
    """Say where walls are thinner than the process prints."""
    if len(walls.places_mm):
        yield part_flaw(
            name,
            Severity.WARNING,
            "thin_wall",
            f"a wall of {walls.widths_mm[0]:.2f} mm {at(walls.places_mm[0])}{_elsewhere(walls)}; the "
            f"{printer.name} prints {printer.least_wall_mm:g} mm or more. Make it thicker (mould.wall_mm, "
            "thicker slabs, a narrower slot), or print finer",
            walls.places_mm,
        )


def _elsewhere(found: Narrowness) -> str:
    count = len(found.places_mm) - 1
    area = f", {found.areas_mm2.sum():.0f} mm2 in all"
    return f" and in {count} other place{'' if count == 1 else 's'}{area}" if count else area


def _patches(points: FloatArray) -> Iterator[npt.NDArray[np.intp]]:
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


def _counts(samples: SurfaceSamples, patch: npt.NDArray[np.intp]) -> bool:
    """Return whether a patch is more than relief; a thin sheet lies flat, and is wide."""
    is_upright = bool(np.abs(samples.normals[patch, 2]).mean() < 0.7)
    is_low = is_upright and float(np.ptp(samples.points_mm[patch, 2])) < _LOW_MM
    return not is_low and len(patch) * samples.mm2_each / 2 >= _SPECK_MM2
