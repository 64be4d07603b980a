"""Closed rings -> polygons with their holes, as formats of annotations want them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.frames import FloatArray

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Polygon", "polygons_of_rings"]

Polygon = tuple[FloatArray, ...]
"""Closed rings of shape (N, 2): the outer one, positive area; then the holes, negative area."""


def polygons_of_rings(rings: Iterable[FloatArray]) -> tuple[Polygon, ...]:
    """Return the polygons that rings enclose together, by the even-odd rule, from left to right.

    Parameters
    ----------
    rings
        Closed, shape (N, 2); their own directions do not matter. Where rings cross themselves or each other
        they are parted, so that every polygon is valid.
    """
    from shapely import make_valid, multipolygons, polygons

    shells = [polygons(ring) for ring in rings]
    if not shells:
        return ()
    # taken as shells, nested rings are invalid, and the line work is made valid by the even-odd rule
    shape = make_valid(multipolygons(shells), method="linework")
    return tuple(sorted(_polygons(shape), key=lambda polygon: polygon[0].min(axis=0).tolist()))


def _polygons(shape: BaseGeometry) -> Iterator[Polygon]:
    from shapely import get_parts
    from shapely.geometry.polygon import orient

    for part in get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            turned = orient(part, sign=1.0)
            yield tuple(np.array(ring.coords) for ring in (turned.exterior, *turned.interiors))
        elif part.geom_type == "MultiPolygon":
            yield from _polygons(part)
