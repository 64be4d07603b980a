"""Where everything stands on the picture of a slab; the same for all slabs of a case."""

from __future__ import annotations

from dataclasses import dataclass

from mouldgen.export.panel_fonts import TextStyle
from mouldgen.export.panel_window import PanelWindow

__all__ = [
    "BODY",
    "CAPTION",
    "FAINT",
    "GREY",
    "GUTTER_PX",
    "HAIRLINE",
    "HEADING",
    "LEAD",
    "MARGIN_PX",
    "NOTE",
    "ROW_PX",
    "TITLE",
    "PageLayout",
]

GREY = (105, 105, 105)
FAINT = (165, 165, 165)
HAIRLINE = (205, 205, 205)

TITLE = TextStyle(58, bold=True)
LEAD = TextStyle(25)
CAPTION = TextStyle(21, bold=True)
HEADING = TextStyle(16, bold=True, color=GREY)
BODY = TextStyle(18)
NOTE = TextStyle(16, color=GREY)

MARGIN_PX = 96
GUTTER_PX = 144
ROW_PX = 34
_PANELS_TOP_PX = 254
_BELOW_PANELS_PX = 148
_BOTTOM_PX = 56


@dataclass(frozen=True)
class PageLayout:
    """Pixels from the upper left corner.

    Parameters
    ----------
    window
        What every panel shows, and its size.
    legend_height_px
        Height of the legend below the panels.
    """

    window: PanelWindow
    legend_height_px: int

    @property
    def panel_lefts_px(self) -> tuple[int, int, int]:
        """Left edges of the lower, middle and upper panel, and of the legend's columns."""
        pitch = self.window.width_px + GUTTER_PX
        return MARGIN_PX, MARGIN_PX + pitch, MARGIN_PX + 2 * pitch

    @property
    def panels_top_px(self) -> int:
        """Upper edge of the panels."""
        return _PANELS_TOP_PX

    @property
    def panels_bottom_px(self) -> int:
        """Lower edge of the panels."""
        return _PANELS_TOP_PX + self.window.height_px

    @property
    def right_px(self) -> int:
        """Right edge of the last panel."""
        return self.panel_lefts_px[2] + self.window.width_px

    @property
    def legend_top_px(self) -> int:
        """Upper edge of the legend."""
        return self.panels_bottom_px + _BELOW_PANELS_PX

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the page."""
        return self.right_px + MARGIN_PX, self.legend_top_px + self.legend_height_px + _BOTTOM_PX
