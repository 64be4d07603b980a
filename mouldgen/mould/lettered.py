"""A part with its texts: one that would not be whole is not engraved, and a finding says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mouldgen.errors import Finding
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.legibility import Illegible, texts_without_room
from mouldgen.solids import Solid, union

__all__ = ["Lettered", "lettered"]


@dataclass(frozen=True, eq=False)
class Lettered:
    """A part with its texts.

    Parameters
    ----------
    solid
        With the letters cut out of it.
    engraved
        The texts that it has.
    left_out
        Those that it has no room for.
    findings
        Which were left out, and why.
    """

    solid: Solid
    engraved: tuple[Engraving, ...]
    left_out: tuple[Engraving, ...]
    findings: tuple[Finding, ...]


def lettered(solid: Solid, texts: Sequence[Engraving], what: str) -> Lettered:
    """Return a part with those texts that are whole on it.

    Parameters
    ----------
    solid
        The part with all its openings, in the frame of the texts.
    texts
        Those that come first have the right of way.
    what
        What messages call the part.
    """
    without = texts_without_room(solid, texts)
    left_out = tuple(text.engraving for text in without)
    engraved = tuple(text for text in texts if text not in left_out)
    if engraved:
        solid = solid.minus(union([text.cutter() for text in engraved], "engraving"))
    return Lettered(solid, engraved, left_out, tuple(_finding(text, what) for text in without))


def _finding(without: Illegible, what: str) -> Finding:
    text = without.engraving
    # without minus zero
    x_mm, y_mm = (round(value, 1) + 0.0 for value in text.middle_mm[:2])
    return Finding.warning(
        "text_left_out",
        f"the text {text.text!r} is not engraved on the {what} at x {x_mm:.1f}, y {y_mm:.1f} mm, where it "
        f"would not be whole: {without.reason}. Write it by hand, or change what is in its way",
    )
