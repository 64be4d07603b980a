"""Chooses places for one habitat after another, hardest first, and slab by slab in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mouldgen.sampling.choosing import Candidates, Place, SlabRoom
from mouldgen.sampling.punches import Punch, PunchBench
from mouldgen.slicing import Slab

__all__ = ["HabitatPlaces", "choose_places"]

MOST_TRIES = 200
"""Places of one slab that the map promises and the voxels refuse, until the slab is given up."""


@dataclass(frozen=True, eq=False)
class HabitatPlaces:
    """Where a habitat could be sampled.

    Parameters
    ----------
    label
        The habitat.
    quota
        Places that it gets.
    by_slab
        Candidates by slab id.
    """

    label: int
    quota: int
    by_slab: Mapping[str, Candidates]

    @property
    def count(self) -> int:
        """How many places there are: the fewer, the harder the habitat."""
        return sum(candidates.count for candidates in self.by_slab.values())


def choose_places(
    places: HabitatPlaces,
    slabs: Mapping[str, Slab],
    rooms: Mapping[str, SlabRoom],
    bench: PunchBench,
    given: Counter[str],
) -> list[tuple[Punch, ...]]:
    """Return the punches of a habitat, those of one place together.

    Each next place goes to the slab that has the fewest of this habitat so far, the best one first.

    Parameters
    ----------
    places
        Where it could be sampled; used up.
    slabs, rooms
        By slab id; punches are put into the rooms.
    bench
        What decides by the original voxels.
    given
        Places that a user gave for this habitat, by slab id.
    """
    counts = Counter(given)
    open_slabs = dict(places.by_slab)
    chosen: list[tuple[Punch, ...]] = []
    found = {
        slab_id: _places_of(slabs[slab_id], candidates, rooms[slab_id], bench, places.label)
        for slab_id, candidates in open_slabs.items()
    }
    waiting: dict[str, tuple[Punch, ...]] = {}
    while counts.total() < places.quota and open_slabs:
        for slab_id in list(open_slabs):
            if slab_id not in waiting:
                punches = next(found[slab_id], None)
                if punches is None:
                    del open_slabs[slab_id]
                else:
                    waiting[slab_id] = punches
        if not waiting:
            break
        slab_id = min(waiting, key=lambda key: (counts[key], -_rank(waiting[key]), slabs[key].index))
        punches = waiting.pop(slab_id)
        for punch in punches:
            rooms[slab_id].take(punch.place)
        counts[slab_id] += 1
        chosen.append(punches)
    return chosen


def _rank(punches: tuple[Punch, ...]) -> float:
    return round(min(punch.score.hit_probability for punch in punches), 3)


def _places_of(
    slab: Slab, candidates: Candidates, room: SlabRoom, bench: PunchBench, label: int
) -> Iterator[tuple[Punch, ...]]:
    """Give the best place that has room, again and again; the room changes in between."""
    tries = 0
    while tries < MOST_TRIES:
        candidates.keep(room.mask(candidates.window))
        best = candidates.best()
        if best is None:
            return
        place = best[1]
        candidates.remove(place)
        first = bench.settled(slab, place, label)
        punches = first and _with_replicates(slab, first, candidates, room, bench)
        if punches:
            yield punches
        else:
            tries += 1


def _with_replicates(
    slab: Slab, first: Punch, candidates: Candidates, room: SlabRoom, bench: PunchBench
) -> tuple[Punch, ...] | None:
    """Return a punch with its replicates beside it, or None where they do not all find room."""
    wanted = bench.sites.replicates
    spacing_mm = bench.sites.punch_mm + bench.sites.apart_mm
    punches = [first]
    if wanted == 1:
        return (first,)
    for place in candidates.nearest_first(first.place, wanted * spacing_mm):
        if not _apart(place, punches, spacing_mm) or not room.has_room(place):
            continue
        punch = bench.settled(slab, place, first.label or 0)
        if punch is not None:
            punches.append(punch)
        if len(punches) == wanted:
            return tuple(punches)
    return None


def _apart(place: Place, punches: list[Punch], spacing_mm: float) -> bool:
    taken = SlabRoom(spacing_mm)
    for punch in punches:
        taken.take(punch.place)
    return taken.has_room(place)
