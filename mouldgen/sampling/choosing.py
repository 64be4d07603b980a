"""Takes the best places that are apart from each other, slab by slab in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.sampling.probability_map import ProbabilityMap, Window

__all__ = ["Candidates", "Place", "SlabRoom", "candidates_of"]

BoolArray = npt.NDArray[np.bool_]

_ALIKE = 1e-3
_TOUCHING_MM = 1e-9


@dataclass(frozen=True)
class Place:
    """A place within a slab, mould mm."""

    y_mm: float
    z_mm: float


class SlabRoom:
    """Where punches stand in a slab already.

    Parameters
    ----------
    spacing_mm
        Least distance of two punches' axes.
    """

    def __init__(self, spacing_mm: float) -> None:
        self._spacing_mm = spacing_mm
        self._taken: list[tuple[float, float]] = []

    def take(self, place: Place) -> None:
        """Put a punch there."""
        self._taken.append((place.y_mm, place.z_mm))

    def distance_mm(self, place: Place) -> float:
        """Return the distance to the nearest punch; infinite where there is none."""
        offsets = np.array(self._taken).reshape(-1, 2) - (place.y_mm, place.z_mm)
        return float(np.hypot(*offsets.T).min(initial=np.inf))

    def has_room(self, place: Place) -> bool:
        """Return whether a punch may stand there."""
        return self.distance_mm(place) >= self._spacing_mm - _TOUCHING_MM

    def mask(self, window: Window) -> BoolArray:
        """Return where in a window a punch may stand; shape (Y, Z)."""
        free = np.ones((window.y_mm.size, window.z_mm.size), bool)
        for y_mm, z_mm in self._taken:
            squared = np.add.outer((window.y_mm - y_mm) ** 2, (window.z_mm - z_mm) ** 2)
            free &= squared >= max(self._spacing_mm - _TOUCHING_MM, 0.0) ** 2
        return free


class Candidates:
    """Places for one habitat in one slab, each with a rank.

    Parameters
    ----------
    window
        The places.
    rank
        Shape (Y, Z): the higher, the better; minus infinity where no punch may stand.
    """

    def __init__(self, window: Window, rank: FloatArray) -> None:
        self.window = window
        self._rank = rank

    @property
    def count(self) -> int:
        """How many places are left."""
        return int(np.count_nonzero(np.isfinite(self._rank)))

    def best(self) -> tuple[float, Place] | None:
        """Return the best rank and its place, the first in order of y and z among equals."""
        if not self._rank.size:
            return None
        at = np.unravel_index(int(self._rank.argmax()), self._rank.shape)
        rank = float(self._rank[at])
        return (rank, self._place(*at)) if np.isfinite(rank) else None

    def nearest_first(self, to: Place, within_mm: float) -> list[Place]:
        """Return the places within a distance of another one, the nearest first."""
        squared = np.add.outer((self.window.y_mm - to.y_mm) ** 2, (self.window.z_mm - to.z_mm) ** 2)
        rows, columns = np.nonzero(np.isfinite(self._rank) & (squared <= within_mm**2))
        order = np.lexsort((-self._rank[rows, columns], np.round(squared[rows, columns], 6)))
        return [self._place(rows[n], columns[n]) for n in order]

    def remove(self, place: Place) -> None:
        """Leave a place out from now on."""
        row = int(np.abs(self.window.y_mm - place.y_mm).argmin())
        column = int(np.abs(self.window.z_mm - place.z_mm).argmin())
        self._rank[row, column] = -np.inf

    def keep(self, allowed: BoolArray) -> None:
        """Leave out all places where `allowed`, shape (Y, Z), is false."""
        self._rank[~allowed] = -np.inf

    def _place(self, row: int | np.integer, column: int | np.integer) -> Place:
        # micrometres: what is written is what was scored
        return Place(round(float(self.window.y_mm[row]), 3), round(float(self.window.z_mm[column]), 3))


def candidates_of(maps: Sequence[ProbabilityMap], allowed: Sequence[BoolArray]) -> Candidates:
    """Return the places of one habitat in one slab, ranked by the best of its cores.

    Probabilities within 0.001 count as equal; of such places the one that is more surrounded by its habitat
    comes first.

    Parameters
    ----------
    maps
        One for each core of the slab, over one window.
    allowed
        One for each map, shape (Y, Z): where a punch may stand.
    """
    ranks = [
        np.where(mask, np.round(item.probability / _ALIKE) + 0.999 * item.surrounded, -np.inf)
        for item, mask in zip(maps, allowed, strict=True)
    ]
    return Candidates(maps[0].window, np.maximum.reduce(ranks).astype(np.float64))
