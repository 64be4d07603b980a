"""Chooses the places of one habitat, slab by slab in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mouldgen.sampling.choosing import Candidates, SlabRoom
from mouldgen.sampling.punches import Punch, PunchBench
from mouldgen.sampling.survey import HabitatPlaces
from mouldgen.slicing import Slab

__all__ = ["PlaceChooser"]

MOST_TRIES = 200
"""Places of one slab that the map promises and the voxels refuse, until the slab is given up."""


@dataclass(frozen=True)
class PlaceChooser:
    """Puts punches into slabs.

    Parameters
    ----------
    slabs, rooms
        By slab id; punches that are chosen are put into the rooms.
    bench
        What decides by the original voxels.
    """

    slabs: Mapping[str, Slab]
    rooms: Mapping[str, SlabRoom]
    bench: PunchBench

    def choose(self, places: HabitatPlaces, quota: int, given: Counter[str]) -> list[Punch]:
        """Return the punches of a habitat.

        Each next place goes to the slab that has the fewest of this habitat so far, and of several such
        slabs to the one with the most probable place.

        Parameters
        ----------
        places
            Where it could be sampled; used up.
        quota
            How many places it gets.
        given
            Places that a user gave for this habitat, by slab id; they count.
        """
        counts, numbers = Counter(given), Counter[str]()
        offers = {slab_id: self._offers(slab_id, places) for slab_id in places.by_slab}
        ready: dict[str, tuple[Punch, ...]] = {}
        chosen: list[Punch] = []
        while counts.total() < quota:
            for slab_id in sorted(offers.keys() - ready.keys()):
                ready[slab_id] = next(offers[slab_id], ())
            ready = {slab_id: punches for slab_id, punches in ready.items() if punches}
            offers = {slab_id: offers[slab_id] for slab_id in ready}
            if not ready:
                break
            slab_id = min(ready, key=lambda key: (counts[key], -_surety(ready[key]), self.slabs[key].index))
            punches = ready.pop(slab_id)
            self.rooms[slab_id].take(*(punch.place for punch in punches))
            counts[slab_id] += 1
            numbers[slab_id] += 1
            chosen.extend(punch.numbered(numbers[slab_id], n) for n, punch in enumerate(punches, 1))
        return chosen

    def _offers(self, slab_id: str, places: HabitatPlaces) -> Iterator[tuple[Punch, ...]]:
        """Give the best place of a slab that has room, again and again; the room changes in between."""
        candidates, room = places.by_slab[slab_id], self.rooms[slab_id]
        tries = 0
        while tries < MOST_TRIES:
            candidates.leave_room(room)
            place = candidates.best()
            if place is None:
                return
            first = self.bench.settled(self.slabs[slab_id], place, places.label)
            punches = self._with_replicates(first, candidates, room.spacing_mm) if first else ()
            if punches:
                yield punches
                continue
            tries += 1
            if first:
                candidates.pass_over(place, room.spacing_mm / 4)
            else:
                candidates.remove(place)

    def _with_replicates(self, first: Punch, candidates: Candidates, spacing_mm: float) -> tuple[Punch, ...]:
        """Return a punch and its replicates beside it; empty where they do not all find room."""
        beside = self.bench.sites.replicates - 1
        if not beside:
            return (first,)
        for _ in range(MOST_TRIES):
            places = candidates.beside(first.place, beside, spacing_mm)
            if len(places) < beside:
                return ()
            punches = {
                place: self.bench.settled(first.core.slab, place, first.label or 0) for place in places
            }
            settled = tuple(punch for punch in punches.values() if punch is not None)
            if len(settled) == beside:
                return (first, *settled)
            for place, punch in punches.items():
                if punch is None:
                    candidates.remove(place)
        return ()


def _surety(punches: tuple[Punch, ...]) -> float:
    """Return the least probability of the punches at a place, rounded so that noise decides nothing."""
    return round(min(punch.score.hit_probability for punch in punches), 3)
