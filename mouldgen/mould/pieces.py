"""A base that is larger than the printer's bed, in pieces that fit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mouldgen.errors import Finding
from mouldgen.mould.engravings import Engraving, engraved_between
from mouldgen.mould.layout import MARGIN_MM, Layout, Texts
from mouldgen.mould.lettered import lettered
from mouldgen.mould.lettering import centered_text, text_drop_mm, text_width_mm
from mouldgen.mould.marks import on_plate
from mouldgen.mould.seams import Seam, parted_bodies, seam_gap
from mouldgen.mould.workpiece import Workpiece
from mouldgen.solids import Solid

__all__ = ["SplitBase", "piece_marks", "split_base"]

_SEAM_MARGIN_MM = 3.0
_EDGE_MM = 0.4
_MOST_LIFT, _HIGHEST_LIFT_MM = 0.15, 0.8
"""Share of the letters' height by which marks are raised at most, for strokes below the line."""


@dataclass(frozen=True, eq=False)
class SplitBase:
    """The pieces of a base.

    Parameters
    ----------
    pieces
        Row by row from the front, each from left to right; each with its mark.
    seams
        Where it was parted.
    gap_mm3
        Plastic that the seams took.
    engraved
        Texts of each piece: those of the base that are in its middle, and its mark.
    findings
        Which marks have no room.
    """

    pieces: tuple[Solid, ...]
    seams: tuple[Seam, ...]
    gap_mm3: float
    engraved: tuple[tuple[Engraving, ...], ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Field:
    """A rectangle between seams, and where it is in the grid of pieces."""

    x_mm: tuple[float, float]
    y_mm: tuple[float, float]
    is_front: bool


def split_base(workpiece: Workpiece, clearance_mm: float) -> SplitBase:
    """Return the pieces of the base.

    The pieces are what is left of the whole without the seams' gaps: they cannot overlap, and with the gaps
    they are the whole.

    Parameters
    ----------
    workpiece
        The finished mould, with its seams and the marks of its pieces.
    clearance_mm
        Gap between the pieces.

    Raises
    ------
    GeometryError
        If the base falls into other pieces than the seams say.
    """
    rest, seams = workpiece.base, workpiece.seams
    for seam in seams:
        crossing = tuple(other for other in seams if other.axis != seam.axis)
        rest = rest.minus(seam_gap(seam, workpiece.layout, workpiece.base, crossing, clearance_mm))
    fields = _fields(seams, workpiece.layout)
    bodies = parted_bodies(rest, len(fields), "base")
    ordered = [_body_in(field, bodies) for field in fields]
    marked, engraved = [], []
    findings: list[Finding] = []
    for number, (field, body) in enumerate(zip(fields, ordered, strict=True), start=1):
        made = lettered(body, workpiece.piece_marks[number - 1], f"base's piece {number}")
        of_base = engraved_between(workpiece.engraved, field.x_mm, field.y_mm)
        engraved.append((*of_base, *made.engraved))
        marked.append(made.solid.in_one_piece())
        findings += made.findings
    gap_mm3 = workpiece.base.volume_mm3 - sum(body.volume_mm3 for body in bodies)
    return SplitBase(tuple(marked), seams, gap_mm3, tuple(engraved), tuple(findings))


def piece_marks(
    layout: Layout, texts: Texts, seams: Sequence[Seam], engraved: Sequence[Engraving]
) -> tuple[tuple[Engraving, ...], ...]:
    """Return the marks of the pieces that seams part a base into; none without seams.

    Parameters
    ----------
    layout, texts
        Of the mould.
    seams
        From `choose_seams`.
    engraved
        Texts that are on the plate already.
    """
    fields = _fields(seams, layout) if seams else []
    return tuple(
        _mark(field, f"{number}/{len(fields)}", layout, texts, engraved)
        for number, field in enumerate(fields, start=1)
    )


def _fields(seams: Sequence[Seam], layout: Layout) -> list[_Field]:
    x_edges = [layout.plate_x_mm[0], *sorted(s.at_mm for s in seams if s.axis == 0), layout.plate_x_mm[1]]
    y_edges = [layout.plate_y_mm[0], *sorted(s.at_mm for s in seams if s.axis == 1), layout.plate_y_mm[1]]
    return [
        _Field(x_mm, y_mm, is_front=row == 0)
        for row, y_mm in enumerate(pairwise(y_edges))
        for x_mm in pairwise(x_edges)
    ]


def _body_in(field: _Field, bodies: Sequence[Solid]) -> Solid:
    """Return the body whose middle lies in a field, or nearest to its middle."""
    middle = np.array([sum(field.x_mm), sum(field.y_mm)]) / 2
    return min(bodies, key=lambda body: float(np.linalg.norm(body.bounds_mm[:, :2].mean(axis=0) - middle)))


def _mark(
    field: _Field, number: str, layout: Layout, texts: Texts, engraved: Sequence[Engraving]
) -> tuple[Engraving, ...]:
    """Return the mark of a piece, in the row of the front or the back letter.

    Number and case stand together where there is room, else on either side of the letter, else the number
    alone.
    """
    height = layout.letter_mm
    edge = layout.plate_y_mm[0] if field.is_front else layout.back_y_mm
    highest_foot_mm = MARGIN_MM + min(_MOST_LIFT * height, _HIGHEST_LIFT_MM)
    rooms = _rooms(field, (edge, edge + highest_foot_mm + height), engraved)
    for words in ([f"{number} {texts.lines[0]}"], [texts.lines[0], number], [number]):
        pairs = list(zip(words, rooms, strict=False))
        fits = all(text_width_mm(text, height) <= stop - start for text, (start, stop) in pairs)
        foot_mm = max(MARGIN_MM, *(text_drop_mm(text, height) + _EDGE_MM for text in words))
        if fits and len(pairs) == len(words) and foot_mm <= highest_foot_mm:
            break
    foot = edge + min(foot_mm, highest_foot_mm)
    return tuple(
        on_plate(text, centered_text(text, sum(room) / 2, foot, height), layout) for text, room in pairs
    )


def _rooms(
    field: _Field, row_y_mm: tuple[float, float], engraved: Sequence[Engraving]
) -> list[tuple[float, float]]:
    """Return what is free along X of a row within a piece, the widest first."""
    boxes = [text.outline.bounds for text in engraved]
    taken = sorted(
        (x_low - 2 * MARGIN_MM, x_high + 2 * MARGIN_MM)
        for x_low, y_low, x_high, y_high in boxes
        if y_low < row_y_mm[1] and y_high > row_y_mm[0]
    )
    low, high = field.x_mm[0] + _SEAM_MARGIN_MM, field.x_mm[1] - _SEAM_MARGIN_MM
    starts, stops = [low, *(stop for _, stop in taken)], [*(start for start, _ in taken), high]
    rooms = [(max(start, low), min(stop, high)) for start, stop in zip(starts, stops, strict=True)]
    return sorted(rooms, key=lambda room: round(room[0] - room[1], 6))
