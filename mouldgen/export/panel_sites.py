"""Sites on the panels of a slab: a circle as wide as the punch, on every plane that its core reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.map_document import SiteEntry
from mouldgen.export.panel_fonts import TextStyle, readable, text_width_px, write
from mouldgen.export.panel_inks import PAPER
from mouldgen.export.panel_section import PixelBox
from mouldgen.export.panel_window import PanelWindow

__all__ = ["SITE_NOTE", "draw_sites", "reaching", "short_id", "site_boxes"]

SITE_NOTE = "Circles are punches at their size, on every plane that they reach."

_COLOR = (20, 20, 20)
_NAME = TextStyle(17, bold=True, halo_px=3)
_RING_PX = 2.6
_HALO_PX = 6.0
_CROSS_PX = 4.0
_NAME_GAP_PX = 5.0
_OVERSAMPLING = 3
_REACH_MM = 2e-3
"""Faces are drawn this far inside a slab at most."""


def reaching(sites: Iterable[SiteEntry], slab_id: str, x_mm: float) -> tuple[SiteEntry, ...]:
    """Return the sites of a slab whose cores reach the plane at `x_mm`."""
    return tuple(
        site
        for site in sites
        if site.slab == slab_id and site.x_from_mm - _REACH_MM <= x_mm <= site.x_to_mm + _REACH_MM
    )


def short_id(site: SiteEntry) -> str:
    """Return what names a site within its slab: ``A1`` for ``S03-A1``."""
    return site.id.removeprefix(f"{site.slab}-")


def site_boxes(window: PanelWindow, sites: Iterable[SiteEntry]) -> tuple[PixelBox, ...]:
    """Return the boxes that circles and names of sites take: left, upper, right and lower edge in pixels."""
    return tuple(_box(mark) for mark in _marks(window, sites))


def draw_sites(panel: Picture.Image, window: PanelWindow, sites: Sequence[SiteEntry]) -> None:
    """Draw the circle, the middle and the name of every site on a panel."""
    if not sites:
        return
    marks = _marks(window, sites)
    for width_px, color in ((_HALO_PX, PAPER), (_RING_PX, _COLOR)):
        panel.paste(color, (0, 0), _rings(panel.size, marks, width_px))
    draw = ImageDraw.Draw(panel)
    for mark in marks:
        offset = mark.name_side * (mark.radius_px + _NAME_GAP_PX)
        anchor = "lm" if mark.name_side > 0 else "rm"
        write(draw, (mark.column + offset, mark.row), mark.name, _NAME, anchor=anchor)


@dataclass(frozen=True)
class _Mark:
    """A circle in pixels, its name, and on which side of it (-1 left, 1 right) that stands."""

    column: float
    row: float
    radius_px: float
    name: str
    name_side: int

    @property
    def name_width_px(self) -> float:
        return text_width_px(self.name, _NAME)


def _marks(window: PanelWindow, sites: Iterable[SiteEntry]) -> tuple[_Mark, ...]:
    marks: list[_Mark] = []
    for site in sites:
        column, row = window.to_px(site.mould_mm[1:]).tolist()
        radius_px = site.punch_tissue_mm / 2 / window.px_mm
        mark = _Mark(column, row, radius_px, readable(short_id(site), site.slab), 1)
        marks.append(mark)
    return tuple(_turned_inward(mark, marks, window) for mark in marks)


def _turned_inward(mark: _Mark, marks: Sequence[_Mark], window: PanelWindow) -> _Mark:
    """Return a mark whose name stands to its left if there is no room to its right."""
    _, upper, right, lower = _box(mark)
    covers = any(
        mark.column < other.column - other.radius_px < right
        and upper < other.row + other.radius_px
        and other.row - other.radius_px < lower
        for other in marks
    )
    return replace(mark, name_side=-1) if covers or right > window.width_px - 4 else mark


def _box(mark: _Mark) -> PixelBox:
    reach = mark.radius_px + _HALO_PX
    beside = mark.radius_px + _NAME_GAP_PX + mark.name_width_px + _NAME.halo_px
    left, right = (reach, beside) if mark.name_side > 0 else (beside, reach)
    return mark.column - left, mark.row - reach, mark.column + right, mark.row + reach


def _rings(size: tuple[int, int], marks: Sequence[_Mark], width_px: float) -> Picture.Image:
    """Return how much of every pixel rings and their middles cover, smoothed by drawing them larger."""
    finer = _OVERSAMPLING
    mask = Picture.new("L", (size[0] * finer, size[1] * finer), 0)
    draw = ImageDraw.Draw(mask)
    for mark in marks:
        # a coordinate of Pillow's lines is the middle of a pixel
        column, row = finer * mark.column - 0.5, finer * mark.row - 0.5
        reach = finer * (mark.radius_px + width_px / 2)
        box = (column - reach, row - reach, column + reach, row + reach)
        draw.ellipse(box, outline=255, width=round(width_px * finer))
        arm, half = finer * _CROSS_PX, finer * width_px / 4
        draw.rectangle((column - arm, row - half, column + arm, row + half), fill=255)
        draw.rectangle((column - half, row - arm, column + half, row + arm), fill=255)
    return mask.reduce(finer)
