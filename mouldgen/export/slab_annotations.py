"""What lies where on the picture of a slab, in its pixels: outline, habitats and sites on every panel.

Formats of annotations (`qupath_geojson`, `imagescope_xml`) say the same things in their own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.export.panel_page import PageLayout
from mouldgen.export.panel_sites import reaching
from mouldgen.export.panel_window import PanelWindow, plan_window
from mouldgen.export.ring_polygons import Polygon, polygons_of_rings
from mouldgen.export.section_shapes import SectionPlane
from mouldgen.export.table_text import one_line
from mouldgen.frames import FloatArray

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.map_document import HabitatEntry, SiteEntry, SlabEntry
    from mouldgen.sampling.contents import Rings, SlabContent

__all__ = ["Panel", "Region", "SiteMark", "SlabAnnotations", "habitat_title", "slab_annotations"]

_SPECIMEN_COLOR = "#181818"

_CIRCLE_CORNERS = 64
"""A circle of 8 mm stays within 0.01 mm of such a polygon."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One of the three sections on the picture of a slab.

    Parameters
    ----------
    plane
        Which.
    x_mm
        Where it lies in the mould.
    left_px, top_px
        Its upper left corner on the picture.
    window
        What it shows.
    """

    plane: SectionPlane
    x_mm: float
    left_px: int
    top_px: int
    window: PanelWindow

    def to_px(self, points_mm: FloatArray) -> FloatArray:
        """Map [y, z] of shape (..., 2) to [column, row] on the picture; pixel n reaches from n to n + 1."""
        return self.window.to_px(points_mm) + (self.left_px, self.top_px)

    @property
    def mould_yz_from_px(self) -> FloatArray:
        """Shape (2, 3): from (column, row, 1) on the picture to y and z of the mould."""
        step_mm = self.window.px_mm
        return np.array(
            [
                [step_mm, 0.0, self.window.y_low_mm - step_mm * self.left_px],
                [0.0, -step_mm, self.window.z_high_mm + step_mm * self.top_px],
            ]
        )


@dataclass(frozen=True, eq=False)
class Region:
    """The specimen, or one habitat, on one panel.

    Parameters
    ----------
    panel
        Where.
    habitat
        None for the specimen.
    polygons
        In pixels of the picture.
    """

    panel: Panel
    habitat: HabitatEntry | None
    polygons: tuple[Polygon, ...]

    @property
    def name(self) -> str:
        """``Specimen``, or letter and name of the habitat."""
        return "Specimen" if self.habitat is None else habitat_title(self.habitat)

    @property
    def color(self) -> str:
        """``#rrggbb``."""
        return _SPECIMEN_COLOR if self.habitat is None else self.habitat.color


@dataclass(frozen=True, eq=False)
class SiteMark:
    """A site on one panel.

    Parameters
    ----------
    panel
        Where.
    site, habitat
        What is punched; None where it aims at no habitat.
    center_px
        Shape (2,).
    circle_px
        Closed ring around the punch, of the punch's area.
    """

    panel: Panel
    site: SiteEntry
    habitat: HabitatEntry | None
    center_px: FloatArray
    circle_px: FloatArray


@dataclass(frozen=True, eq=False)
class SlabAnnotations:
    """Everything on the picture of one slab.

    Parameters
    ----------
    slab
        Which.
    panels
        Lower face, middle and upper face, from left to right.
    regions
        Panel by panel: the specimen, then its habitats in order.
    sites
        Panel by panel, in the order of the document.
    """

    slab: SlabEntry
    panels: tuple[Panel, ...]
    regions: tuple[Region, ...]
    sites: tuple[SiteMark, ...]


def habitat_title(habitat: HabitatEntry) -> str:
    """Return letter and name of a habitat on one line."""
    return f"{habitat.code} {one_line(habitat.name)}"


def slab_annotations(lab: LaboratoryCase) -> Iterator[SlabAnnotations]:
    """Yield what lies on the picture of every slab, in order."""
    layout = PageLayout(plan_window(lab.lattice), legend_height_px=0)
    for entry, content in zip(lab.document.slabs, lab.sampling.slabs, strict=True):
        panels = tuple(_panels(content, layout))
        yield SlabAnnotations(
            slab=entry,
            panels=panels,
            regions=tuple(region for panel in panels for region in _regions(lab, content, panel)),
            sites=tuple(mark for panel in panels for mark in _marks(lab, entry, panel)),
        )


def _panels(content: SlabContent, layout: PageLayout) -> Iterator[Panel]:
    slab = content.slab
    planes_mm = {
        SectionPlane.LOWER: slab.x_lower_mm,
        SectionPlane.MID: slab.x_mid_mm,
        SectionPlane.UPPER: slab.x_upper_mm,
    }
    for left_px, (plane, x_mm) in zip(layout.panel_lefts_px, planes_mm.items(), strict=True):
        yield Panel(plane, x_mm, left_px, layout.panels_top_px, layout.window)


def _regions(lab: LaboratoryCase, content: SlabContent, panel: Panel) -> Iterator[Region]:
    shape = lab.shapes.at(content, panel.plane)
    if shape.outline:
        yield Region(panel, None, _in_px(shape.outline, panel))
    for habitat in lab.document.habitats:
        if habitat.label in shape.habitats:
            yield Region(panel, habitat, _in_px(shape.habitats[habitat.label], panel))


def _in_px(rings: Rings, panel: Panel) -> tuple[Polygon, ...]:
    return polygons_of_rings(panel.to_px(ring) for ring in rings)


def _marks(lab: LaboratoryCase, slab: SlabEntry, panel: Panel) -> Iterator[SiteMark]:
    habitats = {habitat.label: habitat for habitat in lab.document.habitats}
    for site in reaching(lab.document.sites, slab.id, panel.x_mm):
        center_mm = np.array(site.mould_mm[1:])
        yield SiteMark(
            panel=panel,
            site=site,
            habitat=habitats.get(site.habitat or 0),
            center_px=panel.to_px(center_mm),
            circle_px=panel.to_px(center_mm + _circle(site.punch_tissue_mm / 2)),
        )


def _circle(radius_mm: float) -> FloatArray:
    """Return a closed regular polygon of the area of a circle, shape (N + 1, 2), clockwise seen from +X.

    Rows of a picture count downward, so that its area in pixels is positive.
    """
    step = 2 * np.pi / _CIRCLE_CORNERS
    angles = step * (np.arange(_CIRCLE_CORNERS + 1) % _CIRCLE_CORNERS)
    corner_mm = radius_mm * float(np.sqrt(step / np.sin(step)))
    return np.column_stack([corner_mm * np.cos(angles), -corner_mm * np.sin(angles)])
