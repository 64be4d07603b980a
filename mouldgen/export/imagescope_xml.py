"""``slabs/S01.xml``: outline, habitats and sites of a slab for Aperio ImageScope, in its picture's pixels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from mouldgen.export.color_numbers import red_green_blue
from mouldgen.export.slab_annotations import Region, SiteMark, SlabAnnotations

if TYPE_CHECKING:
    from mouldgen.frames import FloatArray

__all__ = ["imagescope_text"]

_POLYGON = 0
"""Type of a region whose vertices are its corners."""

_SITE_COLOR = "#d40000"

_Ring = tuple["FloatArray", str, bool]
"""Corners in pixels, what is written beside them, and whether they enclose a hole."""


def imagescope_text(annotations: SlabAnnotations) -> str:
    """Return the text of the file of a slab: layers for the specimen, for each habitat, and for the sites."""
    microns_per_px = 1000 * annotations.panels[0].window.px_mm
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<Annotations MicronsPerPixel="{microns_per_px:g}">']
    for number, (name, color, rings) in enumerate(_layers(annotations), start=1):
        lines.extend(_layer_lines(number, name, color, rings))
    return "\n".join([*lines, "</Annotations>", ""])


def _layers(annotations: SlabAnnotations) -> Iterator[tuple[str, str, list[_Ring]]]:
    """Yield name, colour and rings of every layer; ImageScope calls a layer an annotation."""
    layers: dict[tuple[str, str], list[Region]] = {}
    for region in sorted(annotations.regions, key=_layer_order):
        layers.setdefault((region.name, region.color), []).append(region)
    for (name, color), regions in layers.items():
        yield name, color, [ring for region in regions for ring in _region_rings(region)]
    if annotations.sites:
        yield "Sites", _SITE_COLOR, [_site_ring(mark) for mark in annotations.sites]


def _layer_order(region: Region) -> int:
    return region.habitat.label if region.habitat else 0


def _region_rings(region: Region) -> Iterator[_Ring]:
    for outer, *holes in region.polygons:
        yield outer, region.panel.plane.value, False
        for hole in holes:
            yield hole, region.panel.plane.value, True


def _site_ring(mark: SiteMark) -> _Ring:
    return mark.circle_px, f"{mark.site.id} {mark.panel.plane.value}", False


def _layer_lines(number: int, name: str, color: str, rings: Iterable[_Ring]) -> Iterator[str]:
    title = _quoted(name)
    yield (
        f'<Annotation Id="{number}" Name={title} ReadOnly="1" LineColor="{_bgr(color)}" Visible="1" '
        'Selected="0">'
    )
    yield f'<Attributes><Attribute Name="Description" Id="0" Value={title}/></Attributes>'
    yield "<Regions>"
    for region_number, ring in enumerate(rings, start=1):
        yield from _region_lines(region_number, ring)
    yield "</Regions>"
    yield "</Annotation>"


def _region_lines(number: int, ring: _Ring) -> Iterator[str]:
    points_px, text, is_hole = ring
    yield (
        f'<Region Id="{number}" Type="{_POLYGON}" Zoom="1" Selected="0" Text={_quoted(text)} '
        f'NegativeROA="{int(is_hole)}" Analyze="1" DisplayId="{number}">'
    )
    yield "<Vertices>"
    for column, line in points_px.round(3).tolist():
        yield f'<Vertex X="{column:.3f}" Y="{line:.3f}" Z="0"/>'
    yield "</Vertices>"
    yield "</Region>"


def _bgr(color: str) -> int:
    """Return a colour as blue, green and red in one number: 255 is red."""
    red, green, blue = red_green_blue(color)
    return red + (green << 8) + (blue << 16)


def _quoted(text: str) -> str:
    """Return text as the value of an attribute, without what XML cannot hold."""
    plain = re.sub(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
    return quoteattr(" ".join(plain.split()), {'"': "&quot;"})
