"""The replica on which the cuts can be seen before any tissue is cut.

Grooves at the cut planes, the mark of the score slot, and slab numbers on top where they fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.mould.lettering import centered_text, text_width_mm
from mouldgen.mould.sections import section_outline
from mouldgen.mould.workpiece import Workpiece
from mouldgen.params import ExtraParameters
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["scored_replica"]

_BEYOND_MM = 2.0
_TEXT_MARGIN_MM = 0.8
_STEEPEST = 1.0
"""Numbers stand where the surface rises by at most this share of the letter's height."""

_STEP_MM = 1.0
_OFF_MIDDLE_COST = 0.02


def scored_replica(workpiece: Workpiece, extras: ExtraParameters) -> tuple[Solid, tuple[str, ...]]:
    """Return the replica with its marks, and the numbers that fitted.

    Parameters
    ----------
    workpiece
        The finished mould.
    extras
        Width and depth of the grooves.
    """
    numbers, fitting = _numbers(workpiece, extras)
    others = [_score_mark(workpiece), *([numbers] if numbers is not None else [])]
    body_count = len(workpiece.replica.pieces())
    scored = _without(workpiece.replica, [*_grooves(workpiece, extras), *others])
    if len(scored.pieces()) > body_count:
        # a neck thinner than two grooves: rather no groove than a loose piece
        scored = _without(workpiece.replica, others)
    return scored, fitting


def _without(replica: Solid, cutters: list[Solid]) -> Solid:
    return replica.minus(union(cutters, "marks of the replica"), "scored replica")


def _grooves(workpiece: Workpiece, extras: ExtraParameters) -> Iterator[Solid]:
    """Return a ring for every cut plane that leaves the section but for the groove's depth."""
    from shapely import box

    half_mm = extras.groove_width_mm / 2
    for x_mm in workpiece.layout.slot_x_mm:
        outline = section_outline(workpiece.plastic, x_mm)
        if outline.is_empty:
            continue
        y_low, z_low, y_high, z_high = outline.buffer(10 * _BEYOND_MM).bounds
        inner = outline.buffer(-extras.groove_depth_mm, quad_segs=4).simplify(0.02)
        # where the section is thinner than the groove is deep, tissue stays whole
        core = inner if not inner.is_empty else outline.buffer(_BEYOND_MM)
        yield Solid.extruded_along(
            "x", box(y_low, z_low, y_high, z_high).difference(core), x_mm - half_mm, x_mm + half_mm, "groove"
        )


def _score_mark(workpiece: Workpiece) -> Solid:
    """Return what a blade in the score slot reaches."""
    layout = workpiece.layout
    (x_low, _, _), (x_high, _, top) = workpiece.replica.bounds_mm
    half_mm = layout.slot_width_mm / 2
    return Solid.box(
        (x_low - _BEYOND_MM, -half_mm, layout.score_z_mm),
        (x_high + _BEYOND_MM, half_mm, max(float(top), layout.score_z_mm) + _BEYOND_MM),
        "score mark",
    )


def _numbers(workpiece: Workpiece, extras: ExtraParameters) -> tuple[Solid | None, tuple[str, ...]]:
    """Return the numbers, as deep as the grooves everywhere, and which of them fit."""
    top = _TopSurface(workpiece)
    placed, fitting = [], []
    for text, faces_mm in zip(workpiece.texts.slabs, workpiece.slab_faces_mm, strict=True):
        outline = top.place_for(text, faces_mm, extras.groove_width_mm)
        if outline is not None:
            placed.append(outline)
            fitting.append(text)
    if not placed:
        return None, ()
    top_z_mm = float(workpiece.replica.bounds_mm[1, 2]) + _BEYOND_MM
    depth_mm = extras.groove_depth_mm
    letters = [
        Solid.extruded(outline, ground_mm - depth_mm - 1.0, top_z_mm, "number")
        for outline, ground_mm in placed
    ]
    sunk = workpiece.replica.shifted((0.0, 0.0, -depth_mm))
    return union(letters, "numbers").minus(sunk, "numbers"), tuple(fitting)


class _TopSurface:
    """Heights of the specimen's top, and where a number can stand on it."""

    def __init__(self, workpiece: Workpiece) -> None:
        field = workpiece.plastic.field
        self._heights = np.full(field.grid.shape[:2], np.nan)
        z = field.grid.origin_mm[2] + np.arange(field.grid.shape[2]) * field.grid.spacing_mm[2]
        for k, z_mm in enumerate(z.tolist()):  # planes, as they lie in memory
            np.copyto(self._heights, z_mm, where=field.values_mm[:, :, k] < workpiece.plastic.level_mm)
        self._origin = field.grid.origin_mm[:2]
        self._spacing = field.grid.spacing_mm[:2]
        self._letter_mm = workpiece.layout.letter_mm
        self._score_half_mm = workpiece.layout.slot_width_mm / 2

    def place_for(
        self, text: str, faces_mm: tuple[float, float], groove_mm: float
    ) -> tuple[MultiPolygon, float] | None:
        """Return the outline of a slab's number on the flattest place, and the lowest height under it."""
        width = text_width_mm(text, self._letter_mm)
        room = faces_mm[1] - faces_mm[0] - groove_mm - 2 * _TEXT_MARGIN_MM
        if width > room:
            return None
        middle = sum(faces_mm) / 2
        best: tuple[float, float, float] | None = None
        for y_mm in self._candidates():
            found = self._heights_under(middle, y_mm, width)
            if found is None or found[1] - found[0] > _STEEPEST * self._letter_mm:
                continue
            price = found[1] - found[0] + _OFF_MIDDLE_COST * abs(y_mm)
            if best is None or price < best[0]:
                best = (price, y_mm, found[0])
        if best is None:
            return None
        return centered_text(text, middle, best[1] - self._letter_mm / 2, self._letter_mm), best[2]

    def _candidates(self) -> FloatArray:
        """Return middles along Y that keep clear of the score line."""
        count = self._heights.shape[1]
        low, high = self._origin[1], self._origin[1] + (count - 1) * self._spacing[1]
        y_mm = np.arange(np.ceil(low), high, _STEP_MM)
        clear = self._score_half_mm + self._letter_mm / 2 + _TEXT_MARGIN_MM
        return np.asarray(y_mm[np.abs(y_mm) >= clear])

    def _heights_under(self, x_mm: float, y_mm: float, width_mm: float) -> tuple[float, float] | None:
        half = np.array([width_mm, self._letter_mm]) / 2 + _TEXT_MARGIN_MM
        corner = (np.array([x_mm, y_mm]) - half - self._origin) / self._spacing
        opposite = (np.array([x_mm, y_mm]) + half - self._origin) / self._spacing
        (i, j), (k, m) = np.floor(corner).astype(int), np.ceil(opposite).astype(int) + 1
        under = self._heights[max(i, 0) : k, max(j, 0) : m]
        if i < 0 or j < 0 or under.size == 0 or np.isnan(under).any():
            return None
        return float(under.min()), float(under.max())
