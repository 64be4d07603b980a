"""Landmarks on the panels of a slab: a cross where a structure that rides along lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.panel_fonts import TextStyle, fitted, readable, write
from mouldgen.export.panel_inks import PAPER
from mouldgen.export.panel_page import BODY, PageLayout
from mouldgen.export.panel_window import PanelWindow
from mouldgen.sampling.contents import MappedLandmark
from mouldgen.slicing import Slab

__all__ = ["LANDMARK_NOTE", "draw_landmarks", "landmarks_by_face", "write_landmarks"]

LANDMARK_NOTE = (
    "Numbered crosses mark the centres of landmarks: in the middle those within the slab, on a face those "
    "beyond the last slab or in a cut. Below the panel stands how far each lies from the plane, along +X. A "
    "diamond at the edge stands for one outside the picture."
)

_COLOR = (20, 20, 20)
_NUMBER = TextStyle(20, bold=True, halo_px=3)
_ARM_PX = 11
_INSET_PX = 16
_NUMBER_PX = (14, -14)
_FIRST_LINE_PX = 60
_BELOW_SCALE_PX = 98
_LINE_PX = 25
_LINES = 3
_COLUMNS = 2


def landmarks_by_face(
    landmarks: Iterable[MappedLandmark], slabs: tuple[Slab, ...], slab: Slab
) -> tuple[list[MappedLandmark], list[MappedLandmark], list[MappedLandmark]]:
    """Return the landmarks of one slab's lower face, middle and upper face: each is on one slab."""
    faces: tuple[list[MappedLandmark], list[MappedLandmark], list[MappedLandmark]] = ([], [], [])
    for landmark in landmarks:
        x_mm = float(landmark.position_mould[0])
        if min(slabs, key=lambda other: _off_mm(other, x_mm)).index == slab.index:
            faces[1 + (x_mm >= slab.x_upper_mm) - (x_mm < slab.x_lower_mm)].append(landmark)
    return faces


def draw_landmarks(panel: Picture.Image, window: PanelWindow, landmarks: Sequence[MappedLandmark]) -> None:
    """Draw a numbered cross for every landmark of a panel."""
    draw = ImageDraw.Draw(panel)
    for number, landmark in enumerate(landmarks, start=1):
        place = window.to_px(landmark.position_mould[1:])
        inside = np.clip(place, _INSET_PX, np.array(panel.size) - _INSET_PX)
        column, row = (float(position) for position in inside)
        (_draw_cross if np.allclose(place, inside) else _draw_diamond)(draw, column, row)
        across = _NUMBER_PX[0] if column < panel.width - 2 * _INSET_PX else -_NUMBER_PX[0]
        down = _NUMBER_PX[1] if row > 2 * _INSET_PX else -_NUMBER_PX[1]
        write(draw, (column + across, row + down), str(number), _NUMBER, anchor="mm")


def write_landmarks(
    draw: ImageDraw.ImageDraw,
    layout: PageLayout,
    left: int,
    landmarks: Sequence[MappedLandmark],
    face_x_mm: float,
) -> None:
    """Write below a panel what its numbers stand for, and how far each landmark lies from the plane."""
    is_first = left == layout.panel_lefts_px[0]
    lines, first_px = (_LINES - 1, _BELOW_SCALE_PX) if is_first else (_LINES, _FIRST_LINE_PX)
    room = lines * _COLUMNS
    texts = [f"{n}  {_text(landmark, face_x_mm)}" for n, landmark in enumerate(landmarks, start=1)]
    if len(texts) > room:
        texts[room - 1 :] = [f"and {len(texts) - room + 1} more in the map"]
    columns = 1 if len(texts) <= lines else _COLUMNS
    width = layout.window.width_px // columns
    for n, text in enumerate(texts):
        at = (left + n // lines * width, layout.panels_bottom_px + first_px + n % lines * _LINE_PX)
        write(draw, at, fitted(text, BODY, width - 12), BODY, anchor="lm")


def _text(landmark: MappedLandmark, face_x_mm: float) -> str:
    off_mm = round(float(landmark.position_mould[0]) - face_x_mm, 1) + 0.0
    name = readable(landmark.name, "landmark")
    return f"{name}, {off_mm:+.1f} mm".replace("-", "\N{MINUS SIGN}")


def _off_mm(slab: Slab, x_mm: float) -> float:
    return max(slab.x_lower_mm - x_mm, x_mm - slab.x_upper_mm, 0.0)


def _draw_cross(draw: ImageDraw.ImageDraw, column: float, row: float) -> None:
    arms = [(column - _ARM_PX, row, column + _ARM_PX, row), (column, row - _ARM_PX, column, row + _ARM_PX)]
    for color, width in ((PAPER, 7), (_COLOR, 3)):
        for arm in arms:
            draw.line(arm, fill=color, width=width)


def _draw_diamond(draw: ImageDraw.ImageDraw, column: float, row: float) -> None:
    corners = [
        (column - _ARM_PX, row),
        (column, row - _ARM_PX),
        (column + _ARM_PX, row),
        (column, row + _ARM_PX),
    ]
    draw.polygon(corners, fill=PAPER, outline=_COLOR, width=3)
