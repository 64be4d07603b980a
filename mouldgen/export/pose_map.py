"""A picture of the search for the pose: the sphere of cut normals, coloured by price, and the best poses.

Equal-area projection (Lambert's azimuthal) of the normals around the plane that was asked for, seen from
the tip of its normal.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from mouldgen.export.panel_fonts import TextStyle, write
from mouldgen.frames import ANATOMICAL_DIRECTIONS, FloatArray, anatomical_name, unit_vector
from mouldgen.orientation import base_direction

if TYPE_CHECKING:
    from mouldgen.poses.search import PoseSearch, RankedPose

__all__ = ["draw_pose_map"]

SIZE_PX = (1500, 900)
_RADIUS_PX = 360
_CENTER_PX = (450, 450)
_LIST_PX = 900
_MARK_PX = 17
_COLORS = np.array(
    [[253, 231, 37], [122, 209, 81], [34, 168, 132], [42, 120, 142], [65, 68, 135], [68, 1, 84]], float
)
"""From the best to the worst: viridis, which stays in order without colour."""

_TITLE, _TEXT, _SMALL = TextStyle(26, bold=True), TextStyle(22), TextStyle(18)
_WORST_SHARE = 0.95
"""The dearest poses share one colour, so that one bad pose does not flatten all others."""


def draw_pose_map(search: PoseSearch, asked_lps: FloatArray, within_deg: float, path: Path) -> None:
    """Write the picture as PNG.

    Parameters
    ----------
    search
        From `mouldgen.poses.search.search_poses`.
    asked_lps
        Normal in the middle of the map.
    within_deg
        Angle at its edge.
    path
        Where to.
    """
    view = _View(asked_lps, within_deg)
    prices = np.array([ranked.price for ranked in search.estimates])
    limits = float(prices.min()), float(np.quantile(prices, _WORST_SHARE))
    picture = Image.new("RGB", SIZE_PX, "white")
    picture.paste(Image.fromarray(_disc(search, view, prices, limits)), (0, 0))
    draw = ImageDraw.Draw(picture)
    _draw_frame(draw, view)
    for number, ranked in reversed(list(enumerate(search.best, start=1))):
        _draw_mark(draw, view, ranked, str(number))
    _draw_list(draw, search)
    _draw_scale(draw, limits)
    picture.save(path, format="PNG", optimize=True)


class _View:
    """Directions to pixels and back."""

    def __init__(self, pole: FloatArray, within_deg: float) -> None:
        self.pole = unit_vector(pole)
        forward = np.array(ANATOMICAL_DIRECTIONS["anterior"])
        if abs(float(forward @ self.pole)) > np.cos(np.radians(30)):
            forward = np.array(ANATOMICAL_DIRECTIONS["superior"])
        self.up = unit_vector(forward - (forward @ self.pole) * self.pole)
        self.right = np.cross(self.up, self.pole)
        self.edge = np.sqrt(2 * (1 - np.cos(np.radians(max(within_deg, 1.0)))))

    def to_px(self, direction: FloatArray) -> tuple[float, float] | None:
        """Return where a direction or its opposite lies; None outside the map."""
        unit = unit_vector(direction)
        if unit @ self.pole < 0:
            unit = -unit
        across = np.array([unit @ self.right, unit @ self.up])
        length = float(np.linalg.norm(across))
        reach = np.sqrt(max(2 * (1 - float(unit @ self.pole)), 0.0)) / self.edge
        if reach > 1.0 + 1e-9:
            return None
        x, y = across / length * reach * _RADIUS_PX if length > 0 else np.zeros(2)
        return _CENTER_PX[0] + float(x), _CENTER_PX[1] - float(y)

    def directions(self) -> tuple[np.ndarray, FloatArray]:
        """Return which pixels of the square around the map lie in it, and their directions."""
        rows, columns = np.mgrid[: 2 * _CENTER_PX[1], : 2 * _CENTER_PX[0]]
        x = (columns - _CENTER_PX[0]) / _RADIUS_PX
        y = (_CENTER_PX[1] - rows) / _RADIUS_PX
        inside = np.hypot(x, y) <= 1.0
        chord = np.hypot(x, y)[inside] * self.edge
        height = 1 - chord**2 / 2
        turn = np.arctan2(y[inside], x[inside])
        radius = np.sqrt(np.clip(1 - height**2, 0, None))
        around = np.outer(radius * np.cos(turn), self.right) + np.outer(radius * np.sin(turn), self.up)
        return inside, around + np.outer(height, self.pole)


def _disc(search: PoseSearch, view: _View, prices: FloatArray, limits: tuple[float, float]) -> np.ndarray:
    """Return pixels, each in the colour of the nearest normal that was tried."""
    from scipy.spatial import cKDTree

    normals = np.array([ranked.pose.normal_lps for ranked in search.estimates])
    inside, directions = view.directions()
    _, nearest = cKDTree(np.concatenate([normals, -normals])).query(directions)
    pixels = np.full((*inside.shape, 3), 255, np.uint8)
    pixels[inside] = _color(prices[nearest % len(normals)], limits)
    return pixels


def _color(prices: FloatArray, limits: tuple[float, float]) -> np.ndarray:
    low, high = limits
    place = np.clip((prices - low) / max(high - low, 1e-9), 0, 1) * (len(_COLORS) - 1)
    channels = [np.interp(place, np.arange(len(_COLORS)), _COLORS[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def _draw_frame(draw: ImageDraw.ImageDraw, view: _View) -> None:
    x, y = _CENTER_PX
    draw.ellipse(
        (x - _RADIUS_PX, y - _RADIUS_PX, x + _RADIUS_PX, y + _RADIUS_PX), outline=(60, 60, 60), width=2
    )
    for name, axis in ANATOMICAL_DIRECTIONS.items():
        direction = np.array(axis)
        if direction @ view.pole < -1e-6:
            continue
        place = view.to_px(direction)
        if place is None:
            continue
        away = np.array(place) - (x, y)
        # on the edge a direction lies on one side and its opposite on the other
        if abs(direction @ view.pole) < 1e-6:
            sides = direction @ view.right, -(direction @ view.up)
            away = np.array(sides)
            place = (x + float(away[0]) * (_RADIUS_PX + 26), y + float(away[1]) * (_RADIUS_PX + 26))
        elif np.linalg.norm(away) < _MARK_PX:
            place = (place[0], place[1] + 2 * _MARK_PX)
        write(draw, place, name[0].upper(), TextStyle(28, bold=True, halo_px=4), "mm")


def _draw_mark(draw: ImageDraw.ImageDraw, view: _View, ranked: RankedPose, text: str) -> None:
    place = view.to_px(np.array(ranked.pose.normal_lps))
    if place is None:
        return
    x, y = place
    draw.ellipse(
        (x - _MARK_PX, y - _MARK_PX, x + _MARK_PX, y + _MARK_PX), fill="white", outline="black", width=3
    )
    write(draw, (x, y), text, TextStyle(22, bold=True), "mm")


def _draw_list(draw: ImageDraw.ImageDraw, search: PoseSearch) -> None:
    write(draw, (_LIST_PX, 70), "Best poses, as they would be made", _TITLE)
    y = 120.0
    for number, ranked in enumerate(search.best, start=1):
        figures = ranked.figures
        is_asked = search.asked is not None and ranked is search.asked
        head = f"{number}   price {ranked.price:.1f}" + ("   as asked for" if is_asked else "")
        write(draw, (_LIST_PX, y), head, _TEXT.emboldened())
        grip = f"void {figures.void_percent:.1f} %, contact {figures.contact_share:.0%}"
        lines = [
            f"{figures.tilt_deg:.0f} degrees off the plane, base {_side(ranked)}",
            f"{grip}, rim {figures.rim_mm:.0f} mm",
            f"{figures.slabs} slabs, {figures.plastic_ml:.0f} mL of plastic, bed: {figures.bed.value}",
        ]
        reach = figures.habitats
        if reach is not None:
            lines.append(
                f"{reach.reachable} of {reach.all} habitats reached, hits {reach.mean_hit:.0%}, "
                f"worst {reach.worst_hit:.0%}"
            )
        for line in lines:
            y += 27
            write(draw, (_LIST_PX + 40, y), line, _SMALL)
        y += 48


def _side(ranked: RankedPose) -> str:
    name, off_deg = anatomical_name(base_direction(np.array(ranked.pose.normal_lps), ranked.pose.base_deg))
    return name if off_deg < 0.5 else f"{name} ({off_deg:.0f} degrees off)"


def _draw_scale(draw: ImageDraw.ImageDraw, limits: tuple[float, float]) -> None:
    left, top, width = _LIST_PX, SIZE_PX[1] - 90, 480
    for step in range(width):
        price = np.array(limits[0] + (limits[1] - limits[0]) * step / (width - 1))
        draw.line((left + step, top, left + step, top + 22), fill=tuple(_color(price, limits).tolist()))
    write(draw, (left, top - 12), "estimated price of every normal with its best base side", _SMALL)
    write(draw, (left, top + 48), f"{limits[0]:.1f}  better", _SMALL)
    write(draw, (left + width, top + 48), f"worse  {limits[1]:.1f}", _SMALL, "rs")
