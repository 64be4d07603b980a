"""Where everything stands: the heights, widths and edges that all parts of the base share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mouldgen.mould.cavity import Rim
from mouldgen.mould.lettering import text_drop_mm, text_width_mm
from mouldgen.params import DesignParameters

if TYPE_CHECKING:
    from shapely import MultiPolygon

__all__ = ["Layout", "Texts", "plan_layout"]

MARGIN_MM = 1.5
GUIDE_OVERLAP_MM = 2.0
MOUTH_SHARE = 0.15
LEAST_ROOF_MM = 3.0
DOWEL_TIP_MM = 1.0
"""Dowels end this far below the top of the lid."""

OVERRUN_MM = 8.0
"""A blade runs this far beyond the tissue before a tie (5 to 10 mm: BoneReconstructionPlanner #23)."""

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
    lid
        What the lid says on its spine, and along its first finger.
    """

    slabs: tuple[str, ...]
    left: str
    right: str
    front: str
    back: str
    lines: tuple[str, ...]
    bottom: str = ""
    top: str = ""
    lid: tuple[str, str] = ("LID", "")


@dataclass(frozen=True, eq=False)
class Layout:
    """Millimetres in the mould frame, at the size of the plastic.

    Parameters
    ----------
    floor_z_mm, rim_z_mm, guide_z_mm, score_z_mm
        Top of the baseplate, of the walls, of the guides; bottom of the score slot.
    x_mm, y_mm
        Lowest and highest edge of the cavity over its whole height.
    wall_mm, post_mm
        Thickness of walls and end posts.
    guide_depth_mm
        Depth of the front and of the back guide.
    tie_mm
        Thickness of the tie behind the back guide; 0 without one.
    roof_mm
        Thickness of the lid's roof; 0 without a lid.
    corner_mm
        Radius of upright edges.
    slot_x_mm, slot_width_mm, mouth_mm
        Middle of every slot, their width, and how much wider their mouth is on either side.
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
    guide_depth_mm: tuple[float, float]
    post_mm: float
    tie_mm: float
    roof_mm: float
    corner_mm: float
    slot_x_mm: tuple[float, ...]
    slot_width_mm: float
    mouth_mm: float
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
        """Outer edges of the front and the back guide: where the slots begin and end."""
        return self.y_mm[0] - self.guide_depth_mm[0], self.y_mm[1] + self.guide_depth_mm[1]

    @property
    def back_y_mm(self) -> float:
        """Hindmost edge of what stands on the plate: the back guide, or the tie behind it."""
        return self.guide_y_mm[1] + self.tie_mm

    @property
    def has_lid(self) -> bool:
        """Whether there is a lid."""
        return self.roof_mm > 0

    @property
    def size_mm(self) -> tuple[float, float, float]:
        """Sides of the box around the base: its plate, up to the guides or to the dowels of a lid."""
        (x_low, x_high), (y_low, y_high) = self.plate_x_mm, self.plate_y_mm
        above = self.roof_mm - DOWEL_TIP_MM if self.has_lid else 0.0
        return x_high - x_low, y_high - y_low, self.guide_z_mm + above

    def finger_at(self, x_mm: float) -> tuple[float, float]:
        """Return the edges of the plastic between the two slots around a position, or next to it."""
        return min(self.fingers, key=lambda finger: max(finger[0] - x_mm, x_mm - finger[1]))

    @property
    def fingers(self) -> list[tuple[float, float]]:
        """The edges along X of the plastic between the slots."""
        half = self.slot_width_mm / 2
        edges = [x + side for x in self.slot_x_mm for side in (-half, half)]
        edges = [self.body_x_mm[0], *edges, self.body_x_mm[1]]
        return list(zip(edges[::2], edges[1::2], strict=True))

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
    back += sum(text_drop_mm(text, mould.letter_mm) for text in texts.lines)
    guide_z_mm = top_mm + mould.guide_above_mm
    post = max(mould.wall_mm, (guide_z_mm - mould.plate_mm) / STIFF_SLENDERNESS)
    body_low, body_high = x_low - post - ledge, x_high + post + ledge
    missing = max(0.0, _longest(texts, mould.letter_mm) + 2 * MARGIN_MM - (body_high - body_low))
    tie = _tie_mm(parameters)
    # the slots end with the guides, so that no wall may stand out beyond them
    front_guide = max(mould.guide_depth_mm, mould.wall_mm)
    guides = front_guide, max(front_guide, OVERRUN_MM if tie else 0.0)
    return Layout(
        floor_z_mm=mould.plate_mm,
        rim_z_mm=rim.z_mm,
        guide_z_mm=guide_z_mm,
        score_z_mm=(score_top_mm if math.isfinite(score_top_mm) else top_mm) - mould.score_depth_mm,
        x_mm=(x_low, x_high),
        y_mm=(y_low, y_high),
        wall_mm=mould.wall_mm,
        guide_depth_mm=guides,
        post_mm=post,
        tie_mm=tie,
        roof_mm=_roof_mm(parameters),
        corner_mm=min(parameters.edges.corner_mm, mould.wall_mm / 2),
        slot_x_mm=slot_x_mm,
        slot_width_mm=parameters.blade.slot_width_mm,
        mouth_mm=_mouth_mm(parameters, slot_x_mm),
        number_x_mm=slab_x_mm,
        letter_mm=mould.letter_mm,
        letter_depth_mm=mould.letter_depth_mm,
        number_rows=rows,
        plate_x_mm=(body_low - missing / 2, body_high + missing / 2),
        plate_y_mm=(y_low - guides[0] - front, y_high + guides[1] + tie + back),
    )


def _tie_mm(parameters: DesignParameters) -> float:
    """Return the thickness of the tie; a lid needs one, for its dowels and its letters."""
    if parameters.lid.enabled:
        return max(parameters.guides.tie_mm, parameters.mould.letter_mm + 2 * MARGIN_MM)
    return parameters.guides.tie_mm if parameters.guides.tie else 0.0


def _roof_mm(parameters: DesignParameters) -> float:
    """Return the thickness of the lid's roof, enough above the specimen; 0 without a lid."""
    if not parameters.lid.enabled:
        return 0.0
    above = parameters.fit.clearance_mm - parameters.mould.guide_above_mm + LEAST_ROOF_MM
    return max(parameters.lid.roof_mm, above)


def _mouth_mm(parameters: DesignParameters, slot_x_mm: tuple[float, ...]) -> float:
    gaps = [b - a - parameters.blade.slot_width_mm for a, b in pairwise(slot_x_mm)]
    return min([parameters.edges.slot_mouth_mm, *(MOUTH_SHARE * gap for gap in gaps)])


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
