"""How the specimen goes in: the mould from above and from its front, with anatomical letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.export.map_document import MapDocument, SlabEntry
from mouldgen.export.sheet.paper import NOTE, SMALL
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.typography import PrintStyle, text_width_mm
from mouldgen.frames import AxisLetters, FloatArray

__all__ = ["InsertionPicture"]

_WALL_MM = 9.0
_LIFT_SHARE = 0.75
_LETTER = PrintStyle(13, bold=True)
_NUMBER = PrintStyle(6, bold=True)
_BODY_EDGE = Stroke(0.3, (60, 60, 60))
_BODY = (236, 236, 234)
_TISSUE = (205, 190, 180)
_TISSUE_EDGE = Stroke(0.3)
_SEAT = Stroke(0.2, (110, 110, 110), (0.9, 0.7))
_SLOT = Stroke(0.35, (60, 60, 60))
_SCORE = Stroke(0.3, (0, 0, 0), (2.0, 1.0))
_ARROW = Stroke(0.9, (0, 0, 0))
_AROUND_MM = 11.0
_CAP_POINTS = 8
_NAMES = {"L": "left", "R": "right", "A": "anterior", "P": "posterior", "S": "superior", "I": "inferior"}


@dataclass(frozen=True)
class _Box:
    """Two lengths along an axis of the page in mould mm, and where they lie on the page."""

    left_mm: float
    bottom_mm: float
    scale: float
    start: tuple[float, float]

    def to_page(self, points: FloatArray) -> FloatArray:
        """Map points whose second axis runs up."""
        moved = (np.asarray(points, np.float64) - self.start) * (self.scale, -self.scale)
        return np.asarray(moved + (self.left_mm, self.bottom_mm))


@dataclass(frozen=True, eq=False)
class InsertionPicture:
    """Draws the mould and the specimen; not to scale on paper, but true in shape.

    Parameters
    ----------
    document
        The sampling map.
    letters
        Anatomical, of the sides of the mould.
    """

    document: MapDocument
    letters: AxisLetters

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do, in words."""
        up, down, first = self.letters.z[1], self.letters.z[0], self.letters.x[0]
        every = "".join((*self.letters.x, *self.letters.y, *self.letters.z))
        oblique = " An asterisk marks a direction more than 5° off." if "*" in every else ""
        pose = f"{_words(up)} up, {_words(down)} down, and {_words(first)} toward the S01 end"
        return (
            f"Hold the specimen with {pose}; lower it straight into the mould until it sits.",
            f"{_scoring(self.document)} {_cutting(self.document)}",
            f"{_order(self.document.slabs)} Its base edge stood on the floor of the mould.{oblique}",
        )

    def draw(self, pen: Pen, left_mm: float, top_mm: float, width_mm: float, height_mm: float) -> None:
        """Draw the view from above on the left and the view from the front on the right, at one scale."""
        seat_x, seat_y, seat_z = (self._range(axis) for axis in range(3))
        length = seat_x[1] - seat_x[0] + 2 * _WALL_MM
        depth = seat_y[1] - seat_y[0] + 2 * _WALL_MM
        rise = (1 + _LIFT_SHARE) * (seat_z[1] - seat_z[0]) + seat_z[0]
        half = width_mm / 2
        room = half - 2 * _AROUND_MM, height_mm - 2 * _AROUND_MM + 4.0
        scale = min(room[0] / length, room[1] / depth, room[1] / max(rise, 1.0))
        start_x = left_mm + (half - scale * length) / 2
        bottom = top_mm + height_mm - _AROUND_MM + 3.0
        above = _Box(
            start_x,
            bottom - max(0.0, (room[1] - scale * depth) / 2),
            scale,
            (seat_x[0] - _WALL_MM, seat_y[0] - _WALL_MM),
        )
        front = _Box(start_x + half, bottom, scale, (seat_x[0] - _WALL_MM, 0.0))
        self._draw_from_above(pen, above)
        self._draw_from_front(pen, front)
        pen.text((left_mm, top_mm + 2.6), "from above", NOTE)
        pen.text((left_mm + half, top_mm + 2.6), "from the front", NOTE)

    def _draw_from_above(self, pen: Pen, box: _Box) -> None:
        (x0, x1), (y0, y1) = self._range(0), self._range(1)
        low, high = np.array([x0, y0]) - _WALL_MM, np.array([x1, y1]) + _WALL_MM
        body = _rectangle(low, high)
        pen.rings([box.to_page(body)], fill=_BODY, stroke=_BODY_EDGE)
        pen.rings([box.to_page(self._silhouette(0))], fill=_TISSUE, stroke=_TISSUE_EDGE)
        slots = [np.array([[x, low[1]], [x, high[1]]]) for x in self._slots_mm]
        pen.polylines([box.to_page(slot) for slot in slots], _SLOT)
        pen.polylines([box.to_page(np.array([[low[0], 0.0], [high[0], 0.0]]))], _SCORE)
        self._number_slabs(pen, box, low[1])
        corners = box.to_page(np.array([low, high]))
        _write_sides(pen, corners, self.letters.x, self.letters.y, ("front", "back"), below_mm=2.6)

    def _draw_from_front(self, pen: Pen, box: _Box) -> None:
        (x0, x1), (z0, z1) = self._range(0), self._range(2)
        rim = max(z0 + 1.0, min(self.document.mould.rim_z_mm, z1 + _WALL_MM))
        left, right = x0 - _WALL_MM, x1 + _WALL_MM
        pen.rings([box.to_page(_rectangle((left, 0.0), (right, rim)))], fill=_BODY, stroke=_BODY_EDGE)
        seat = self._silhouette(1)
        pen.rings([box.to_page(seat)], stroke=_SEAT)
        slots = [np.array([[x, z0], [x, rim]]) for x in self._slots_mm]
        pen.polylines([box.to_page(slot) for slot in slots], _SLOT)
        lift = np.array([0.0, _LIFT_SHARE * (z1 - z0)])
        pen.rings([box.to_page(seat + lift)], fill=_TISSUE, stroke=_TISSUE_EDGE)
        middle = (x0 + x1) / 2
        tip = z0 + 0.45 * (z1 - z0)
        _draw_arrow(pen, *box.to_page(np.array([[middle, (z0 + z1) / 2 + lift[1]], [middle, tip]])))
        corners = box.to_page(np.array([[left, 0.0], [right, z1 + lift[1]]]))
        _write_sides(pen, corners, self.letters.x, self.letters.z, ("base", "top"), below_mm=0.0)

    @property
    def _slots_mm(self) -> list[float]:
        return [cut.x_tissue_mm for cut in self.document.cuts]

    def _number_slabs(self, pen: Pen, box: _Box, y_mm: float) -> None:
        """Write the numbers of slabs below the mould: all where they fit, else the first and every fifth."""
        slabs = self.document.slabs
        pitch = box.scale * min(slab.x_upper_mm - slab.x_lower_mm for slab in slabs[1:-1] or slabs)
        wide = text_width_mm("27", _NUMBER) + 0.8 <= pitch
        for slab in slabs:
            fifth = slab.index % 5 == 0 and slab.index + 2 < len(slabs)
            if wide or fifth or slab.index in (1, len(slabs)):
                x, y = box.to_page(np.array([(slab.x_lower_mm + slab.x_upper_mm) / 2, y_mm]))
                pen.text((x, y + 2.6), str(slab.index), _NUMBER, "middle")

    def _range(self, axis: int) -> tuple[float, float]:
        """Return where the specimen begins and ends along X, Y or Z."""
        slabs = self.document.slabs
        if axis == 0:
            return slabs[0].x_lower_mm, slabs[-1].x_upper_mm
        spans = [span for slab in slabs for span in _spans(slab, axis - 1)]
        return min(low for _, low, _ in spans), max(high for _, _, high in spans)

    def _silhouette(self, axis: int) -> FloatArray:
        """Return the specimen's outline along X and Y, or X and Z, from its sections."""
        slabs = self.document.slabs
        spans = sorted({span for slab in slabs for span in _spans(slab, axis)})
        x0, x1 = self._range(0)
        rounded = [*_cap(x0, spans[0]), *spans, *reversed(_cap(x1, spans[-1]))]
        upper = [(x, high) for x, _, high in rounded]
        lower = [(x, low) for x, low, _ in rounded]
        return np.array([*upper, *reversed(lower)])


def _cap(end_mm: float, span: tuple[float, float, float]) -> list[tuple[float, float, float]]:
    """Return spans of half an ellipse from the end of the tissue to its first section."""
    x, low, high = span
    middle, half = (low + high) / 2, (high - low) / 2
    turns = np.linspace(0.0, np.pi / 2, _CAP_POINTS, endpoint=False)
    return [
        (
            float(end_mm + (x - end_mm) * (1 - np.cos(turn))),
            float(middle - half * np.sin(turn)),
            float(middle + half * np.sin(turn)),
        )
        for turn in turns
    ]


def _scoring(document: MapDocument) -> str:
    """Say which slabs the score slot marks, and what to do with the others."""
    unmarked = [slab for slab in document.slabs if not slab.has_score_mark]
    when = " before cutting" if document.cuts else ""
    if len(unmarked) == len(document.slabs):
        return f"The score slot marks no slab: mark the top along the score line by hand{when}."
    text = "Draw a blade along the score slot: it marks the top of the slabs."
    if unmarked:
        their = "its" if len(unmarked) == 1 else "their"
        text += f" {_listed(unmarked)}: no mark; mark {their} top at the score line by hand{when}."
    return text


def _cutting(document: MapDocument) -> str:
    if not document.cuts:
        return "There is no cut: the specimen stays whole."
    return "Then cut through every slot down to the floor."


def _listed(slabs: Sequence[SlabEntry]) -> str:
    """Return the names of slabs, three or more in a row as a range."""
    runs: list[list[SlabEntry]] = []
    for slab in slabs:
        if runs and slab.index == runs[-1][-1].index + 1:
            runs[-1].append(slab)
        else:
            runs.append([slab])
    return ", ".join(
        f"{run[0].id} to {run[-1].id}" if len(run) > 2 else ", ".join(slab.id for slab in run) for run in runs
    )


def _order(slabs: Sequence[SlabEntry]) -> str:
    first, last = slabs[0].id, slabs[-1].id
    if first == last:
        return f"Take it out. Its upper face is the one away from the {first} end."
    return (
        f"Take the slabs out in order, {first} to {last}. The lower face of a slab looks toward {first}, its "
        f"upper face toward {last}."
    )


def _spans(slab: SlabEntry, axis: int) -> list[tuple[float, float, float]]:
    """Return x and the lowest and highest y (axis 0) or z (axis 1) of a slab's outlines."""
    planes = {
        slab.x_lower_mm: slab.outlines_mm.lower,
        (slab.x_lower_mm + slab.x_upper_mm) / 2: slab.outlines_mm.mid,
        slab.x_upper_mm: slab.outlines_mm.upper,
    }
    spans = []
    for x, rings in planes.items():
        values = [point[axis] for ring in rings for point in ring]
        if values:
            spans.append((round(x, 3), min(values), max(values)))
    return spans


def _rectangle(low: Sequence[float] | FloatArray, high: Sequence[float] | FloatArray) -> FloatArray:
    (x0, y0), (x1, y1) = low, high
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _words(letter: str) -> str:
    """Return a letter with its word."""
    return f"{letter} ({_NAMES[letter[0]]})"


def _write_sides(
    pen: Pen,
    corners: FloatArray,
    across: tuple[str, str],
    up: tuple[str, str],
    names: tuple[str, str],
    *,
    below_mm: float,
) -> None:
    """Write letters on the four sides of a view, with the mould's own names of them."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    for x, letter, note in ((left - 6.0, across[0], "S01 end"), (right + 6.0, across[1], "")):
        pen.text((x, middle_y), letter, _LETTER, "middle", middle=True)
        pen.text((x, middle_y + 5.0), note, SMALL, "middle")
    for y, letter, note in ((bottom + 4.4 + below_mm, up[0], names[0]), (top - 3.4, up[1], names[1])):
        width = pen.text((middle_x, y), letter, _LETTER, "middle", middle=True)
        pen.text((middle_x + width / 2 + 1.2, y), note, SMALL, middle=True)


def _draw_arrow(pen: Pen, start: FloatArray, tip: FloatArray) -> None:
    """Draw an arrow that points down."""
    head = np.array([0.0, 3.2])
    pen.line(start, tip - head / 2, _ARROW)
    pen.rings([np.array([tip, tip - head + (1.8, 0.0), tip - head - (1.8, 0.0)])], fill=(0, 0, 0))
