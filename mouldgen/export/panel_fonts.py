"""Texts on pictures: a font that has the characters, text that fits, text that is drawn.

Latin text is set in Bitstream Vera, which ships with reportlab. For other scripts a font of the
system that has all characters is looked for; where there is none, the caller's substitute is drawn
rather than boxes.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PIL import ImageDraw, ImageFont, features

__all__ = ["TextStyle", "fitted", "readable", "text_width_px", "wrapped", "write"]

Color = tuple[int, int, int]

_BLACK: Color = (24, 24, 24)
_BROAD_FONTS = (
    "DejaVuSans.ttf",
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "wqy-microhei.ttc",
    "Arial Unicode.ttf",
    "arial.ttf",
    "msyh.ttc",
    "YuGothR.ttc",
    "malgun.ttf",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
)
"""Files of fonts with many characters on Linux, Windows and macOS; Pillow knows the folders."""


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
    return _sized(_font_file(text, bold=style.bold) or _vera(bold=style.bold), style.size_px)


@lru_cache(maxsize=64)
def _sized(file: str, size_px: int) -> ImageFont.FreeTypeFont:
    # the basic layout needs no further library; what it cannot shape is left to the complex one
    simple = file in {_vera(bold=False), _vera(bold=True)}
    return ImageFont.truetype(file, size_px, layout_engine=ImageFont.Layout.BASIC if simple else None)


@lru_cache(maxsize=1024)
def _font_file(text: str, *, bold: bool) -> str | None:
    """Return the file of a font that has every character of a text, or None."""
    latin = _vera(bold=bold)
    if _has_all(latin, text):
        return latin
    if _needs_shaping(text) and not features.check("raqm"):
        return None
    names = [*_BROAD_FONTS, *_script_fonts(text)]
    files = (_system_file(name) for name in names)
    return next((file for file in files if file and _has_all(file, text)), None)


@lru_cache(maxsize=2)
def _vera(*, bold: bool) -> str:
    import reportlab

    return str(Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf"))


def _has_all(file: str, text: str) -> bool:
    return _characters(file).issuperset(map(ord, text))


@lru_cache(maxsize=32)
def _characters(file: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


@lru_cache(maxsize=64)
def _system_file(name: str) -> str | None:
    try:
        return str(ImageFont.truetype(name).path)
    except OSError:
        return None


def _needs_shaping(text: str) -> bool:
    """Tell whether letters join, stack or run from right to left."""
    return any(
        unicodedata.bidirectional(character) in {"R", "AL"} or unicodedata.category(character) in {"Mn", "Mc"}
        for character in text
    )


def _script_fonts(text: str) -> list[str]:
    """Return what the Noto fonts for the scripts in a text are called, such as NotoSansThai-Regular.ttf."""
    scripts = {
        unicodedata.name(character, "").split(" ")[0].title() for character in text if ord(character) > 0x7F
    }
    return [f"NotoSans{script}-Regular.ttf" for script in sorted(scripts)]
