"""Fonts that reportlab can embed: TrueType as it is, others after their outlines have been converted."""

from __future__ import annotations

import hashlib
import io
from functools import lru_cache
from typing import Any

__all__ = ["register_font"]

_CURVE_TOLERANCE_EM = 1 / 1000


def register_font(name: str, file: str, text: str) -> str | None:
    """Make a font known to reportlab and return its name, or None if it cannot be embedded.

    Parameters
    ----------
    name
        What it shall be called. A font whose outlines are converted holds only the characters of `text`, and
        their hash behind its name.
    file
        A TrueType or OpenType file, or a collection, of which the first font is taken.
    text
        What it shall print.
    """
    if _registered(name, file):
        return name
    digest = hashlib.sha256("".join(sorted(set(text))).encode()).hexdigest()[:8]
    return _registered_converted(f"{name}-{digest}", file, "".join(sorted(set(text))))


@lru_cache(maxsize=64)
def _registered(name: str, file: str) -> bool:
    from reportlab.pdfbase import pdfmetrics, ttfonts

    try:
        pdfmetrics.registerFont(ttfonts.TTFont(name, file))
    except ttfonts.TTFError:
        return False
    return True


@lru_cache(maxsize=256)
def _registered_converted(name: str, file: str, characters: str) -> str | None:
    from fontTools.ttLib import TTLibError
    from reportlab.pdfbase import pdfmetrics, ttfonts

    try:
        pdfmetrics.registerFont(ttfonts.TTFont(name, io.BytesIO(_truetype(file, characters))))
    except (ttfonts.TTFError, TTLibError):
        return None
    return name


def _truetype(file: str, characters: str) -> bytes:
    """Return a TrueType font with the outlines of some characters of an OpenType font."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(layout_features=[], name_IDs=["*"], notdef_outline=True, hinting=False)
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    with TTFont(file, fontNumber=0, recalcTimestamp=False) as font:
        chosen = subset.Subsetter(options)
        chosen.populate(text=characters + " ")
        chosen.subset(font)
        _convert_outlines(font)
        stream = io.BytesIO()
        font.save(stream, reorderTables=False)
    return stream.getvalue()


def _convert_outlines(font: Any) -> None:
    """Replace cubic outlines by quadratic ones."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import newTable

    order = font.getGlyphOrder()
    glyphs = font.getGlyphSet()
    tolerance = font["head"].unitsPerEm * _CURVE_TOLERANCE_EM
    outlines = {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, tolerance, reverse_direction=True))
        outlines[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, outlines
    for old in ("CFF ", "CFF2"):
        if old in font:
            del font[old]
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"):
        setattr(maxp, field, 0)
    maxp.maxZones = 1
    for field in ("maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):
        setattr(maxp, field, 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
