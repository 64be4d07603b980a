"""What slots leave of the outside of walls where they run along it: too thin to be printed.

A printer leaves it out or prints it as a loose thread, which may break off into the tissue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mouldgen.mould.layout import Layout

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["thin_tails"]

_THINNEST_MM = 1.0
"""Two lines of a 0.4 mm nozzle, and a little more."""

_SLIVER_MM, _LEAST_TAIL_MM2 = 0.02, 0.2


def thin_tails(wall: BaseGeometry, layout: Layout) -> BaseGeometry:
    """Return what slots that run along the outside of a wall leave of it, too thin to be printed, in plan.

    Parameters
    ----------
    wall
        With what it encloses, in plan.
    layout
        Slots.
    """
    from shapely import MultiPolygon, box

    _, y_low, _, y_high = wall.bounds
    half = layout.slot_width_mm / 2
    slots = MultiPolygon([box(x - half, y_low - 1.0, x + half, y_high + 1.0) for x in layout.slot_x_mm])
    fingers = wall.difference(slots)
    thick = fingers.buffer(-_THINNEST_MM / 2, join_style="mitre").buffer(_THINNEST_MM / 2, join_style="mitre")
    tails = fingers.difference(thick.buffer(_SLIVER_MM))
    large = [tail for tail in getattr(tails, "geoms", [tails]) if tail.area > _LEAST_TAIL_MM2]
    # a little of the slot goes with them, so that no faces coincide
    return MultiPolygon(large).buffer(_SLIVER_MM, join_style="mitre")
