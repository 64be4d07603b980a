"""Sections of the lying specimen as outlines in [y, z], and what a slab covers over its thickness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mouldgen.mould.lying import LyingSpecimen
from mouldgen.surface import section_rings

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["section_outline", "slab_silhouette"]

_INSET_MM = 0.05
_SECTIONS = 7
_SMALLEST_MM2 = 0.5


def section_outline(plastic: LyingSpecimen, x_mm: float) -> MultiPolygon:
    """Return the section of the specimen at a position along X, in [y, z]; empty where there is none."""
    from shapely import MultiPolygon, Polygon

    joined = MultiPolygon()
    for ring in section_rings(plastic.field, x_mm, plastic.level_mm):
        # rings do not cross, so that what an even number of them encloses is a hole
        joined = joined.symmetric_difference(Polygon(ring).buffer(0))
    return _as_multipolygon(joined)


def slab_silhouette(plastic: LyingSpecimen, x_lower_mm: float, x_upper_mm: float) -> MultiPolygon:
    """Return what a slab covers, seen along X: the union of sections through it, without holes."""
    from shapely import Polygon
    from shapely.ops import unary_union

    inset_mm = min(_INSET_MM, (x_upper_mm - x_lower_mm) / 4)
    positions = np.linspace(x_lower_mm + inset_mm, x_upper_mm - inset_mm, _SECTIONS)
    covered = unary_union([section_outline(plastic, float(x)) for x in positions])
    parts = [Polygon(part.exterior) for part in _as_multipolygon(covered).geoms]
    return _as_multipolygon(unary_union(parts))


def _as_multipolygon(shape: object) -> MultiPolygon:
    from shapely import MultiPolygon, Polygon

    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)]
    return MultiPolygon([part for part in parts if part.area > _SMALLEST_MM2])
