"""Where everything stands: the heights, widths and edges that all parts of the base share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mouldgen.mould.cavity import Rim
from mouldgen.mould.lettering import text_width_mm
from mouldgen.params import DesignParameters

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["Layout", "Texts", "plan_layout"]

MARGIN_MM = 1.5
GUIDE_OVERLAP_MM = 2.0
STIFF_SLENDERNESS = 10.0
"""Plastic that stands free is at least its height over this thick (engineering judgement)."""


@dataclass(frozen=True)
class Texts:
    """What is engraved.

    Parameters
    ----------
    slabs
        Numbers of the slabs, in order along +X.
    left, right, front, back
        Anatomical letters of -X, +X, -Y and +Y.
    lines
        Case, design hash and base side.
    bottom, top
        Anatomical letters of -Z and +Z.
    """

    slabs: tuple[str, ...]
    left: str
    right: str
    front: str
    back: str
    lines: tuple[str, ...]
    bottom: str = ""
    top: str = ""


@dataclass(frozen=True, eq=False)
class Layout:
    """Millimetres in the mould frame, at the size of the plastic.

    Parameters
    ----------
    floor_z_mm, rim_z_mm, guide_z_mm, score_z_mm
        Top of the baseplate, of the walls, of the guides; bottom of the score slot.
    x_mm, y_mm
        Lowest and highest edge of the cavity over its whole height.
    wall_mm, guide_depth_mm, post_mm
        Thickness of walls, guides and end posts.
    slot_x_mm, slot_width_mm
        Middle of every slot, and their width.
    number_x_mm
        Middle of every slab's number.
    letter_mm, letter_depth_mm
        Height and depth of engraved letters.
    number_rows
        Rows that keep the slab numbers apart.
    plate_x_mm, plate_y_mm
        Edges of the baseplate.
    """

    floor_z_mm: float
    rim_z_mm: float
    guide_z_mm: float
    score_z_mm: float
    x_mm: tuple[float, float]
    y_mm: tuple[float, float]
    wall_mm: float
    guide_depth_mm: float
    post_mm: float
    slot_x_mm: tuple[float, ...]
    slot_width_mm: float
    number_x_mm: tuple[float, ...]
    letter_mm: float
    letter_depth_mm: float
    number_rows: int
    plate_x_mm: tuple[float, float]
    plate_y_mm: tuple[float, float]

    @property
    def body_x_mm(self) -> tuple[float, float]:
        """Ends of walls and guides along X."""
        return self.x_mm[0] - self.wall_mm, self.x_mm[1] + self.wall_mm

    @property
    def post_x_mm(self) -> tuple[float, float]:
        """Outer faces of the end posts."""
        return self.x_mm[0] - self.post_mm, self.x_mm[1] + self.post_mm

    @property
    def guide_y_mm(self) -> tuple[float, float]:
        """Outer edges of the front and the back guide."""
        return self.y_mm[0] - self.guide_depth_mm, self.y_mm[1] + self.guide_depth_mm

    @property
    def line_pitch_mm(self) -> float:
        """From one line of text to the next."""
        return self.letter_mm + MARGIN_MM


def plan_layout(
    parameters: DesignParameters,
    *,
    shadow: MultiPolygon,
    top_mm: float,
    score_top_mm: float,
    rim: Rim,
    slot_x_mm: tuple[float, ...],
    slab_x_mm: tuple[float, ...],
    texts: Texts,
) -> Layout:
    """Return the layout around a cavity.

    Parameters
    ----------
    parameters
        Walls, plate, guides, letters and blade.
    shadow
        Outline of the cavity over its whole height.
    top_mm, score_top_mm
        Height of the specimen, and of its highest point at y = 0 (-inf if it has none there).
    rim
        From `choose_rim`.
    slot_x_mm, slab_x_mm
        Middle of every slot and of every slab, in the plastic.
    texts
        What is engraved.
    """
    mould = parameters.mould
    x_low, y_low, x_high, y_high = shadow.bounds
    rows = _number_rows(slab_x_mm, texts, mould.letter_mm)
    line = mould.letter_mm + MARGIN_MM
    ledge = max(text_width_mm(text, mould.letter_mm) for text in (texts.left, texts.right)) + 2 * MARGIN_MM
    front = (rows + 1) * line + MARGIN_MM
    back = (len(texts.lines) + 1) * line + MARGIN_MM
    guide_z_mm = top_mm + mould.guide_above_mm
    post = max(mould.wall_mm, (guide_z_mm - mould.plate_mm) / STIFF_SLENDERNESS)
    body_low, body_high = x_low - post - ledge, x_high + post + ledge
    missing = max(0.0, _longest(texts, mould.letter_mm) + 2 * MARGIN_MM - (body_high - body_low))
    guide = mould.guide_depth_mm
    return Layout(
        floor_z_mm=mould.plate_mm,
        rim_z_mm=rim.z_mm,
        guide_z_mm=guide_z_mm,
        score_z_mm=(score_top_mm if math.isfinite(score_top_mm) else top_mm) - mould.score_depth_mm,
        x_mm=(x_low, x_high),
        y_mm=(y_low, y_high),
        wall_mm=mould.wall_mm,
        guide_depth_mm=guide,
        post_mm=post,
        slot_x_mm=slot_x_mm,
        slot_width_mm=parameters.blade.slot_width_mm,
        number_x_mm=slab_x_mm,
        letter_mm=mould.letter_mm,
        letter_depth_mm=mould.letter_depth_mm,
        number_rows=rows,
        plate_x_mm=(body_low - missing / 2, body_high + missing / 2),
        plate_y_mm=(y_low - guide - front, y_high + guide + back),
    )


def _number_rows(slab_x_mm: tuple[float, ...], texts: Texts, letter_mm: float) -> int:
    """Return in how many rows neighbouring numbers must be staggered to stay apart."""
    if len(slab_x_mm) < 2:
        return 1
    widest = max(text_width_mm(text, letter_mm) for text in texts.slabs) + MARGIN_MM
    for rows in range(1, len(slab_x_mm)):
        apart = min(b - a for a, b in zip(slab_x_mm, slab_x_mm[rows:], strict=False))
        if apart >= widest:
            return rows
    return math.ceil(len(slab_x_mm))


def _longest(texts: Texts, letter_mm: float) -> float:
    return max(text_width_mm(text, letter_mm) for text in texts.lines)
