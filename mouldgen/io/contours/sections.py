"""The shape of one structure in every plane of a lattice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray
from mouldgen.io.contours.contour_planes import MOST_FILLED_PLANES, PlaneDistances
from mouldgen.io.contours.interpolation import shape_between, signed_distance_mm
from mouldgen.io.contours.rasterising import Mask, fill_even_odd

__all__ = ["Sections"]

_SAME_PLACE = 1e-6


class Sections:
    """The sections of a structure, drawn or interpolated.

    Parameters
    ----------
    planes
        Where its contours lie, on the lattice.
    rings
        For each plane, its contours in pixels of the window, shape (N, 2) each.
    shape
        Pixels of the window.
    pixel_mm
        Shape (2,).
    """

    def __init__(
        self,
        planes: PlaneDistances,
        rings: Sequence[Sequence[FloatArray]],
        shape: tuple[int, int],
        pixel_mm: FloatArray,
    ) -> None:
        self._planes = planes
        self._drawn = lru_cache(2)(lambda plane: fill_even_odd(rings[plane], shape))
        self._distances = lru_cache(2)(lambda plane: signed_distance_mm(self._drawn(plane), pixel_mm))
        self._joins = lru_cache(None)(self._is_joined)
        self._below, self._above = planes.half_widths()

    def __iter__(self) -> Iterator[tuple[int, Mask]]:
        """Yield the number of every plane of the lattice that the structure reaches, and its section."""
        low, high = self._planes.ends()
        for number in range(int(np.floor(low)), int(np.ceil(high)) + 1):
            section = self._section(number)
            if section is not None:
                yield number, section

    def _section(self, number: int) -> Mask | None:
        levels = self._planes.levels
        lower = int(np.searchsorted(levels, number + _SAME_PLACE, side="right")) - 1
        upper = lower + 1
        if lower >= 0 and number - levels[lower] < _SAME_PLACE:
            return self._drawn(lower)
        if 0 <= lower < len(levels) - 1 and self._joins(lower):
            share = float((number - levels[lower]) / (levels[upper] - levels[lower]))
            return shape_between(self._distances(lower), self._distances(upper), share)
        # half-open, so that two planes never share one and none falls between
        if upper < len(levels) and levels[upper] - number <= self._below[upper] + _SAME_PLACE:
            return self._drawn(upper)
        if lower >= 0 and number - levels[lower] < self._above[lower] - _SAME_PLACE:
            return self._drawn(lower)
        return None

    def _is_joined(self, lower: int) -> bool:
        """Return whether the shape goes on from a plane to the next: not too far, and over each other."""
        if self._planes.missing[lower] > MOST_FILLED_PLANES:
            return False
        return bool((self._drawn(lower) & self._drawn(lower + 1)).any())

    def findings(self, subject: str, step_mm: float) -> Iterator[Finding]:
        """Yield what was done about missing planes.

        Parameters
        ----------
        subject
            What messages call the structure.
        step_mm
            Distance of the lattice's planes.
        """
        if len(self._planes.levels) == 1:
            yield Finding.warning(
                "single_plane",
                f"structure {subject} is drawn on one plane only; it is taken to be {step_mm:.2f} mm thick, "
                "the distance of the planes",
            )
        if self._planes.typical > 1.5:
            yield Finding.info(
                "planes_between",
                f"structure {subject} is drawn on planes {self._planes.typical * step_mm:.2f} mm apart; "
                f"between them its shape is interpolated, onto planes {step_mm:.2f} mm apart",
            )
        missing = self._planes.missing
        filled = [gap for gap in np.flatnonzero(missing) if self._joins(int(gap))]
        if filled:
            yield Finding.warning(
                "planes_filled",
                f"structure {subject} has wider distances than usual between its planes: {len(filled)}, of "
                f"up to {self._planes.gaps[filled].max() * step_mm:.1f} mm; the shape there is interpolated. "
                "Compare these sections with the images, or draw the missing contours",
            )
        open_gaps = [gap for gap in np.flatnonzero(missing) if gap not in filled]
        if open_gaps:
            yield Finding.warning(
                "planes_missing",
                f"structure {subject} has gaps without contours: {len(open_gaps)}, of together "
                f"{self._missing_mm(open_gaps) * step_mm:.1f} mm; they are left empty, so that it is in "
                "several parts. If it is one, draw the missing contours",
            )

    def _missing_mm(self, gaps: Sequence[np.integer]) -> float:
        """Return the height of gaps less the half distances that their planes stand for."""
        return float((self._planes.gaps[gaps] - self._planes.typical).sum())
