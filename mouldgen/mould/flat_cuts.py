"""Parts beside the mould that are longer than the bed, in pieces with flat faces at cut planes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from mouldgen.mould.seam_choice import fits_bed
from mouldgen.solids import Solid

__all__ = ["parted_at", "parting_planes_mm"]

_MOST_PLANES = 4
_BEYOND_MM = 1.0


def parting_planes_mm(
    solid: Solid, cuts_x_mm: Sequence[float], bed_mm: Sequence[float], margin_mm: float
) -> tuple[float, ...]:
    """Return as few cut planes as make each piece of a part fit the bed, in order.

    None where it fits whole, and where no cuts make it fit.

    Parameters
    ----------
    solid
        In the mould frame.
    cuts_x_mm
        Where it may be parted.
    bed_mm, margin_mm
        Build volume, and what is kept free at its edge.
    """
    if fits_bed(np.ptp(solid.bounds_mm, axis=0), bed_mm):
        return ()
    low, high = (float(x) for x in solid.bounds_mm[:, 0])
    inside = [x for x in cuts_x_mm if low < x < high]
    for count in range(1, min(_MOST_PLANES, len(inside)) + 1):
        wanted = np.linspace(low, high, count + 2)[1:-1]
        planes = sorted({inside[int(np.argmin(np.abs(np.subtract(inside, at))))] for at in wanted})
        pieces = parted_at(solid, planes)
        if all(fits_bed(np.ptp(piece.bounds_mm, axis=0), bed_mm, margin_mm) for piece in pieces):
            return tuple(planes)
    return ()


def parted_at(solid: Solid, planes_x_mm: Sequence[float]) -> tuple[Solid, ...]:
    """Return the pieces of a part between planes; its marks stay: grooves are wider than a plane."""
    return tuple(_between(solid, planes_x_mm)) if planes_x_mm else (solid,)


def _between(solid: Solid, planes_mm: Sequence[float]) -> Iterator[Solid]:
    """Yield every body between the planes, in order."""
    low, high = solid.bounds_mm
    edges = [float(low[0]) - _BEYOND_MM, *planes_mm, float(high[0]) + _BEYOND_MM]
    for start, stop in pairwise(edges):
        box = Solid.box(
            (start, *(low[1:] - _BEYOND_MM).tolist()), (stop, *(high[1:] + _BEYOND_MM).tolist()), "half"
        )
        yield from solid.common(box, "piece").pieces()
