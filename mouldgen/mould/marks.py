"""What is engraved: slab numbers, anatomical letters, case, design hash and base side.

Everything is engraved into the top of the baseplate around the mould, where no slot runs, so that
it is read from above with the specimen in. The reader stands at the front, -Y. Where a seam parts the base,
texts move aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mouldgen.frames import AxisLetters
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.layout import MARGIN_MM, Layout, Texts
from mouldgen.mould.lettering import centered_text, text_drop_mm, text_width_mm
from mouldgen.mould.seams import SEAM_CLEAR_MM, Seam
from mouldgen.orientation import MouldFrame

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["mark_texts", "on_plate", "place_between", "plate_texts"]


def mark_texts(frame: MouldFrame, slab_count: int, case_id: str, design_hash: str) -> Texts:
    """Return the texts of a mould; letters of oblique directions carry an asterisk."""
    letters = AxisLetters.of(frame.mould_from_patient.rotation)
    return Texts(
        slabs=tuple(str(number) for number in range(1, slab_count + 1)),
        left=letters.x[0],
        right=letters.x[1],
        front=letters.y[0],
        back=letters.y[1],
        lines=(case_id, f"{design_hash} BASE {letters.z[0]}"),
        bottom=letters.z[0],
        top=letters.z[1],
        lid=("LID", design_hash),
    )


def plate_texts(layout: Layout, texts: Texts, seams: Sequence[Seam] = ()) -> tuple[Engraving, ...]:
    """Return every text on the top of the baseplate."""
    letters = texts.front, texts.back, texts.left, texts.right
    placed = (
        *zip(texts.slabs, _slab_numbers(layout, texts), strict=True),
        *zip(letters, _letters(layout, texts, seams), strict=True),
        *_lines(layout, texts, seams),
    )
    return tuple(on_plate(text, outline, layout) for text, outline in placed)


def on_plate(text: str, outline: MultiPolygon, layout: Layout) -> Engraving:
    """Return a text in the top of the baseplate."""
    return Engraving(text, outline, layout.floor_z_mm, layout.letter_depth_mm)


def _slab_numbers(layout: Layout, texts: Texts) -> list[MultiPolygon]:
    """Return the number of every slab in front of its finger; rows keep neighbours apart."""
    first_row = layout.guide_y_mm[0] - layout.line_pitch_mm
    return [
        centered_text(text, x, first_row - (n % layout.number_rows) * layout.line_pitch_mm, layout.letter_mm)
        for n, (text, x) in enumerate(zip(texts.slabs, layout.number_x_mm, strict=True))
    ]


def _letters(layout: Layout, texts: Texts, seams: Sequence[Seam]) -> list[MultiPolygon]:
    height = layout.letter_mm
    width = max(text_width_mm(text, height) for text in (texts.front, texts.back))
    middle_x = _beside_seams(sum(layout.x_mm) / 2, width, _at_mm(seams, 0), layout.plate_x_mm)
    foot = _beside_seams(0.0, height, _at_mm(seams, 1), layout.plate_y_mm) - height / 2
    front = layout.guide_y_mm[0] - (layout.number_rows + 1) * layout.line_pitch_mm
    back = layout.back_y_mm + MARGIN_MM
    left_x = layout.post_x_mm[0] - MARGIN_MM - text_width_mm(texts.left, height) / 2
    right_x = layout.post_x_mm[1] + MARGIN_MM + text_width_mm(texts.right, height) / 2
    return [
        centered_text(texts.front, middle_x, front, height),
        centered_text(texts.back, middle_x, back, height),
        centered_text(texts.left, left_x, foot, height),
        centered_text(texts.right, right_x, foot, height),
    ]


def _lines(layout: Layout, texts: Texts, seams: Sequence[Seam]) -> Iterator[tuple[str, MultiPolygon]]:
    """Yield the lines behind the mould; one that no piece has room for goes on in the next piece."""
    height = layout.letter_mm
    foot = layout.plate_y_mm[1] - MARGIN_MM - height
    for line in texts.lines:
        for text, x in _across_pieces(line, layout, seams):
            yield text, centered_text(text, x, foot, height)
        foot -= layout.line_pitch_mm + text_drop_mm(line, height)


def _across_pieces(line: str, layout: Layout, seams: Sequence[Seam]) -> list[tuple[str, float]]:
    """Return a line as one text with its middle, or parted between words, or letters, if it fits only so."""
    at_mm, ends_mm = _at_mm(seams, 0), layout.plate_x_mm
    rooms = [
        (low + SEAM_CLEAR_MM, high - SEAM_CLEAR_MM)
        for low, high in pairwise([ends_mm[0], *at_mm, ends_mm[1]])
    ]
    width_mm = text_width_mm(line, layout.letter_mm)
    if any(width_mm <= high - low for low, high in rooms):
        return [(line, _beside_seams(sum(ends_mm) / 2, width_mm, at_mm, ends_mm))]
    words = _filled(line.split(), " ", rooms, layout.letter_mm)
    parted = words or _filled(list(line), "", rooms, layout.letter_mm)
    return parted or [(line, sum(ends_mm) / 2)]


def _filled(
    parts: Sequence[str], between: str, rooms: Sequence[tuple[float, float]], letter_mm: float
) -> list[tuple[str, float]]:
    """Return as many parts of a line in each room as fit, with their middles; nothing if some are left over.

    What goes on in the next room ends at the seam, and what comes from the last one begins there.
    """
    placed: list[tuple[str, float]] = []
    for low, high in rooms:
        texts = [between.join(parts[:count]) for count in range(1, len(parts) + 1)]
        fitting = [text for text in texts if text_width_mm(text, letter_mm) <= high - low]
        if fitting:
            text, half = fitting[-1], text_width_mm(fitting[-1], letter_mm) / 2
            parts = parts[len(fitting) :]
            placed.append((text, low + half if placed else high - half))
    return [] if parts else placed


def _at_mm(seams: Sequence[Seam], axis: int) -> list[float]:
    return sorted(seam.at_mm for seam in seams if seam.axis == axis)


def _beside_seams(
    middle_mm: float, width_mm: float, seams_mm: Sequence[float], ends_mm: tuple[float, float]
) -> float:
    """Return the place nearest to a middle where a text crosses no seam; the middle if no piece has room."""
    return place_between(middle_mm, width_mm, seams_mm, ends_mm, SEAM_CLEAR_MM)


def place_between(
    middle_mm: float,
    width_mm: float,
    planes_mm: Sequence[float],
    ends_mm: tuple[float, float],
    clear_mm: float,
) -> float:
    """Return the place nearest to a middle where a width meets no plane; the middle if it has no room.

    Parameters
    ----------
    middle_mm, width_mm
        Where it would be best, and how wide it is.
    planes_mm, ends_mm
        In order, what it must not meet, and between which ends it stays.
    clear_mm
        Kept free on both sides.
    """
    half = width_mm / 2 + clear_mm
    rooms = [
        (low + half, high - half)
        for low, high in pairwise([ends_mm[0], *planes_mm, ends_mm[1]])
        if high - low >= 2 * half
    ]
    places = [min(max(middle_mm, low), high) for low, high in rooms]
    return min(places, key=lambda place: round(abs(place - middle_mm), 6), default=middle_mm)
