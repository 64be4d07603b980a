"""Where a mould is parted so that every piece fits the bed: along slots if possible, and clear of letters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.mould.body import POST_HALF_WIDTH_MM
from mouldgen.mould.layout import GUIDE_OVERLAP_MM, MARGIN_MM, Layout, Texts
from mouldgen.mould.lettering import text_width_mm
from mouldgen.mould.seams import SEAM_CLEAR_MM, TAB_MM, Seam

__all__ = ["choose_lid_seams", "choose_seams", "fits_bed"]

_MOST_PIECES = (4, 2)
"""Along X and along Y."""

_STEP_MM = 4.0
_CROSSING_COST = 1000.0
_SHORTEST_LID_MM = 40.0
"""A piece of a lid has room for two dowels and its number between them."""

_LEAST_FINGER_MM = 2.0
_FROM_SEAM_MM = 12.0
"""Dowels at the ends of a lid's piece are this far from a seam of the base at least."""


@dataclass(frozen=True)
class _Side:
    """One axis of plate or lid: its ends, where it may be parted, and what should not be parted."""

    ends_mm: tuple[float, float]
    candidates_mm: tuple[float, ...]
    letters_mm: tuple[tuple[float, float], ...] = ()
    tab_mm: float = TAB_MM
    shortest_mm: float = 0.0

    def best(self, count: int, room_mm: float) -> tuple[float, ...] | None:
        """Return the positions that give `count` pieces within the room; None if there are none."""
        if count == 1:
            return () if self.ends_mm[1] - self.ends_mm[0] <= room_mm else None
        choices = [
            (self._price(at), at)
            for at in combinations(self.candidates_mm, count - 1)
            if max(self._lengths(at)) <= room_mm and min(self._lengths(at)) >= self.shortest_mm
        ]
        return min(choices)[1] if choices else None

    def _lengths(self, at: Sequence[float]) -> list[float]:
        """Return the lengths of the pieces; all but the last have tabs."""
        edges = [self.ends_mm[0], *at, self.ends_mm[1]]
        tabs = [self.tab_mm] * len(at) + [0.0]
        return [high - low + tab for (low, high), tab in zip(pairwise(edges), tabs, strict=True)]

    def _price(self, at: Sequence[float]) -> float:
        crossed = sum(
            low - SEAM_CLEAR_MM < x < high + SEAM_CLEAR_MM for x in at for low, high in self.letters_mm
        )
        return round(_CROSSING_COST * crossed + max(self._lengths(at)), 6)


def choose_seams(
    layout: Layout,
    texts: Texts,
    size_mm: Sequence[float] | FloatArray,
    bed_mm: Sequence[float],
    margin_mm: float,
) -> tuple[Seam, ...] | None:
    """Return the seams that make every piece fit; None if no choice does.

    Fewest pieces come first, then pieces parted along slots, where the plastic is only the baseplate; then
    seams that cross no letters, then the shortest pieces.

    Parameters
    ----------
    layout, texts
        Of the mould.
    size_mm
        Of the base.
    bed_mm
        Build volume of the printer; pieces may be turned by 90 degrees.
    margin_mm
        Kept free along the edge of the bed.
    """
    if size_mm[2] > bed_mm[2]:
        return None
    room = (bed_mm[0] - 2 * margin_mm, bed_mm[1] - 2 * margin_mm)
    for x_count, y_count, rooms in _ways(size_mm, room):
        for candidates in (layout.slot_x_mm, _free_x_mm(layout)):
            x_side = _Side(layout.plate_x_mm, tuple(candidates), tuple(_letters_along_x(layout, texts)))
            y_side = _Side(layout.plate_y_mm, tuple(_free_y_mm(layout)), tuple(_letters_along_y(layout)))
            x_at, y_at = x_side.best(x_count, rooms[0]), y_side.best(y_count, rooms[1])
            if x_at is not None and y_at is not None:
                return (*(Seam(0, x) for x in x_at), *(Seam(1, y) for y in y_at))
    return None


def choose_lid_seams(
    layout: Layout,
    seams: Sequence[Seam],
    size_mm: Sequence[float] | FloatArray,
    bed_mm: Sequence[float],
    margin_mm: float,
) -> tuple[float, ...] | None:
    """Return where a lid is parted across X so that every piece fits; None if no choice makes them fit.

    Only the spine joins the fingers of a lid, so that it can be parted between them alone. It is parted
    above seams of the base if possible, so that each piece lies on one piece of the base, else in any slots.

    Parameters
    ----------
    layout
        Of the mould.
    seams
        Of the base.
    size_mm
        Of the lid.
    bed_mm, margin_mm
        Build volume of the printer, and what is kept free at its edge.
    """
    if size_mm[2] > bed_mm[2]:
        return None
    room = (bed_mm[0] - 2 * margin_mm, bed_mm[1] - 2 * margin_mm)
    above = tuple(seam.at_mm for seam in seams if seam.axis == 0)
    in_slots = tuple(x for x in layout.slot_x_mm if _is_clear_of(above, x))
    for candidates in (tuple(x for x in above if _leaves_fingers(layout, x)), in_slots):
        side = _Side(layout.body_x_mm, candidates, tab_mm=0.0, shortest_mm=_SHORTEST_LID_MM)
        for x_count, y_count, rooms in _ways(size_mm, room):
            at = side.best(x_count, rooms[0]) if y_count == 1 and size_mm[1] <= rooms[1] else None
            if at is not None:
                return at
    return None


def _is_clear_of(seams_x_mm: Sequence[float], x_mm: float) -> bool:
    return all(x_mm == seam or abs(x_mm - seam) >= _FROM_SEAM_MM for seam in seams_x_mm)


def _leaves_fingers(layout: Layout, x_mm: float) -> bool:
    """Return whether parting at a position leaves no finger thinner than it was, or none too thin."""
    apart = [abs(x_mm - slot) for slot in layout.slot_x_mm]
    least = layout.slot_width_mm / 2 + layout.mouth_mm + _LEAST_FINGER_MM
    return 0.0 in apart or all(distance >= least for distance in apart)


def fits_bed(size_mm: Sequence[float] | FloatArray, bed_mm: Sequence[float], margin_mm: float = 0.0) -> bool:
    """Return whether a body fits, also turned by 90 degrees about Z."""
    flat = np.sort(np.asarray(size_mm)[:2]) <= np.sort(np.asarray(bed_mm)[:2]) - 2 * margin_mm + 1e-6
    return bool(flat.all() and size_mm[2] <= bed_mm[2])


def _ways(
    size_mm: Sequence[float] | FloatArray, room_mm: tuple[float, float]
) -> Iterator[tuple[int, int, tuple[float, float]]]:
    """Yield counts of pieces along X and Y and the room of each, fewest pieces first."""
    ways = [
        (x_count * y_count, y_count, x_count, rooms)
        for rooms in (room_mm, room_mm[::-1])
        for x_count in range(1, _MOST_PIECES[0] + 1)
        for y_count in range(1, _MOST_PIECES[1] + 1)
        if math.ceil(size_mm[0] / rooms[0]) <= x_count and math.ceil(size_mm[1] / rooms[1]) <= y_count
    ]
    for _, y_count, x_count, rooms in sorted(ways):
        yield x_count, y_count, rooms


def _free_x_mm(layout: Layout) -> list[float]:
    """Return positions that leave no sliver of a finger, or any where fingers are too thin for that."""
    x_mm = [float(x) for x in np.arange(math.ceil(layout.x_mm[0]), layout.x_mm[1], _STEP_MM)]
    return [x for x in x_mm if _leaves_fingers(layout, x)] or x_mm


def _free_y_mm(layout: Layout) -> list[float]:
    """Return positions between the guides that leave no sliver beside the score slot or of an end post."""
    low, high = layout.y_mm[0] + GUIDE_OVERLAP_MM + 1.0, layout.y_mm[1] - GUIDE_OVERLAP_MM - 1.0
    y_mm = np.arange(math.ceil(low), high, _STEP_MM / 2)
    edges_mm = layout.slot_width_mm / 2, POST_HALF_WIDTH_MM + layout.slot_width_mm / 2
    far = [float(y) for y in y_mm if all(abs(abs(y) - edge) >= _LEAST_FINGER_MM for edge in edges_mm)]
    return [y for y in far if abs(y) > edges_mm[0]]


def _letters_along_x(layout: Layout, texts: Texts) -> Iterator[tuple[float, float]]:
    """Yield what the texts in front of the mould and behind it take along X."""
    for middle, lines in (
        (sum(layout.x_mm) / 2, (texts.front, texts.back)),
        (sum(layout.plate_x_mm) / 2, texts.lines),
    ):
        half = max(text_width_mm(text, layout.letter_mm) for text in lines) / 2
        yield middle - half, middle + half
    if layout.number_rows > 1:
        for x, text in zip(layout.number_x_mm, texts.slabs, strict=True):
            half = text_width_mm(text, layout.letter_mm) / 2
            yield x - half, x + half


def _letters_along_y(layout: Layout) -> Iterator[tuple[float, float]]:
    """Yield what the letters at the left and right take along Y."""
    yield -layout.letter_mm / 2 - MARGIN_MM, layout.letter_mm / 2 + MARGIN_MM
