"""Where the letters of habitats stand on a face: in the middle of the widest free part of each region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.frames import FloatArray

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["LetterPlace", "place_letters"]

_LARGE_RADIUS_MM = 4.0
_SMALL_RADIUS_MM = 1.9
_LEADER_MM = 6.5
_TOLERANCE_MM = 0.4
_SMALLEST_MM2 = 9.0

Circle = tuple[float, float, float]
"""x, y and radius of what a letter must not cover."""

Box = tuple[float, float, float, float]
"""Lowest x and y, highest x and y."""


@dataclass(frozen=True)
class LetterPlace:
    """One letter, on the page.

    Parameters
    ----------
    label
        Of the habitat.
    pole_mm
        In the middle of the free part of its region.
    at_mm
        Where the letter stands: at the pole, or beside a region too small for it.
    is_large
        Whether there is room for a large letter.
    """

    label: int
    pole_mm: tuple[float, float]
    at_mm: tuple[float, float]
    is_large: bool

    @property
    def has_leader(self) -> bool:
        """Whether a line must lead from the letter to its region."""
        return self.at_mm != self.pole_mm


def place_letters(
    outline: Sequence[FloatArray],
    habitats: Mapping[int, Sequence[FloatArray]],
    taken: Sequence[Circle],
    window: Box | None = None,
) -> list[LetterPlace]:
    """Return a letter for every region wide enough for it, and one for every habitat.

    Parameters
    ----------
    outline, habitats
        Rings on the page.
    taken
        Circles that letters keep off.
    window
        What is shown; only what lies in it gets letters.
    """
    from shapely import Point, box, prepare, union_all

    tissue = _area(outline)
    if window is not None:
        tissue = tissue.intersection(box(*window))
    prepare(tissue)
    circles = union_all([Point(x, y).buffer(radius) for x, y, radius in taken])
    places: list[LetterPlace] = []
    crowded: list[tuple[int, Circle]] = []
    for label, rings in habitats.items():
        whole = _area(rings).intersection(tissue)
        poles = sorted((_pole(part) for part in _parts(whole.difference(circles))), key=lambda p: -p[2])
        roomy = [pole for pole in poles if pole[2] >= _SMALL_RADIUS_MM]
        places += [LetterPlace(label, (x, y), (x, y), r >= _LARGE_RADIUS_MM) for x, y, r in roomy]
        if not roomy and not whole.is_empty:
            crowded.append((label, _widest(poles, whole)))
    for label, (x, y, _) in crowded:
        at = _free_place((x, y), [place.at_mm for place in places], taken)
        places.append(LetterPlace(label, (x, y), at, is_large=False))
    return places


def _widest(poles: Sequence[Circle], whole: BaseGeometry) -> Circle:
    if poles:
        return poles[0]
    point = whole.representative_point()
    return point.x, point.y, 0.0


def _area(rings: Sequence[FloatArray]) -> BaseGeometry:
    """Return the area inside rings: what lies in an odd number of them."""
    from shapely import Polygon, get_parts, make_valid, polygons

    simple = [ring for ring in rings if len(ring) > 3]
    if not simple:
        return Polygon()
    areas = sorted((polygons(ring) for ring in simple), key=lambda area: -area.area)
    total = make_valid(areas[0])
    for area in areas[1:]:
        total = total.symmetric_difference(make_valid(area))
    return total if len(get_parts(total)) else Polygon()


def _parts(area: BaseGeometry) -> list[Polygon]:
    from shapely import get_parts

    return [part for part in get_parts(area) if part.area >= _SMALLEST_MM2]


def _pole(part: Polygon) -> Circle:
    """Return the largest circle inside an area."""
    from shapely import maximum_inscribed_circle

    line = np.asarray(maximum_inscribed_circle(part, tolerance=_TOLERANCE_MM).coords)
    (x, y), edge = line[0], line[-1]
    return float(x), float(y), float(np.hypot(*(edge - line[0])))


def _free_place(
    pole: tuple[float, float], letters: Sequence[tuple[float, float]], taken: Sequence[Circle]
) -> tuple[float, float]:
    """Return the place around a pole that is farthest from other letters and circles."""
    angles = np.radians(np.arange(22.5, 360.0, 45.0))
    places = np.array(pole) + _LEADER_MM * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    others = np.array([*((x, y, 0.0) for x, y in letters), *taken]).reshape(-1, 3)
    gaps = np.linalg.norm(places[:, None] - others[None, :, :2], axis=-1) - others[:, 2]
    x, y = places[int(np.argmax(gaps.min(axis=1, initial=50.0).round(3)))]
    return float(x), float(y)
