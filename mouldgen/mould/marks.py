"""What is engraved: slab numbers, anatomical letters, case, design hash and base side.

Everything is engraved into the top of the baseplate around the mould, where no slot runs, so that
it is read from above with the specimen in. The reader stands at the front, -Y.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mouldgen.frames import AxisLetters
from mouldgen.mould.layout import MARGIN_MM, Layout, Texts
from mouldgen.mould.lettering import centered_text, text_width_mm
from mouldgen.orientation import MouldFrame
from mouldgen.solids import Solid

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["engraving", "mark_texts", "plate_texts"]


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


def plate_texts(layout: Layout, texts: Texts) -> list[MultiPolygon]:
    """Return every text on the top of the baseplate, in plan."""
    return [*_slab_numbers(layout, texts), *_letters(layout, texts), *_lines(layout, texts)]


def engraving(layout: Layout, placed: Sequence[MultiPolygon]) -> Solid:
    """Return texts as the solid to be cut out of the top of the baseplate."""
    from shapely import MultiPolygon

    outline = MultiPolygon([polygon for text in placed for polygon in text.geoms])
    low = layout.floor_z_mm - layout.letter_depth_mm
    return Solid.extruded(outline, low, layout.floor_z_mm + 1.0, "engraving")


def _slab_numbers(layout: Layout, texts: Texts) -> list[MultiPolygon]:
    """Return the number of every slab in front of its finger; rows keep neighbours apart."""
    first_row = layout.guide_y_mm[0] - layout.line_pitch_mm
    return [
        centered_text(text, x, first_row - (n % layout.number_rows) * layout.line_pitch_mm, layout.letter_mm)
        for n, (text, x) in enumerate(zip(texts.slabs, layout.number_x_mm, strict=True))
    ]


def _letters(layout: Layout, texts: Texts) -> list[MultiPolygon]:
    height = layout.letter_mm
    middle_x = sum(layout.x_mm) / 2
    front = layout.guide_y_mm[0] - (layout.number_rows + 1) * layout.line_pitch_mm
    back = layout.back_y_mm + MARGIN_MM
    left_x = layout.post_x_mm[0] - MARGIN_MM - text_width_mm(texts.left, height) / 2
    right_x = layout.post_x_mm[1] + MARGIN_MM + text_width_mm(texts.right, height) / 2
    return [
        centered_text(texts.front, middle_x, front, height),
        centered_text(texts.back, middle_x, back, height),
        centered_text(texts.left, left_x, -height / 2, height),
        centered_text(texts.right, right_x, -height / 2, height),
    ]


def _lines(layout: Layout, texts: Texts) -> list[MultiPolygon]:
    middle_x = sum(layout.plate_x_mm) / 2
    highest = layout.plate_y_mm[1] - MARGIN_MM - layout.letter_mm
    return [
        centered_text(text, middle_x, highest - n * layout.line_pitch_mm, layout.letter_mm)
        for n, text in enumerate(texts.lines)
    ]
