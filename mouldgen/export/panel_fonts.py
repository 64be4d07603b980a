"""Texts on pictures: a font that has the characters, text that fits, text that is drawn.

Where no font at hand has all characters, the caller's substitute is drawn rather than boxes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import ImageDraw, ImageFont, features

from mouldgen.export.font_files import font_files, has_all, latin_font, needs_shaping

__all__ = ["TextStyle", "fitted", "readable", "text_width_px", "wrapped", "write"]

Color = tuple[int, int, int]

_BLACK: Color = (24, 24, 24)


@dataclass(frozen=True)
class TextStyle:
    """How a text looks.

    Parameters
    ----------
    size_px
        Nominal height of the font.
    bold
        Whether the bold cut is used (Latin only).
    color
        Red, green, blue.
    halo_px
        Width of a white edge around the letters.
    """

    size_px: int
    bold: bool = False
    color: Color = _BLACK
    halo_px: int = 0

    def colored(self, color: Color) -> TextStyle:
        """Return the style in another colour."""
        return replace(self, color=color)

    def emboldened(self) -> TextStyle:
        """Return the style in bold."""
        return replace(self, bold=True)


def readable(text: str, substitute: str) -> str:
    """Return `text` on one line, or `substitute` if no font at hand can show all of it."""
    line = " ".join(text.split())
    return line if _font_file(line, bold=False) else substitute


def text_width_px(text: str, style: TextStyle) -> float:
    """Return how far a text reaches."""
    return float(_font(text, style).getlength(text))


def fitted(text: str, style: TextStyle, width_px: float) -> str:
    """Return the text, its end replaced by an ellipsis if it is wider than `width_px`."""
    if text_width_px(text, style) <= width_px:
        return text
    fits = [n for n in range(len(text)) if text_width_px(_cut(text, n), style) <= width_px]
    return _cut(text, max(fits, default=0))


def wrapped(text: str, style: TextStyle, width_px: float) -> list[str]:
    """Return the text in lines that are at most `width_px` wide, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_px(longer, style) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def write(
    draw: ImageDraw.ImageDraw, at_px: tuple[float, float], text: str, style: TextStyle, anchor: str = "ls"
) -> float:
    """Draw a text and return its width.

    Parameters
    ----------
    draw
        Where to.
    at_px
        Column and row of the anchor.
    text
        One line that `readable` let pass.
    style
        How it looks.
    anchor
        Pillow's: horizontally l, m or r, vertically s (baseline) or m (middle).
    """
    draw.text(
        at_px,
        text,
        fill=style.color,
        font=_font(text, style),
        anchor=anchor,
        stroke_width=style.halo_px,
        stroke_fill=(255, 255, 255) if style.halo_px else None,
    )
    return text_width_px(text, style)


def _cut(text: str, length: int) -> str:
    return text[:length].rstrip(" ,;.-_(") + "…"


def _font(text: str, style: TextStyle) -> ImageFont.FreeTypeFont:
    return _sized(_font_file(text, bold=style.bold) or latin_font(bold=style.bold), style.size_px)


@lru_cache(maxsize=64)
def _sized(file: str, size_px: int) -> ImageFont.FreeTypeFont:
    # the basic layout needs no further library; what it cannot shape is left to the complex one
    simple = file in {latin_font(bold=False), latin_font(bold=True)}
    return ImageFont.truetype(file, size_px, layout_engine=ImageFont.Layout.BASIC if simple else None)


@lru_cache(maxsize=1024)
def _font_file(text: str, *, bold: bool) -> str | None:
    """Return the file of a font that has every character of a text, or None."""
    latin = latin_font(bold=bold)
    if has_all(latin, text):
        return latin
    if needs_shaping(text) and not features.check("raqm"):
        return None
    return next(iter(font_files(text)), None)
