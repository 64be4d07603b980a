"""Landmarks on the panels of a slab: a cross where a structure that rides along lies."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.panel_fonts import TextStyle, readable, text_width_px, write
from mouldgen.export.panel_inks import PAPER
from mouldgen.export.panel_window import PanelWindow
from mouldgen.sampling.contents import MappedLandmark
from mouldgen.slicing import Slab

__all__ = ["LANDMARK_NOTE", "draw_landmarks", "landmarks_by_face"]

LANDMARK_NOTE = (
    "Crosses mark the centres of landmarks: in the middle those within the slab, on a face those beyond the "
    "last slab or in a cut. A diamond at the edge stands for one outside the picture."
)

_COLOR = (20, 20, 20)
_NAME = TextStyle(18, bold=True, halo_px=3)
_ARM_PX = 11
_INSET_PX = 16
_GAP_PX = 16


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


def draw_landmarks(
    panel: Picture.Image, window: PanelWindow, landmarks: Iterable[MappedLandmark], face_x_mm: float
) -> None:
    """Draw a cross and a name for every landmark, and how far before or behind the panel's plane it lies."""
    draw = ImageDraw.Draw(panel)
    for landmark in landmarks:
        place = window.to_px(landmark.position_mould[1:])
        inside = np.clip(place, _INSET_PX, np.array(panel.size) - _INSET_PX)
        column, row = (float(position) for position in inside)
        if np.allclose(place, inside):
            _draw_cross(draw, column, row)
        else:
            _draw_diamond(draw, column, row)
        off_mm = float(landmark.position_mould[0]) - face_x_mm
        name = readable(landmark.name, "landmark")
        text = f"{name} {off_mm:+.1f} mm".replace("-", "\N{MINUS SIGN}") if abs(off_mm) >= 0.05 else name
        fits = column + _GAP_PX + text_width_px(text, _NAME) < panel.width
        offset, anchor = (_GAP_PX, "lm") if fits else (-_GAP_PX, "rm")
        write(draw, (column + offset, row), text, _NAME, anchor=anchor)


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
