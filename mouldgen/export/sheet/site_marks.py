"""Punch circles on a face, and their marks, which keep off circles, letters and each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mouldgen.export.sheet.bench import BenchSite
from mouldgen.export.sheet.face_view import FaceView
from mouldgen.export.sheet.mark_boxes import MarkBox
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.typography import PrintStyle, text_width_mm
from mouldgen.frames import FloatArray

__all__ = ["draw_marks", "draw_punches", "label_places"]

MARK = PrintStyle(6.5, bold=True)
_GAP_MM = 0.5
_PADDING_MM = 0.35
_BESIDE_MM = 1.0
"""A mark that is farther from its circle has a line to it."""

_AWAY_MM = (2.0, 4.0, 6.0, 9.0, 12.0)
_FARTHER, _CROSSED = 0.02, 0.3
"""What a millimetre of a line costs, and each point of it on something else, in mm2 that are covered."""

_MISTAKEN_MM = 1.3
_NEAR_OTHERS = 0.5
"""What it costs to stand nearer than that to another circle, per mm2."""

_DIRECTIONS = np.array(
    [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)]
    + [(1, -0.5), (1, 0.5), (-1, -0.5), (-1, 0.5), (0.5, -1), (0.5, 1), (-0.5, -1), (-0.5, 1)]
)
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
    """Write the mark of every site beside its circle, or farther off at the end of a line."""
    boxes = label_places(view, sites, letters, words)
    for site, box in zip(sites, boxes, strict=True):
        _draw_leader(pen, view.to_page([site.right_mm, site.above_mm]), site.radius_mm, box)
    for site, box in zip(sites, boxes, strict=True):
        box.fill(pen, _WHITE)
        pen.text(box.middle_mm, site.mark, MARK, "middle", middle=True)


def label_places(
    view: FaceView,
    sites: Sequence[BenchSite],
    letters: Sequence[tuple[float, float]],
    words: Sequence[MarkBox] = (),
) -> list[MarkBox]:
    """Return a box for every mark, the nearest place around its circle that covers least.

    Parameters
    ----------
    view, sites
        Which circles, and where.
    letters
        Middles of habitats' letters on the page.
    words
        Other words in the drawing.
    """
    centers = [view.to_page([site.right_mm, site.above_mm]) for site in sites]
    circles = [_box_around(center, site.radius_mm) for center, site in zip(centers, sites, strict=True)]
    taken = [*circles, *(_box_around(np.array(letter), 1.6) for letter in letters), *words]
    frame = np.array([[view.left_mm, view.top_mm, view.right_mm, view.bottom_mm]])
    places: list[MarkBox] = []
    for n, (site, center) in enumerate(zip(sites, centers, strict=True)):
        boxes = _candidates(center, site)
        own = [box for box in (*taken, *places) if box is not circles[n]]
        costs = _covered_mm2(boxes, _corners([*taken, *places])).sum(axis=1)
        costs -= _covered_mm2(boxes, frame)[:, 0]
        costs += _NEAR_OTHERS * _covered_mm2(boxes, _grown([*circles[:n], *circles[n + 1 :]])).sum(axis=1)
        costs += _leader_costs(center, site.radius_mm, boxes, _corners(own))
        places.append(MarkBox(*boxes[int(np.argmin(costs.round(6)))].tolist()))
    return places


def _corners(boxes: Sequence[MarkBox]) -> FloatArray:
    """Return boxes as rows of left, top, right and bottom."""
    return np.array([(box.left, box.top, box.right, box.bottom) for box in boxes]).reshape(-1, 4)


def _grown(circles: Sequence[MarkBox]) -> FloatArray:
    """Return boxes around circles in which another site's mark could be taken for theirs."""
    return np.asarray(_corners(circles) + _MISTAKEN_MM * np.array([-1.0, -1.0, 1.0, 1.0]))


def _covered_mm2(boxes: FloatArray, others: FloatArray) -> FloatArray:
    """Return the areas that boxes share with others, shape (boxes, others)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.prod(np.maximum(0.0, high - low), axis=-1))


def _leader_costs(center: FloatArray, radius_mm: float, boxes: FloatArray, others: FloatArray) -> FloatArray:
    """Return what lines to boxes cost: a little by their length, and much where they cross others."""
    ends = np.clip(center, boxes[:, :2], boxes[:, 2:])
    lengths = np.linalg.norm(ends - center, axis=-1) - radius_mm
    points = center + np.linspace(0.0, 1.0, 12)[:, None, None] * (ends - center)
    inside = (points[:, :, None] >= others[:, :2]) & (points[:, :, None] <= others[:, 2:])
    crossed = inside.all(axis=-1).sum(axis=(0, 2))
    return np.asarray(np.where(lengths < _BESIDE_MM, 0.0, _FARTHER * lengths + _CROSSED * crossed))


def _leader(center: FloatArray, radius_mm: float, box: MarkBox) -> FloatArray | None:
    """Return a line from a circle to a box that does not stand beside it, shape (2, 2)."""
    end = np.clip(center, (box.left, box.top), (box.right, box.bottom))
    length = float(np.hypot(*(end - center)))
    if length - radius_mm < _BESIDE_MM:
        return None
    return np.array([center + (end - center) * radius_mm / length, end])


def _draw_leader(pen: Pen, center: FloatArray, radius_mm: float, box: MarkBox) -> None:
    line = _leader(center, radius_mm, box)
    if line is not None:
        pen.polylines([line], _HALO)
        pen.polylines([line], _FINE)


def _box_around(center: FloatArray, radius_mm: float) -> MarkBox:
    x, y = float(center[0]), float(center[1])
    return MarkBox(x - radius_mm, y - radius_mm, x + radius_mm, y + radius_mm)


def _candidates(center: FloatArray, site: BenchSite) -> FloatArray:
    """Return boxes to the right, left, above, below and at the corners of a circle, then farther ones."""
    width = text_width_mm(site.mark, MARK) + 2 * _PADDING_MM
    height = 0.8 * MARK.size_mm + 2 * _PADDING_MM
    half = np.array([width, height]) / 2
    near = _DIRECTIONS[:8] * (site.radius_mm + _GAP_MM + half)
    near[4:] = np.sign(_DIRECTIONS[4:8]) * (0.75 * site.radius_mm + half)
    far = [_DIRECTIONS * (site.radius_mm + away_mm + half) for away_mm in _AWAY_MM]
    middles = center + np.concatenate([near, *far])
    return np.concatenate([middles - half, middles + half], axis=1)
