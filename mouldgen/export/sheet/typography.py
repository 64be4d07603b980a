"""Text on the sheet: styles, and fonts that are embedded in the file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from mouldgen.export.font_files import font_files, has_all, latin_font, needs_shaping
from mouldgen.export.sheet.embeddable_fonts import register_font

__all__ = [
    "PrintStyle",
    "fitting",
    "font_runs",
    "printable",
    "printable_sentence",
    "shortened",
    "text_width_mm",
    "wrapped",
]

Color = tuple[int, int, int]
Run = tuple[str, str]
"""A font by reportlab's name, and what is set in it."""

_BLACK: Color = (0, 0, 0)
_MM_PER_POINT = 25.4 / 72
_MISSING = "[not printable]"
_REPEATED = re.compile(r"(\[not printable\])(?:\s*\[not printable\])+")


@dataclass(frozen=True)
class PrintStyle:
    """How a text looks on paper.

    Parameters
    ----------
    size_pt
        Nominal height of the font, points.
    bold
        Whether the bold cut is used (Latin only).
    color
        Red, green, blue.
    """

    size_pt: float
    bold: bool = False
    color: Color = _BLACK

    @property
    def size_mm(self) -> float:
        """Nominal height of the font."""
        return self.size_pt * _MM_PER_POINT

    @property
    def middle_mm(self) -> float:
        """From the baseline up to the middle of capital letters."""
        return 0.36 * self.size_mm

    def emboldened(self) -> PrintStyle:
        """Return the style in bold."""
        return replace(self, bold=True)

    def colored(self, color: Color) -> PrintStyle:
        """Return the style in another colour."""
        return replace(self, color=color)


def printable(text: str, substitute: str) -> str:
    """Return `text` on one line, or `substitute` if the fonts at hand cannot print all of it."""
    line = _one_line(text)
    return line if all(font for font, _ in _runs(line, bold=False)) else substitute


def printable_sentence(text: str) -> str:
    """Return `text` on one line; only the words that no font at hand can print give way to a note."""
    line = "".join(piece if font else _MISSING for font, piece in _runs(_one_line(text), bold=False))
    return _REPEATED.sub(r"\1", line)


def font_runs(text: str, style: PrintStyle) -> tuple[Run, ...]:
    """Return the pieces of a text that `printable` let pass, each in one font."""
    return tuple((font or _latin(bold=style.bold), piece) for font, piece in _runs(text, bold=style.bold))


@lru_cache(maxsize=8192)
def text_width_mm(text: str, style: PrintStyle) -> float:
    """Return how far a text reaches."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    widths = (stringWidth(piece, font, style.size_pt) for font, piece in font_runs(text, style))
    return float(sum(widths)) * _MM_PER_POINT


def shortened(text: str, style: PrintStyle, width_mm: float) -> str:
    """Return the text, its end replaced by an ellipsis if it is wider than `width_mm`."""
    if text_width_mm(text, style) <= width_mm:
        return text
    fits = [n for n in range(len(text)) if text_width_mm(_cut(text, n), style) <= width_mm]
    return _cut(text, max(fits, default=0))


def fitting(text: str, styles: Sequence[PrintStyle], width_mm: float) -> PrintStyle:
    """Return the first style in which a text is at most `width_mm` wide, or the last."""
    return next((style for style in styles if text_width_mm(text, style) <= width_mm), styles[-1])


def wrapped(text: str, style: PrintStyle, width_mm: float) -> list[str]:
    """Return the text in lines that are at most `width_mm` wide, broken between words or in long ones."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_mm(longer, style) <= width_mm:
            lines[-1] = longer
        else:
            lines.extend(_pieces(word, style, width_mm))
    return lines


def _pieces(word: str, style: PrintStyle, width_mm: float) -> list[str]:
    """Return a word in pieces that are at most `width_mm` wide."""
    pieces = [""]
    for character in word:
        if pieces[-1] and text_width_mm(pieces[-1] + character, style) > width_mm:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip(" ,;.-_(") + "…"


def _one_line(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


@lru_cache(maxsize=4096)
def _runs(text: str, *, bold: bool) -> tuple[tuple[str | None, str], ...]:
    """Return a text in one font that has all of it, or its Latin and its other parts each in their own."""
    whole = _embedded(text, bold=bold)
    if whole:
        return ((whole, text),)
    latin = latin_font(bold=bold)
    pieces = ("".join(group) for _, group in groupby(text, lambda letter: has_all(latin, letter)))
    return tuple((_embedded(piece, bold=bold), piece) for piece in pieces)


@lru_cache(maxsize=4096)
def _embedded(text: str, *, bold: bool) -> str | None:
    """Return the name of a registered font that has every character of a text, or None."""
    if has_all(latin_font(bold=bold), text):
        return _latin(bold=bold)
    if needs_shaping(text):
        return None
    names = (register_font(f"System-{_digest(file)}", file, text) for file in font_files(text))
    return next((name for name in names if name), None)


@lru_cache(maxsize=2)
def _latin(*, bold: bool) -> str:
    name = register_font("Sheet-Bold" if bold else "Sheet", latin_font(bold=bold), "")
    if name is None:
        message = "the font that ships with reportlab cannot be read; install reportlab again"
        raise RuntimeError(message)
    return name


def _digest(file: str) -> str:
    return hashlib.sha256(file.encode()).hexdigest()[:8]
