"""What fittings of the mould are fitted to, and what they bring: solids, parts, marks and findings."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from mouldgen.errors import Finding
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.floor import CavityFloor
from mouldgen.mould.layout import Layout
from mouldgen.mould.lid import Span
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.parts import MadeWindow, Part
from mouldgen.mould.seams import Seam
from mouldgen.mould.windows import Window
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["FITTING_COLOR", "Fittings", "Surroundings", "text_frame"]

FITTING_COLOR = "#c4cdd4"
"""Of lid and feet."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The mould that fittings are fitted to.

    Parameters
    ----------
    layout
        Heights and edges.
    plastic
        The specimen, at the size of the plastic.
    level_mm, floor
        Level of the distance at the cavity's wall, and the cavity's floor.
    making_cavity
        Gives the cavity as soon as it is made.
    rim_outline, outline
        Of the cavity at the rim and over its whole height.
    plate_texts
        What is engraved on the plate already.
    seams, piece_marks
        Where the plate is parted for the bed, and what will be engraved on the pieces.
    lid_spans
        Of the pieces of the lid; one if it is not parted.
    windows
        Those that can be made.
    """

    layout: Layout
    plastic: LyingSpecimen
    level_mm: float
    making_cavity: Future[Solid]
    floor: CavityFloor
    rim_outline: MultiPolygon
    outline: MultiPolygon
    plate_texts: Sequence[Engraving]
    seams: Sequence[Seam] = ()
    piece_marks: Sequence[Engraving] = ()
    lid_spans: Sequence[Span] = ()
    windows: Sequence[Window] = ()

    @property
    def cavity(self) -> Solid:
        """What is cut out of the walls; waits until it is made."""
        return self.making_cavity.result()


@dataclass(frozen=True, eq=False)
class Fittings:
    """What fittings bring; two of them can be added.

    Parameters
    ----------
    added, cut
        Solids that join the base, and that are cut out of it, in the mould frame; letters are not among them.
    parts
        Lid, inlays and feet.
    engraved
        Texts, those of the lid among them.
    windows
        Those that were made.
    findings
        What had no room, and what a choice costs.
    """

    added: tuple[Solid, ...] = ()
    cut: tuple[Solid, ...] = ()
    parts: tuple[Part, ...] = ()
    engraved: tuple[Engraving, ...] = ()
    windows: tuple[MadeWindow, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: Fittings) -> Fittings:
        """Return both."""
        joined = {
            field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)
        }
        return Fittings(**joined)

    def without_texts(self, left_out: Sequence[Engraving]) -> Fittings:
        """Return the same without some of its texts; the windows that they name stay."""
        missing = {text.text for text in left_out if text in self.engraved}
        return replace(
            self,
            engraved=tuple(text for text in self.engraved if text not in left_out),
            windows=tuple(replace(w, mark="") if w.mark in missing else w for w in self.windows),
        )


def text_frame(text: BaseGeometry) -> BaseGeometry:
    """Return what a text takes up, in plan."""
    from shapely import box

    return box(*text.bounds).buffer(0.5)
