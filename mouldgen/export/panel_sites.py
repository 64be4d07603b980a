"""Sites on the panels of a slab: a circle as wide as the punch, on every plane that its core reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.map_document import SiteEntry
from mouldgen.export.panel_fonts import TextStyle, readable, text_width_px, write
from mouldgen.export.panel_inks import PAPER
from mouldgen.export.panel_window import PanelWindow

__all__ = ["SITE_NOTE", "draw_sites", "reaching", "short_id"]

SITE_NOTE = "Circles are punches at their size, on every plane that they reach."

_COLOR = (20, 20, 20)
_NAME = TextStyle(17, bold=True, halo_px=3)
_RING_PX = 2.6
_HALO_PX = 6.0
_CROSS_PX = 4.0
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


def draw_sites(panel: Picture.Image, window: PanelWindow, sites: Sequence[SiteEntry]) -> None:
    """Draw the circle, the middle and the name of every site on a panel."""
    if not sites:
        return
    for width_px, color in ((_HALO_PX, PAPER), (_RING_PX, _COLOR)):
        panel.paste(color, (0, 0), _rings(panel.size, window, sites, width_px))
    draw = ImageDraw.Draw(panel)
    for site in sites:
        column, row = window.to_px(site.mould_mm[1:]).tolist()
        radius_px = site.punch_diameter_mm / 2 / window.px_mm
        _write_name(draw, (column, row), radius_px, readable(short_id(site), site.slab), panel.width)


def _rings(
    size: tuple[int, int], window: PanelWindow, sites: Sequence[SiteEntry], width_px: float
) -> Picture.Image:
    """Return how much of every pixel rings and their middles cover, smoothed by drawing them larger."""
    finer = _OVERSAMPLING
    mask = Picture.new("L", (size[0] * finer, size[1] * finer), 0)
    draw = ImageDraw.Draw(mask)
    for site in sites:
        column, row = (finer * window.to_px(site.mould_mm[1:]) - 0.5).tolist()
        reach = finer * (site.punch_diameter_mm / 2 / window.px_mm + width_px / 2)
        box = (column - reach, row - reach, column + reach, row + reach)
        draw.ellipse(box, outline=255, width=round(width_px * finer))
        arm, half = finer * _CROSS_PX, finer * width_px / 4
        draw.rectangle((column - arm, row - half, column + arm, row + half), fill=255)
        draw.rectangle((column - half, row - arm, column + half, row + arm), fill=255)
    return mask.reduce(finer)


def _write_name(
    draw: ImageDraw.ImageDraw, at_px: tuple[float, float], radius_px: float, name: str, width_px: int
) -> None:
    """Write a name to the right of a circle, or to its left at the edge of the panel."""
    column, row = at_px
    offset = radius_px + 5
    fits = column + offset + text_width_px(name, _NAME) < width_px - 4
    write(draw, (column + (offset if fits else -offset), row), name, _NAME, anchor="lm" if fits else "rm")
