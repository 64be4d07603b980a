"""Files of fonts that have the characters of a text.

Latin text is set in Bitstream Vera, which ships with reportlab. For other scripts a font of the system
that has all characters is looked for.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

__all__ = ["characters_of", "font_files", "has_all", "latin_font", "needs_shaping"]

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


@lru_cache(maxsize=2)
def latin_font(*, bold: bool) -> str:
    """Return the file of the font for Latin text."""
    import reportlab

    return str(Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf"))


def font_files(text: str) -> list[str]:
    """Return the files of the system's fonts that have every character of a text, best first."""
    names = [*_BROAD_FONTS, *_script_fonts(text)]
    files = (_system_file(name) for name in names)
    return [file for file in files if file and has_all(file, text)]


def has_all(file: str, text: str) -> bool:
    """Tell whether a font has every character of a text."""
    return characters_of(file).issuperset(map(ord, text))


@lru_cache(maxsize=32)
def characters_of(file: str) -> frozenset[int]:
    """Return the characters that a font has; of the first font in a collection."""
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap() or ())


def needs_shaping(text: str) -> bool:
    """Tell whether letters join, stack or run from right to left."""
    return any(
        unicodedata.bidirectional(character) in {"R", "AL"} or unicodedata.category(character) in {"Mn", "Mc"}
        for character in text
    )


@lru_cache(maxsize=64)
def _system_file(name: str) -> str | None:
    try:
        return str(ImageFont.truetype(name).path)
    except OSError:
        return None


def _script_fonts(text: str) -> list[str]:
    """Return what the Noto fonts for the scripts in a text are called, such as NotoSansThai-Regular.ttf."""
    scripts = {
        unicodedata.name(character, "").split(" ")[0].title() for character in text if ord(character) > 0x7F
    }
    return [f"NotoSans{script}-Regular.ttf" for script in sorted(scripts)]
