"""The lid as a part with its windows and letters, whole and in the pieces that a small bed needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, GeometryError
from mouldgen.mould.engravings import Engraving, engraved_between
from mouldgen.mould.fittings import FITTING_COLOR, Fittings, Surroundings, text_frame
from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.lettered import Lettered, lettered
from mouldgen.mould.lid import lid_cavity, lid_from_mould, lid_marks, piece_marks, solid_lid
from mouldgen.mould.lid_pieces import part_lid, split_lid_finding
from mouldgen.mould.parts import Part
from mouldgen.mould.window_fittings import lid_windows, roof_openings
from mouldgen.params import DesignParameters
from mouldgen.solids import Solid, union

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["fit_lid"]

SLENDER_LID = 12.0
"""Length of the lid's fingers over their thickness that still keeps them in line (engineering judgement)."""


def fit_lid(around: Surroundings, texts: Texts, parameters: DesignParameters) -> Fittings:
    """Return the lid, if one is wanted, and its pieces, if it is larger than the bed.

    Parameters
    ----------
    around
        The mould so far.
    texts
        What is engraved.
    parameters
        Play, roof and clearance.

    Raises
    ------
    GeometryError
        If the lid falls to pieces.
    """
    from shapely.ops import unary_union

    layout = around.layout
    if not layout.has_lid:
        return Fittings()
    spans, openings = around.lid_spans, roof_openings(around.windows, layout)
    marks = _on_roof(lid_marks(layout, texts, spans, openings), layout)
    marks_of_pieces = [_on_roof(marks, layout) for marks in piece_marks(layout, texts, spans, openings)]
    frames = [text_frame(mark.outline) for mark in (*marks, *chain.from_iterable(marks_of_pieces))]
    in_lid = Fittings(engraved=marks) + lid_windows(around.windows, layout, unary_union([openings, *frames]))
    bare = _lid_without_marks(around, in_lid.cut, parameters)
    lid = lettered(bare, in_lid.engraved, "lid")
    whole = Fittings(
        parts=(_lid_part("lid", "Mould lid", lid, layout),),
        findings=(*lid.findings, *_unmarked_lid(lid.engraved, texts, layout), *_slender_lid(layout)),
    )
    made = replace(in_lid, cut=()).without_texts(lid.left_out) + whole
    names = [text for text in lid.engraved if text not in marks]
    return made + _lid_in_pieces(bare, around, names, marks_of_pieces, parameters)


def _unmarked_lid(engraved: Sequence[Engraving], texts: Texts, layout: Layout) -> Iterator[Finding]:
    """Say which of its texts the lid has no room for."""
    written = {text.text for text in engraved}
    missing = [repr(text) for text in texts.lid if text and text not in written]
    if missing:
        yield Finding.info(
            "lid_unmarked",
            f"the lid has no room for {' and '.join(missing)} in letters of {layout.letter_mm:g} mm; write "
            "on it by hand",
        )


def _slender_lid(layout: Layout) -> Iterator[Finding]:
    """Say if the lid's fingers, which the spine holds at the back only, are long and thin."""
    thinnest = min(high - low for low, high in layout.fingers)
    length = layout.guide_y_mm[1] - layout.guide_y_mm[0]
    if length > SLENDER_LID * thinnest:
        yield Finding.info(
            "slender_lid",
            f"the lid's fingers of {thinnest:.1f} mm are {length:.0f} mm long and held at the back only; "
            "press their front ends onto the guides while cutting, or use thicker slabs",
        )


def _on_roof(marks: Iterable[tuple[str, MultiPolygon]], layout: Layout) -> tuple[Engraving, ...]:
    top = layout.guide_z_mm + layout.roof_mm
    return tuple(Engraving(text, outline, top, layout.letter_depth_mm) for text, outline in marks)


def _lid_without_marks(
    around: Surroundings, openings: Sequence[Solid], parameters: DesignParameters
) -> Solid:
    layout = around.layout
    rises = around.plastic.top_mm > layout.rim_z_mm
    hollow = lid_cavity(around.plastic, layout, around.level_mm, parameters) if rises else None
    lid = solid_lid(layout, around.outline, hollow, around.lid_spans, parameters)
    return lid.minus(union(openings, "openings of the lid")) if openings else lid


def _lid_part(name: str, title: str, lid: Lettered, layout: Layout) -> Part:
    """Return a lid, or a piece of one, as it is printed."""
    pose = lid_from_mould(layout)
    mesh = lid.solid.in_one_piece().moved(pose).to_mesh()
    return Part(name, title, mesh, FITTING_COLOR, mould_from_part=pose.inverse(), engraved=lid.engraved)


def _lid_in_pieces(
    lid: Solid,
    around: Surroundings,
    names: Sequence[Engraving],
    marks_of_pieces: Sequence[tuple[Engraving, ...]],
    parameters: DesignParameters,
) -> Fittings:
    """Return the pieces of a lid that is larger than the bed, and a finding that says so."""
    layout, spans = around.layout, around.lid_spans
    if len(spans) == 1:
        return Fittings()
    try:
        pieces = part_lid(lid, layout, spans, parameters.split.clearance_mm)
    except GeometryError as error:
        return Fittings(findings=(Finding.warning("lid_not_split", f"{error}"),))
    parts: list[Part] = []
    findings: list[Finding] = []
    for number, (piece, span, marks) in enumerate(zip(pieces, spans, marks_of_pieces, strict=True), start=1):
        texts = (*marks, *engraved_between(names, span, (-np.inf, np.inf)))
        title = f"Mould lid, piece {number} of {len(spans)}"
        made = lettered(piece, texts, f"lid's piece {number}")
        parts.append(replace(_lid_part(f"lid-{number}", title, made, layout), is_assembled=False))
        findings += made.findings
    finding = split_lid_finding(lid, pieces, layout, spans, parameters)
    return Fittings(parts=tuple(parts), findings=(finding, *findings))
