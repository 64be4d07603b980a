"""The two faces of a slab as strips: side by side, one below the other, or in tiles over several pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np

from mouldgen.export.section_shapes import SectionPlane
from mouldgen.export.sheet.bench import BenchFace, BenchSlab
from mouldgen.export.sheet.face_drawing import LEFT_MM, OVERHEAD_MM, TOP_MM, FaceArtist
from mouldgen.export.sheet.face_view import FaceView, SideLetters, Window
from mouldgen.export.sheet.paper import BODY, BOLD, GREY, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.strips import Strip
from mouldgen.export.sheet.typography import text_width_mm, wrapped
from mouldgen.frames import AxisLetters, FloatArray

__all__ = ["FacePanel", "face_panels", "face_window", "tile_strips"]

_MARGIN_MM = 4.0
_DATUM_REACH_MM = 15.0
_CAPTION_MM = 6.0
_LEAST_WIDTH_MM = 44.0
_LINE_MM = 3.3
_OFF_DATUM_MM = 6.0
"""From a joint to the score line, so that no cut runs along it."""

_KEY_MM = (34.0, 24.0)
_CUT_LINE = Stroke(0.2, (0, 0, 0), (4.0, 1.5, 0.5, 1.5))
_KEY_LINE = Stroke(0.2, (60, 60, 60))
_KEY_FILL = (215, 215, 215)
_MARK_MM = 2.5
_CLEAR_MM = 12.0
"""From the mark of a joint to the nearest site."""


@dataclass(frozen=True, eq=False)
class FacePanel:
    """One face, or a tile of it, with its caption.

    Parameters
    ----------
    artist, slab, face
        What is drawn, and who draws it.
    view
        Where, once it is moved to a place.
    letters
        On its sides.
    width_mm
        What the caption may take; at least the drawing's own width.
    tile
        Behind the face's name in the caption; empty for a whole face.
    """

    artist: FaceArtist
    slab: BenchSlab
    face: BenchFace
    view: FaceView
    letters: SideLetters
    width_mm: float
    tile: str = ""

    @property
    def note_lines(self) -> list[str]:
        """How the face is seen."""
        return wrapped(_note(self.face, self.slab), NOTE, self.width_mm)

    @property
    def caption_mm(self) -> float:
        """Height of the caption."""
        return _CAPTION_MM + len(self.note_lines) * _LINE_MM

    @property
    def height_mm(self) -> float:
        """With caption, numbers and letters."""
        return self.caption_mm + self.view.height_mm + OVERHEAD_MM[1]

    def draw(self, pen: Pen, left_mm: float, top_mm: float, caption_mm: float | None = None) -> FaceView:
        """Draw it, below a caption of a height, and return where the face lies."""
        width = pen.text((left_mm, top_mm + 3.4), _name(self.face), HEADING)
        toward = f"toward {self.face.neighbour}" if self.face.neighbour else "end of the specimen"
        width += 2.0 + pen.text((left_mm + width + 2.0, top_mm + 3.4), f"{toward}{self.tile}", BODY)
        pen.text((left_mm + width + 3.0, top_mm + 3.4), "1:1", BOLD)
        for n, line in enumerate(self.note_lines):
            pen.text((left_mm, top_mm + 7.0 + n * _LINE_MM), line, NOTE)
        below_mm = self.caption_mm if caption_mm is None else caption_mm
        view = self.view.moved(left_mm + LEFT_MM, top_mm + below_mm + TOP_MM)
        self.artist.draw(pen, view, self.slab, self.face, self.letters)
        return view


def face_window(slab: BenchSlab) -> Window:
    """Return what both faces of a slab show: all its outlines, the base line, and the score line if near."""
    rings = [*slab.upper.outline, *slab.lower.outline, *slab.mid_outline]
    rings += [np.array([[site.right_mm, site.above_mm]]) for site in slab.sites]
    if not rings:
        rings = [np.zeros((1, 2))]
    points = np.concatenate(rings)
    if points[:, 0].min() - _DATUM_REACH_MM < 0 < points[:, 0].max() + _DATUM_REACH_MM:
        points = np.concatenate([points, [[0.0, 0.0]]])
    return _widened(Window.around([points, np.array([[points[0, 0], 0.0]])], _MARGIN_MM))


def _widened(window: Window) -> Window:
    """Return a window with room for the words in it."""
    lacking = max(0, ceil((_LEAST_WIDTH_MM - window.width_mm) / 2))
    return replace(window, y_low_mm=window.y_low_mm - lacking, y_high_mm=window.y_high_mm + lacking)


def face_panels(
    artist: FaceArtist, slab: BenchSlab, letters: AxisLetters, width_mm: float
) -> list[FacePanel]:
    """Return the upper and the lower face of a slab; both show the same window.

    Parameters
    ----------
    artist, slab
        Who draws, and what.
    letters
        Anatomical, of the sides of the mould.
    width_mm
        Of each panel, if the faces are narrower.
    """
    window = face_window(slab)
    panels = []
    for face in (slab.upper, slab.lower):
        view = FaceView(window, face.plane, 0.0, 0.0)
        room = max(width_mm, window.width_mm + OVERHEAD_MM[0])
        panels.append(FacePanel(artist, slab, face, view, SideLetters.of_face(letters, face.plane), room))
    return panels


def tile_strips(panel: FacePanel, page: PageSize) -> list[Strip]:
    """Return a face in as few tiles as fit on pages, in reading order, with joining marks and a key."""
    room_w, room_h = page.room_mm
    limit = (
        room_w - OVERHEAD_MM[0],
        room_h - _KEY_MM[1] - OVERHEAD_MM[1] - _CAPTION_MM - 4 * _LINE_MM,
    )
    tiles = _tiles(panel.view, limit)
    return [_tile_strip(panel, tiles, n, page) for n in range(len(tiles))]


@dataclass(frozen=True)
class _Tile:
    """A tile: its window, and its row and column as they lie on the table."""

    window: Window
    row: int
    column: int


def _tiles(view: FaceView, limit_mm: tuple[float, float]) -> list[_Tile]:
    window = view.window
    z_edges = _edges(window.z_high_mm, window.z_low_mm, limit_mm[1])
    start, end = (window.y_low_mm, window.y_high_mm)[:: -1 if view.is_mirrored else 1]
    y_edges = _edges(start, end, limit_mm[0])
    return [
        _Tile(Window(min(y0, y1), max(y0, y1), z1, z0), row, column)
        for row, (z0, z1) in enumerate(pairwise(z_edges))
        for column, (y0, y1) in enumerate(pairwise(y_edges))
    ]


def _edges(start_mm: float, end_mm: float, limit_mm: float) -> list[float]:
    """Return whole millimetres that part a length into equal pieces of at most `limit_mm`."""
    count = max(1, ceil(abs(end_mm - start_mm) / (np.floor(limit_mm) - _OFF_DATUM_MM)))
    edges = [float(round(start_mm + n * (end_mm - start_mm) / count)) for n in range(count + 1)]
    inner = (edge + _OFF_DATUM_MM if abs(edge) < _OFF_DATUM_MM else edge for edge in edges[1:-1])
    return [edges[0], *inner, edges[-1]]


def _tile_strip(panel: FacePanel, tiles: Sequence[_Tile], n: int, page: PageSize) -> Strip:
    tile = tiles[n]
    part = FacePanel(
        panel.artist,
        panel.slab,
        panel.face,
        FaceView(tile.window, panel.face.plane, 0.0, 0.0),
        panel.letters,
        page.room_mm[0],
        f", tile {n + 1} of {len(tiles)}",
    )

    def draw(pen: Pen, top_mm: float) -> None:
        _draw_key(pen, panel, tiles, n, (page.right_mm - _KEY_MM[0], top_mm))
        _write_tile_note(pen, (page.left_mm, top_mm + 3.4), page.room_mm[0] - _KEY_MM[0] - 6.0)
        view = part.draw(pen, page.left_mm, top_mm + _KEY_MM[1])
        _draw_joints(pen, view, part, tile, tiles)

    return Strip(_KEY_MM[1] + part.height_mm, draw)


def _write_tile_note(pen: Pen, at_mm: tuple[float, float], width_mm: float) -> None:
    note = (
        "This slab is larger than the page. Its faces are drawn at 1:1 in tiles: cut along the dashed edges "
        "and join equal numbers, so that the points of the triangles meet. The key shows which tile this is."
    )
    for n, line in enumerate(wrapped(note, BODY, width_mm)):
        pen.text((at_mm[0], at_mm[1] + n * 3.8), line, BODY)


def _draw_key(
    pen: Pen, panel: FacePanel, tiles: Sequence[_Tile], chosen: int, at_mm: tuple[float, float]
) -> None:
    """Draw the face and its tiles, small, with the numbers of tiles, and this one in grey."""
    view = panel.view
    scale = min(_KEY_MM[0] / view.window.width_mm, (_KEY_MM[1] - 4.0) / view.window.height_mm)
    small = FaceView(view.window, view.plane, *at_mm, scale)
    for n, tile in enumerate(tiles):
        low = small.to_page([tile.window.y_low_mm, tile.window.z_low_mm])
        high = small.to_page([tile.window.y_high_mm, tile.window.z_high_mm])
        left, top = np.minimum(low, high)
        width, height = np.abs(high - low)
        fill = _KEY_FILL if n == chosen else None
        pen.rectangle(left, top, width, height, stroke=_KEY_LINE, fill=fill)
        pen.text((left + width / 2, top + height / 2), str(n + 1), BOLD, "middle", middle=True)
    if panel.face.outline:
        pen.rings(small.rings(panel.face.outline), stroke=_KEY_LINE)
    pen.text((at_mm[0], small.bottom_mm + 2.6), f"key, 1:{1 / scale:.1f}, not for measuring", SMALL)


def _draw_joints(pen: Pen, view: FaceView, part: FacePanel, tile: _Tile, tiles: Sequence[_Tile]) -> None:
    """Draw dashed edges and triangles where another tile joins."""
    left, top, right, bottom = view.left_mm, view.top_mm, view.right_mm, view.bottom_mm
    sides = {
        (0, -1): ((left, top), (left, bottom)),
        (0, 1): ((right, top), (right, bottom)),
        (-1, 0): ((left, top), (right, top)),
        (1, 0): ((left, bottom), (right, bottom)),
    }
    sites = view.to_page([(site.right_mm, site.above_mm) for site in part.slab.sites] or [(1e6, 1e6)])
    for (down, across), ends in sides.items():
        other = next((t for t in tiles if (t.row, t.column) == (tile.row + down, tile.column + across)), None)
        if other is None:
            continue
        pen.line(*ends, _CUT_LINE)
        numbers = sorted([tiles.index(tile) + 1, tiles.index(other) + 1])
        name = "\N{EN DASH}".join(map(str, numbers))
        for tip in _joint_places(np.array(ends), sites):
            _draw_joint(pen, tip, -np.array([across, down]), name)


def _joint_places(ends: FloatArray, sites: FloatArray) -> list[FloatArray]:
    """Return two points of a joint that are farthest from sites; the same ones from both of its sides."""
    points = []
    for shares in ((0.25, 0.2, 0.3, 0.15, 0.35), (0.75, 0.8, 0.7, 0.85, 0.65)):
        places = ends[0] + np.array(shares)[:, None] * (ends[1] - ends[0])
        gaps = np.linalg.norm(places[:, None] - sites[None], axis=-1).min(axis=1)
        points.append(places[int(np.argmax(np.minimum(gaps, _CLEAR_MM).round(3)))])
    return points


def _draw_joint(pen: Pen, tip: FloatArray, inward: FloatArray, name: str) -> None:
    """Draw a triangle whose point is on a joint, and the numbers of its tiles."""
    base = tip + _MARK_MM * inward
    beside = inward[::-1] * _MARK_MM / 2
    pen.rings([np.array([tip, base + beside, base - beside])], fill=(0, 0, 0))
    at = tip + 2.0 * _MARK_MM * inward
    width = text_width_mm(name, BOLD) + 0.8
    pen.rectangle(at[0] - width / 2, at[1] - 1.5, width, 3.0, fill=(255, 255, 255))
    pen.text(at, name, BOLD.colored(GREY), "middle", middle=True)


def _name(face: BenchFace) -> str:
    return "UPPER FACE" if face.plane is SectionPlane.UPPER else "LOWER FACE"


def _note(face: BenchFace, slab: BenchSlab) -> str:
    way = (
        "Lay the slab on its lower face, base edge toward you: this is what you see."
        if face.plane is SectionPlane.UPPER
        else "Turn the slab over left to right, base edge still toward you: this is what you see."
    )
    if not face.is_cut:
        way += " No cut face: the specimen ends here, rounded."
    if not face.is_cut and face.outline:
        way += f" Shown dashed: the section in the middle of the slab, {slab.thickness_mm / 2:.1f} mm below."
    return way
