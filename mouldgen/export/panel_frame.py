"""What stands around every panel: its frame, the directions on its four sides, and the scale bar."""

from __future__ import annotations

from PIL import ImageDraw

from mouldgen.export.panel_fonts import text_width_px, write
from mouldgen.export.panel_page import BODY, GUTTER_PX, HAIRLINE, LEAD, NOTE, PageLayout
from mouldgen.export.side_letters import SideLetters

__all__ = ["draw_frames", "draw_scale_bar", "draw_score_lines"]

_LETTER = LEAD.emboldened()
_BAR_COLOR = (20, 20, 20)
_SCORE_COLOR = (90, 90, 90)
_DASH_PX = (7, 6)
_LONGEST_BAR_PX = 240


def draw_frames(draw: ImageDraw.ImageDraw, layout: PageLayout, letters: SideLetters) -> None:
    """Draw a frame around every panel, and the directions on its sides."""
    width, height = layout.window.width_px, layout.window.height_px
    top, bottom = layout.panels_top_px, layout.panels_bottom_px
    beside = GUTTER_PX // 4
    for left in layout.panel_lefts_px:
        draw.rectangle((left - 1, top - 1, left + width, bottom), outline=HAIRLINE)
        _write_beside(draw, left - beside, top + height // 2, letters.left, "front")
        _write_beside(draw, left + width + beside, top + height // 2, letters.right, "back")
        _write_level(draw, left + width // 2, top - 24, letters.top, "top")
        _write_level(draw, left + width // 2, bottom + 26, letters.bottom, "base")


def draw_scale_bar(draw: ImageDraw.ImageDraw, layout: PageLayout, note: str) -> None:
    """Draw a bar of 10 or 20 mm below the first panel, and say how large a pixel is."""
    px_mm = layout.window.px_mm
    bar_mm = 20 if 20 / px_mm <= _LONGEST_BAR_PX else 10
    length = round(bar_mm / px_mm)
    left, middle = layout.panel_lefts_px[0], layout.panels_bottom_px + 72
    draw.rectangle((left, middle - 3, left + length - 1, middle + 2), fill=_BAR_COLOR)
    for end in (left, left + length - 2):
        draw.rectangle((end, middle - 9, end + 1, middle + 8), fill=_BAR_COLOR)
    label = left + length + 16
    width = write(draw, (label, middle), f"{bar_mm} mm", BODY.emboldened(), anchor="lm")
    write(draw, (label + width + 20, middle), note, NOTE, anchor="lm")


def draw_score_lines(draw: ImageDraw.ImageDraw, layout: PageLayout, score_z_mm: float) -> None:
    """Draw a dashed line in every panel from its top to where the score slot ends, at y = 0."""
    column, end = layout.window.to_px([0.0, score_z_mm]).tolist()
    for left in layout.panel_lefts_px:
        for start in range(0, round(end), sum(_DASH_PX)):
            rows = layout.panels_top_px + start, layout.panels_top_px + min(start + _DASH_PX[0], round(end))
            draw.line([(left + column, rows[0]), (left + column, rows[1])], fill=_SCORE_COLOR, width=2)


def _write_beside(draw: ImageDraw.ImageDraw, column: float, row: float, letter: str, side: str) -> None:
    write(draw, (column, row - 12), letter, _LETTER, anchor="mm")
    write(draw, (column, row + 14), side, NOTE, anchor="mm")


def _write_level(draw: ImageDraw.ImageDraw, column: float, row: float, letter: str, side: str) -> None:
    """Write a letter in the middle, and the side of the mould to its right."""
    write(draw, (column, row), letter, _LETTER, anchor="mm")
    offset = text_width_px(letter, _LETTER) / 2 + 8
    write(draw, (column + offset, row + 1), side, NOTE, anchor="lm")
