"""Places of a slab, ranked, and the room that punches leave each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.sampling.probability_map import ProbabilityMap, Window

__all__ = ["ALIKE", "Candidates", "Place", "SlabRoom", "candidates_of"]

BoolArray = npt.NDArray[np.bool_]

ALIKE = 1e-3
"""Probabilities this close count as equal."""

_ROUNDING_MM = 1e-6


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
        self.spacing_mm = spacing_mm
        self.taken: list[Place] = []

    def take(self, *places: Place) -> None:
        """Put punches there."""
        self.taken.extend(places)

    def distance_mm(self, place: Place) -> float:
        """Return the distance to the nearest punch; infinite where there is none."""
        distances = (np.hypot(one.y_mm - place.y_mm, one.z_mm - place.z_mm) for one in self.taken)
        return float(min(distances, default=np.inf))

    def has_room(self, place: Place) -> bool:
        """Return whether a punch may stand there."""
        return self.distance_mm(place) >= self.spacing_mm - _ROUNDING_MM


class Candidates:
    """Places for one habitat in one slab, each with a rank; they are used up.

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
        self._passed_over = np.zeros(rank.shape, bool)
        self._seen = 0

    @property
    def count(self) -> int:
        """How many places are left."""
        return int(np.count_nonzero(np.isfinite(self._rank)))

    def best(self) -> Place | None:
        """Return the place of highest rank, the first in order of y and z among equals."""
        if not self._rank.size:
            return None
        rank = np.where(self._passed_over, -np.inf, self._rank)
        row, column = np.unravel_index(int(rank.argmax()), rank.shape)
        return self._place(row, column) if np.isfinite(rank[row, column]) else None

    def beside(self, first: Place, count: int, spacing_mm: float) -> list[Place]:
        """Return up to `count` places that are apart from a first one and from each other, nearest first."""
        squared = self._squared_mm2(first)
        rows, columns = np.nonzero(np.isfinite(self._rank) & (squared <= ((count + 1) * spacing_mm) ** 2))
        order = np.lexsort((-self._rank[rows, columns], np.round(squared[rows, columns], 6)))
        places = np.column_stack([self.window.y_mm[rows[order]], self.window.z_mm[columns[order]]])
        free = np.square(places - (first.y_mm, first.z_mm)).sum(axis=1) >= (spacing_mm - _ROUNDING_MM) ** 2
        found: list[Place] = []
        while len(found) < count and free.any():
            nearest = int(free.argmax())
            found.append(self._place(rows[order[nearest]], columns[order[nearest]]))
            apart = np.square(places - places[nearest]).sum(axis=1) >= (spacing_mm - _ROUNDING_MM) ** 2
            free &= apart
            free[nearest] = False
        return found

    def pass_over(self, place: Place, within_mm: float) -> None:
        """Offer no place near this one as the best any more; it may still stand beside another."""
        self._passed_over |= self._squared_mm2(place) <= within_mm**2

    def remove(self, place: Place) -> None:
        """Leave a place out from now on."""
        self._rank[self._squared_mm2(place) < _ROUNDING_MM] = -np.inf

    def leave_room(self, room: SlabRoom) -> None:
        """Leave out what is too near to the punches in a slab; each is looked at once."""
        least_mm2 = max(room.spacing_mm - _ROUNDING_MM, 0.0) ** 2
        for place in room.taken[self._seen :]:
            self._rank[self._squared_mm2(place) < least_mm2] = -np.inf
        self._seen = len(room.taken)

    def _squared_mm2(self, place: Place) -> FloatArray:
        y_mm, z_mm = self.window.y_mm - place.y_mm, self.window.z_mm - place.z_mm
        return np.asarray(np.add.outer(y_mm**2, z_mm**2))

    def _place(self, row: np.integer, column: np.integer) -> Place:
        # micrometres: what is written is what was scored
        return Place(round(float(self.window.y_mm[row]), 3), round(float(self.window.z_mm[column]), 3))


def candidates_of(maps: Sequence[ProbabilityMap], allowed: Sequence[BoolArray]) -> Candidates:
    """Return the places of one habitat in one slab, ranked by the best of its cores.

    Of places that are equally probable, the one that is more surrounded by its habitat comes first.

    Parameters
    ----------
    maps
        One for each core of the slab, over one window.
    allowed
        One for each map, shape (Y, Z): where a punch may stand.
    """
    ranks = [
        np.where(mask, np.round(item.probability / ALIKE) + 0.999 * item.surrounded, -np.inf)
        for item, mask in zip(maps, allowed, strict=True)
    ]
    return _cropped(maps[0].window, np.maximum.reduce(ranks).astype(np.float64))


def _cropped(window: Window, rank: FloatArray) -> Candidates:
    """Return the places without rows and columns in which no punch may stand."""
    finite = np.isfinite(rank)
    rows, columns = np.flatnonzero(finite.any(axis=1)), np.flatnonzero(finite.any(axis=0))
    if not rows.size:
        return Candidates(Window(window.y_mm[:0], window.z_mm[:0]), rank[:0, :0])
    row, column = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return Candidates(Window(window.y_mm[row], window.z_mm[column]), rank[row, column].copy())
