"""Draws on the pages of the sheet: millimetres from the upper left corner of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from mouldgen.export.sheet.typography import PrintStyle, font_runs, text_width_mm
from mouldgen.frames import FloatArray

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from reportlab.pdfgen.canvas import Canvas

__all__ = ["Pen", "Stroke"]

Color = tuple[int, int, int]
Point = Sequence[float] | FloatArray
Anchor = Literal["left", "middle", "right"]
Rings = Sequence[FloatArray]

_PT_PER_MM = 72 / 25.4
_CIRCLE = 4 / 3 * (2**0.5 - 1)


@dataclass(frozen=True)
class Stroke:
    """How a line looks.

    Parameters
    ----------
    width_mm
        Its width.
    color
        Red, green, blue.
    dash_mm
        Lengths of dashes and gaps in turn; none for a full line.
    round_caps
        Whether its ends, and those of its dashes, are half circles.
    """

    width_mm: float
    color: Color = (0, 0, 0)
    dash_mm: tuple[float, ...] = ()
    round_caps: bool = False

    def colored(self, color: Color) -> Stroke:
        """Return the stroke in another colour."""
        return replace(self, color=color)


class _Path:
    """A path in reportlab's sense, written without its bookkeeping a point."""

    def __init__(self, code: str) -> None:
        self._code = code

    def getCode(self) -> str:  # noqa: N802 - reportlab asks for it
        return self._code


class Pen:
    """Draws on one page after another.

    Parameters
    ----------
    canvas
        reportlab's.
    height_mm
        Height of the pages.
    """

    def __init__(self, canvas: Canvas, height_mm: float) -> None:
        self._canvas = canvas
        self._height_mm = height_mm

    def line(self, start_mm: Point, end_mm: Point, stroke: Stroke) -> None:
        """Draw a straight line."""
        self.polylines([np.array([start_mm, end_mm])], stroke)

    def polylines(self, lines: Rings, stroke: Stroke) -> None:
        """Draw lines through points of shape (N, 2) each."""
        self._draw(self._lines(lines, closed=False), stroke, None)

    def rings(self, rings: Rings, *, stroke: Stroke | None = None, fill: Color | None = None) -> None:
        """Draw closed rings of shape (N, 2) each; what lies in an even number of them is left out."""
        self._draw(self._lines(rings, closed=True), stroke, fill)

    def rectangle(
        self,
        left_mm: float,
        top_mm: float,
        width_mm: float,
        height_mm: float,
        *,
        stroke: Stroke | None = None,
        fill: Color | None = None,
    ) -> None:
        """Draw a rectangle."""
        self.rectangles([(left_mm, top_mm, width_mm, height_mm)], stroke=stroke, fill=fill)

    def rectangles(
        self,
        boxes: Iterable[tuple[float, float, float, float]],
        *,
        stroke: Stroke | None = None,
        fill: Color | None = None,
    ) -> None:
        """Draw rectangles, each left, top, width and height, as one path: no seams show between them."""
        code = [
            f"{x * _PT_PER_MM:.3f} {(self._height_mm - y - h) * _PT_PER_MM:.3f} "
            f"{w * _PT_PER_MM:.3f} {h * _PT_PER_MM:.3f} re"
            for x, y, w, h in boxes
        ]
        self._draw("\n".join(code), stroke, fill)

    def circle(
        self,
        center_mm: Point,
        radius_mm: float,
        *,
        stroke: Stroke | None = None,
        fill: Color | None = None,
    ) -> None:
        """Draw a circle."""
        turns = [(np.cos(a), np.sin(a)) for a in np.arange(4) * np.pi / 2]
        code = []
        for n in range(4):
            (c0, s0), (c1, s1) = turns[n], turns[(n + 1) % 4]
            points = np.array(
                [
                    (c0, s0),
                    (c0 - _CIRCLE * s0, s0 + _CIRCLE * c0),
                    (c1 + _CIRCLE * s1, s1 - _CIRCLE * c1),
                    (c1, s1),
                ]
            )
            text = [f"{x:.3f} {y:.3f}" for x, y in self._points(points * radius_mm + np.asarray(center_mm))]
            code.append(f"{text[0]} m\n" if n == 0 else "")
            code.append(f"{text[1]} {text[2]} {text[3]} c\n")
        self._draw("".join(code) + "h", stroke, fill)

    def text(
        self,
        at_mm: Point,
        text: str,
        style: PrintStyle,
        anchor: Anchor = "left",
        *,
        middle: bool = False,
        turned: bool = False,
    ) -> float:
        """Write a line that `printable` let pass, and return its width.

        Parameters
        ----------
        at_mm
            Where its baseline begins, has its middle or ends.
        text, style
            What, and how it looks.
        anchor
            Which part of the baseline is at `at_mm`.
        middle
            Whether capital letters are centred on the height of `at_mm`.
        turned
            Whether it runs upward.
        """
        width = text_width_mm(text, style)
        along = {"left": 0.0, "middle": width / 2, "right": width}[anchor]
        drop = style.middle_mm if middle else 0.0
        canvas = self._canvas
        canvas.setFillColorRGB(*_shares(style.color))
        x, y = self._points(np.array([at_mm]))[0]
        if turned:
            canvas.saveState()
            canvas.translate(x + drop * _PT_PER_MM, y - along * _PT_PER_MM)
            canvas.rotate(90)
            self._write(0.0, 0.0, text, style)
            canvas.restoreState()
        else:
            self._write(x - along * _PT_PER_MM, y - drop * _PT_PER_MM, text, style)
        return width

    def _write(self, x: float, y: float, text: str, style: PrintStyle) -> None:
        """Write a line from a place in PDF's units on, each piece in its font."""
        for font, piece in font_runs(text, style):
            self._canvas.setFont(font, style.size_pt)
            self._canvas.drawString(x, y, piece)
            x += text_width_mm(piece, style) * _PT_PER_MM

    @contextmanager
    def clipped(self, rings: Rings, *, fill: Color | None = None) -> Iterator[None]:
        """Draw only inside rings; `fill` paints them first."""
        self._canvas.saveState()
        if fill is not None:
            self._canvas.setFillColorRGB(*_shares(fill))
        self._canvas.clipPath(_Path(self._lines(rings, closed=True)), stroke=0, fill=int(fill is not None))
        try:
            yield
        finally:
            self._canvas.restoreState()

    @contextmanager
    def clipped_box(self, left_mm: float, top_mm: float, width_mm: float, height_mm: float) -> Iterator[None]:
        """Draw only inside a rectangle."""
        right, bottom = left_mm + width_mm, top_mm + height_mm
        corners = [(left_mm, top_mm), (right, top_mm), (right, bottom), (left_mm, bottom)]
        with self.clipped([np.array(corners)]):
            yield

    @contextmanager
    def stencil(self, name: str, width_mm: float, height_mm: float) -> Iterator[None]:
        """Keep what is drawn under a name instead of drawing it; it is as large as given."""
        outer = self._height_mm
        self._height_mm = height_mm
        self._canvas.beginForm(name, 0, 0, width_mm * _PT_PER_MM, height_mm * _PT_PER_MM)
        try:
            yield
        finally:
            self._canvas.endForm()
            self._height_mm = outer

    def has_stencil(self, name: str) -> bool:
        """Tell whether something is kept under a name."""
        return bool(self._canvas.hasForm(name))

    def stamp(self, name: str, left_mm: float, top_mm: float, height_mm: float) -> None:
        """Draw what is kept under a name, of a height, with its upper left corner at a place."""
        self._canvas.saveState()
        self._canvas.translate(left_mm * _PT_PER_MM, (self._height_mm - top_mm - height_mm) * _PT_PER_MM)
        self._canvas.doForm(name)
        self._canvas.restoreState()

    def picture(
        self, picture: Picture, left_mm: float, top_mm: float, width_mm: float, height_mm: float
    ) -> None:
        """Draw a picture of pixels into a rectangle."""
        from reportlab.lib.utils import ImageReader

        self._canvas.drawImage(
            ImageReader(picture),
            left_mm * _PT_PER_MM,
            (self._height_mm - top_mm - height_mm) * _PT_PER_MM,
            width_mm * _PT_PER_MM,
            height_mm * _PT_PER_MM,
        )

    def end_page(self) -> None:
        """Begin the next page."""
        self._canvas.showPage()

    def _points(self, points_mm: FloatArray) -> list[list[float]]:
        """Return points in PDF's units, from the lower left corner of the page."""
        flipped = np.asarray(points_mm, np.float64) * (_PT_PER_MM, -_PT_PER_MM)
        points: list[list[float]] = (flipped + (0.0, self._height_mm * _PT_PER_MM)).tolist()
        return points

    def _lines(self, lines: Rings, *, closed: bool) -> str:
        parts = []
        for line in lines:
            first, *others = self._points(line)
            parts.append(f"{first[0]:.3f} {first[1]:.3f} m")
            parts.extend(f"{x:.3f} {y:.3f} l" for x, y in others)
            if closed:
                parts.append("h")
        return "\n".join(parts)

    def _draw(self, code: str, stroke: Stroke | None, fill: Color | None) -> None:
        if not code:
            return
        canvas = self._canvas
        if stroke is not None:
            canvas.setLineWidth(stroke.width_mm * _PT_PER_MM)
            canvas.setStrokeColorRGB(*_shares(stroke.color))
            canvas.setDash([length * _PT_PER_MM for length in stroke.dash_mm])
            canvas.setLineCap(1 if stroke.round_caps else 0)
            canvas.setLineJoin(1)
        if fill is not None:
            canvas.setFillColorRGB(*_shares(fill))
        canvas.drawPath(_Path(code), stroke=int(stroke is not None), fill=int(fill is not None))


def _shares(color: Color) -> tuple[float, float, float]:
    return color[0] / 255, color[1] / 255, color[2] / 255
