"""Punch circles on a face, and their marks, which keep off circles, letters and each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mouldgen.export.sheet.bench import BenchSite
from mouldgen.export.sheet.face_view import FaceView
from mouldgen.export.sheet.mark_boxes import MarkBox
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.typography import PrintStyle, text_width_mm

__all__ = ["draw_marks", "draw_punches", "label_places"]

MARK = PrintStyle(6.5, bold=True)
_GAP_MM = 0.5
_PADDING_MM = 0.35
_CROSS_MM = 0.9
_WHITE = (255, 255, 255)
_EDGE = Stroke(0.3)
_OTHER_FACE = Stroke(0.3, dash_mm=(0.8, 0.6))
_HALO = Stroke(0.8, _WHITE)
_FINE = Stroke(0.15)


def draw_punches(pen: Pen, view: FaceView, sites: Sequence[BenchSite]) -> None:
    """Draw the circles of punches to scale; dashed where a punch enters only the other face."""
    for site in sites:
        center = view.to_page([site.right_mm, site.above_mm])
        pen.circle(center, site.radius_mm, stroke=_HALO)
        pen.circle(center, site.radius_mm, stroke=_EDGE if site.enters(view.plane) else _OTHER_FACE)
        arm = min(_CROSS_MM, site.radius_mm)
        for step in (np.array([arm, 0.0]), np.array([0.0, arm])):
            pen.line(center - step, center + step, _HALO)
        for step in (np.array([arm, 0.0]), np.array([0.0, arm])):
            pen.line(center - step, center + step, _FINE)


def draw_marks(
    pen: Pen,
    view: FaceView,
    sites: Sequence[BenchSite],
    letters: Sequence[tuple[float, float]],
    words: Sequence[MarkBox] = (),
) -> None:
    """Write the mark of every site beside its circle."""
    for site, box in zip(sites, label_places(view, sites, letters, words), strict=True):
        box.fill(pen, _WHITE)
        pen.text(box.middle_mm, site.mark, MARK, "middle", middle=True)


def label_places(
    view: FaceView,
    sites: Sequence[BenchSite],
    letters: Sequence[tuple[float, float]],
    words: Sequence[MarkBox] = (),
) -> list[MarkBox]:
    """Return a box for every mark, the first of eight places around its circle that covers least.

    Parameters
    ----------
    view, sites
        Which circles, and where.
    letters
        Middles of habitats' letters on the page.
    words
        Other words in the drawing.
    """
    circles = [_box_around(view.to_page([site.right_mm, site.above_mm]), site.radius_mm) for site in sites]
    taken = [*circles, *(_box_around(np.array(letter), 1.6) for letter in letters), *words]
    places = []
    for site, circle in zip(sites, circles, strict=True):
        box = min(_candidates(circle, site), key=lambda place: _cost(place, taken, view))
        taken.append(box)
        places.append(box)
    return places


def _cost(place: MarkBox, taken: Sequence[MarkBox], view: FaceView) -> float:
    frame = MarkBox(view.left_mm, view.top_mm, view.right_mm, view.bottom_mm)
    area = (place.right - place.left) * (place.bottom - place.top)
    return round(sum(place.overlap_mm2(other) for other in taken) + area - place.overlap_mm2(frame), 6)


def _box_around(center: np.ndarray, radius_mm: float) -> MarkBox:
    x, y = float(center[0]), float(center[1])
    return MarkBox(x - radius_mm, y - radius_mm, x + radius_mm, y + radius_mm)


def _candidates(circle: MarkBox, site: BenchSite) -> list[MarkBox]:
    """Return boxes to the right, left, above, below and at the corners of a circle."""
    width = text_width_mm(site.mark, MARK) + 2 * _PADDING_MM
    height = 0.8 * MARK.size_mm + 2 * _PADDING_MM
    x, y = (circle.left + circle.right) / 2, (circle.top + circle.bottom) / 2
    away = site.radius_mm + _GAP_MM
    slant = 0.75 * site.radius_mm
    corners = [
        (x + away, y - height / 2),
        (x - away - width, y - height / 2),
        (x - width / 2, y - away - height),
        (x - width / 2, y + away),
        *((x + slant, y + sign * slant - (height if sign < 0 else 0.0)) for sign in (-1, 1)),
        *((x - slant - width, y + sign * slant - (height if sign < 0 else 0.0)) for sign in (-1, 1)),
    ]
    return [MarkBox(left, top, left + width, top + height) for left, top in corners]
