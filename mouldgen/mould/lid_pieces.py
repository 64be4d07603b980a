"""A lid that is larger than the printer's bed, in pieces that each lie on two dowels of their own.

Only the spine joins the fingers of a lid, so a seam in a slot parts the spine and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mouldgen.errors import Finding
from mouldgen.mould.layout import Layout
from mouldgen.mould.lid import Span, lid_spans
from mouldgen.mould.seam_choice import choose_lid_seams, fits_bed
from mouldgen.mould.seams import Seam, parted_bodies, seam_place, sides_text
from mouldgen.params import DesignParameters, SplitMode
from mouldgen.solids import Solid, union

__all__ = ["part_lid", "spans_for_bed", "split_lid_finding"]

_BEYOND_MM = 1.0
_INTO_SLOT_MM = 0.1


def spans_for_bed(layout: Layout, seams: Sequence[Seam], parameters: DesignParameters) -> tuple[Span, ...]:
    """Return the spans of the lid's pieces: one if it fits whole, or if no pieces of it would fit.

    Parameters
    ----------
    layout
        Of the mould.
    seams
        Of the base, which the lid is parted above where that is possible.
    parameters
        Printer, and whether to split.
    """
    (x_low, x_high), (y_low, _) = layout.body_x_mm, layout.guide_y_mm
    height_mm = layout.guide_z_mm + layout.roof_mm - layout.rim_z_mm
    size_mm = (x_high - x_low, layout.back_y_mm - y_low, height_mm)
    bed, split = parameters.printer.bed_mm, parameters.split
    if not layout.has_lid or split.mode is SplitMode.NEVER or fits_bed(size_mm, bed):
        return lid_spans(layout, ())
    return lid_spans(layout, choose_lid_seams(layout, seams, size_mm, bed, split.margin_mm) or ())


def part_lid(lid: Solid, layout: Layout, spans: Sequence[Span], clearance_mm: float) -> tuple[Solid, ...]:
    """Return the pieces of a lid from left to right; they are what is left of it without the gaps.

    Parameters
    ----------
    lid, layout
        The whole, in the mould frame.
    spans
        From `spans_for_bed`.
    clearance_mm
        Width of the gaps.

    Raises
    ------
    GeometryError
        If the lid falls into other pieces than the spans say.
    """
    gaps = [_gap(lid, layout, x_mm, clearance_mm) for _, x_mm in spans[:-1]]
    bodies = parted_bodies(lid.minus(union(gaps, "seams")), len(spans), "lid")
    return tuple(sorted(bodies, key=lambda body: float(body.bounds_mm[:, 0].mean())))


def split_lid_finding(
    lid: Solid, pieces: Sequence[Solid], layout: Layout, spans: Sequence[Span], parameters: DesignParameters
) -> Finding:
    """Say what to print instead of a whole lid, and how it is put together."""
    size, *sizes = (sides_text(np.ptp(solid.bounds_mm, axis=0)) for solid in (lid, *pieces))
    places = " and ".join(seam_place(Seam(0, x_mm), layout) for _, x_mm in spans[:-1])
    return Finding.info(
        "lid_split_for_bed",
        f"the lid of {size} mm is larger than the {sides_text(parameters.printer.bed_mm)} mm of the "
        f"{parameters.printer.name}, so print lid-1 to lid-{len(pieces)} instead: {', '.join(sizes)} mm, "
        f"parted {places}. Put each on its own two dowels",
    )


def _gap(lid: Solid, layout: Layout, x_mm: float, clearance_mm: float) -> Solid:
    """Return what is taken away along a seam: of the spine alone, if the seam lies in a slot."""
    (_, y_low, z_low), (_, y_high, z_high) = lid.bounds_mm.tolist()
    start = layout.guide_y_mm[1] - _INTO_SLOT_MM if x_mm in layout.slot_x_mm else y_low - _BEYOND_MM
    low = (x_mm - clearance_mm / 2, start, z_low - _BEYOND_MM)
    return Solid.box(low, (x_mm + clearance_mm / 2, y_high + _BEYOND_MM, z_high + _BEYOND_MM), "seam")
