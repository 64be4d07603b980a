"""A base that is larger than the printer's bed, in pieces that fit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import GeometryError
from mouldgen.mould.layout import MARGIN_MM, Layout
from mouldgen.mould.lettering import centered_text, text_outline, text_width_mm
from mouldgen.mould.seams import Seam, seam_gap
from mouldgen.mould.workpiece import Workpiece
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["SplitBase", "split_base"]

_SPECK_MM3 = 1.0
_SEAM_MARGIN_MM = 3.0
_EDGE_MM = 0.4
_MOST_LIFT = 0.15
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
    marks
        What was engraved on each piece.
    """

    pieces: tuple[Solid, ...]
    seams: tuple[Seam, ...]
    gap_mm3: float
    marks: tuple[str, ...]


@dataclass(frozen=True)
class _Field:
    """A rectangle between seams, and where it is in the grid of pieces."""

    x_mm: tuple[float, float]
    y_mm: tuple[float, float]
    is_front: bool


def split_base(workpiece: Workpiece, seams: Sequence[Seam], clearance_mm: float) -> SplitBase:
    """Return the pieces of the base.

    The pieces are what is left of the whole without the seams' gaps: they cannot overlap, and with the gaps
    they are the whole.

    Parameters
    ----------
    workpiece
        The finished mould.
    seams
        From `choose_seams`.
    clearance_mm
        Gap between the pieces.

    Raises
    ------
    GeometryError
        If the base falls into other pieces than the seams say.
    """
    rest = workpiece.base
    for seam in seams:
        crossing = tuple(other for other in seams if other.axis != seam.axis)
        rest = rest.minus(seam_gap(seam, workpiece.layout, workpiece.base, crossing, clearance_mm))
    bodies = [body for body in rest.pieces() if body.volume_mm3 > _SPECK_MM3]
    fields = _fields(seams, workpiece.layout)
    ordered = [_body_in(field, bodies) for field in fields]
    if len(bodies) != len(fields):
        message = (
            f"parting the base gives {len(bodies)} bodies instead of {len(fields)}; use --split never, or "
            "another angle"
        )
        raise GeometryError(message)
    marked, marks = [], []
    for number, (field, body) in enumerate(zip(fields, ordered, strict=True), start=1):
        text, outline = _mark(field, f"{number}/{len(fields)}", workpiece)
        marks.append(text)
        floor, depth = workpiece.layout.floor_z_mm, workpiece.layout.letter_depth_mm
        marked.append(body.minus(Solid.extruded(outline, floor - depth, floor + 1.0, "mark")).in_one_piece())
    gap_mm3 = workpiece.base.volume_mm3 - sum(body.volume_mm3 for body in bodies)
    return SplitBase(tuple(marked), tuple(seams), gap_mm3, tuple(marks))


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


def _mark(field: _Field, number: str, workpiece: Workpiece) -> tuple[str, MultiPolygon]:
    """Return the mark of a piece and its outline, in the row of the front or the back letter.

    Number and case stand together where there is room, else on either side of the letter, else the number
    alone.
    """
    from shapely import MultiPolygon

    layout, texts = workpiece.layout, workpiece.texts
    letter = texts.front if field.is_front else texts.back
    edge = layout.plate_y_mm[0] if field.is_front else layout.back_y_mm
    taken_mm = text_width_mm(letter, layout.letter_mm) / 2 + 2 * MARGIN_MM
    middle = sum(layout.x_mm) / 2
    low, high = field.x_mm[0] + _SEAM_MARGIN_MM, field.x_mm[1] - _SEAM_MARGIN_MM
    rooms = sorted(
        [(low, min(high, middle - taken_mm)), (max(low, middle + taken_mm), high)],
        key=lambda room: round(room[0] - room[1], 6),
    )
    height = layout.letter_mm
    for words in ([f"{number} {texts.lines[0]}"], [texts.lines[0], number], [number]):
        pairs = list(zip(words, rooms, strict=False))
        fits = all(text_width_mm(text, height) <= stop - start for text, (start, stop) in pairs)
        foot_mm = max(MARGIN_MM, *(_drop_mm(text, height) + _EDGE_MM for text in words))
        if fits and foot_mm <= MARGIN_MM + _MOST_LIFT * height:
            break
    placed = [centered_text(text, sum(room) / 2, edge + foot_mm, height) for text, room in pairs]
    return " ".join(sorted(words)), MultiPolygon([part for text in placed for part in text.geoms])


def _drop_mm(text: str, height_mm: float) -> float:
    """Return how far a text reaches below its line, as g and _ do."""
    return -float(text_outline(text, height_mm).bounds[1])
