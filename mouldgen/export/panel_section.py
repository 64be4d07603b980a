"""One panel of a slab's picture: a section with its habitats, letters and outline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image as Picture
from PIL import ImageDraw

from mouldgen.export.panel_fonts import TextStyle, write
from mouldgen.export.panel_inks import PAPER, TILE_PX, TISSUE, Ink, habitat_ink, plain_ink
from mouldgen.export.panel_letters import LabelImage, LetterPlace, place_letters
from mouldgen.export.panel_window import PanelWindow
from mouldgen.frames import FloatArray
from mouldgen.orientation import MouldFrame
from mouldgen.sampling.contents import Rings
from mouldgen.sampling.sections import label_section
from mouldgen.specimen import Habitat, Specimen

__all__ = ["PixelBox", "SectionArtist"]

PixelBox = tuple[float, float, float, float]

OUTLINE_COLOR = (24, 24, 24)
OUTLINE_PX = 2.4
BORDER_COLOR = (72, 72, 72)
_OVERSAMPLING = 3
_PLAIN = 1
"""Position of tissue without habitat among the inks; 0 is paper, habitats follow."""

_LARGE_LETTER = TextStyle(30, bold=True, halo_px=4)
_SMALL_LETTER = TextStyle(20, bold=True, halo_px=3)
_NOTHING = TextStyle(19, color=(120, 120, 120))


@dataclass(frozen=True, eq=False)
class SectionArtist:
    """Draws sections of one specimen.

    Parameters
    ----------
    specimen
        Whose voxels are shown, each point looked up once.
    frame
        The mould frame.
    window
        What every section shows.
    inks
        Of paper, of tissue without habitat, and of every habitat in turn.
    codes
        Letters of the habitats.
    ink_of_label
        Shape (largest label + 1,): which ink a label is drawn in.
    """

    specimen: Specimen
    frame: MouldFrame
    window: PanelWindow
    inks: tuple[Ink, ...]
    codes: tuple[str, ...]
    ink_of_label: LabelImage

    @classmethod
    def for_specimen(cls, specimen: Specimen, frame: MouldFrame, window: PanelWindow) -> SectionArtist:
        """Return the artist with one ink a habitat."""
        habitats: Sequence[Habitat] = specimen.habitats.habitats if specimen.habitats else ()
        inks = (plain_ink(PAPER), plain_ink(TISSUE), *(habitat_ink(h, n) for n, h in enumerate(habitats)))
        ink_of_label = np.full(np.iinfo(np.uint16).max + 1, _PLAIN, np.uint16)
        ink_of_label[0] = 0
        ink_of_label[[habitat.label for habitat in habitats]] = np.arange(len(habitats)) + _PLAIN + 1
        return cls(specimen, frame, window, inks, tuple(habitat.code for habitat in habitats), ink_of_label)

    def draw(
        self, x_mm: float, rings: Rings, *, bare_tissue: bool, taken_px: Sequence[PixelBox] = ()
    ) -> Picture.Image:
        """Return the section at `x_mm`, of the window's size.

        Parameters
        ----------
        x_mm
            Position of the plane in the mould frame.
        rings
            The specimen's outline there; none where the tissue has ended.
        bare_tissue
            Whether tissue without habitat must be looked for.
        taken_px
            Boxes of the panel that letters of habitats keep clear of: left, upper, right and lower edge.
        """
        panel = Picture.new("RGB", (self.window.width_px, self.window.height_px), PAPER)
        if rings:
            rings_px = [self.window.to_px(ring) for ring in rings]
            rows, columns = self._box(rings_px)
            box = self._draw_box(x_mm, rows, columns, rings_px, bare_tissue=bare_tissue, taken_px=taken_px)
            panel.paste(box, (columns.start, rows.start))
        else:
            _write_nothing(panel)
        return panel

    def _draw_box(
        self,
        x_mm: float,
        rows: slice,
        columns: slice,
        rings_px: Sequence[FloatArray],
        *,
        bare_tissue: bool,
        taken_px: Sequence[PixelBox],
    ) -> Picture.Image:
        """Return the rows and columns of the panel that hold tissue."""
        numbers = self._ink_numbers(x_mm, rows, columns, bare_tissue=bare_tissue)
        box = self._inked(numbers, rows, columns)
        _draw_outline(box, [ring - (columns.start, rows.start) for ring in rings_px])
        draw = ImageDraw.Draw(box)
        free = _without(numbers, taken_px, (columns.start, rows.start))
        for place in place_letters(free, range(_PLAIN + 1, len(self.inks)), box.size):
            _write_letter(draw, place, self.codes[place.label - _PLAIN - 1])
        return box

    def _box(self, rings_px: Sequence[FloatArray]) -> tuple[slice, slice]:
        """Return the rows and columns that hold the outline and voxels that stick out of it."""
        points = np.concatenate(rings_px)
        reach = float(self.specimen.tissue.grid.spacing_mm.max()) / self.window.px_mm
        low = np.maximum(np.floor(points.min(axis=0) - reach), 0).astype(int)
        high = np.ceil(points.max(axis=0) + reach).astype(int)
        width, height = self.window.width_px, self.window.height_px
        return slice(int(low[1]), min(int(high[1]), height)), slice(int(low[0]), min(int(high[0]), width))

    def _ink_numbers(self, x_mm: float, rows: slice, columns: slice, *, bare_tissue: bool) -> LabelImage:
        """Return which ink every pixel of a box is drawn in; shape (rows, columns)."""
        y_mm = self.window.column_y_mm(np.arange(columns.start, columns.stop))
        z_mm = self.window.row_z_mm(np.arange(rows.start, rows.stop))
        numbers = self.ink_of_label[label_section(self.specimen, self.frame, x_mm, y_mm, z_mm).T]
        if bare_tissue and self.specimen.habitats:
            tissue = label_section(replace(self.specimen, habitats=None), self.frame, x_mm, y_mm, z_mm).T
            numbers = np.where((numbers == 0) & (tissue > 0), np.uint16(_PLAIN), numbers)
        return numbers

    def _inked(self, numbers: LabelImage, rows: slice, columns: slice) -> Picture.Image:
        """Return a box in its colours; hatchings run on from panel to panel."""
        row = np.arange(rows.start, rows.stop)[:, None] % TILE_PX
        column = np.arange(columns.start, columns.stop)[None, :] % TILE_PX
        inked = self._tiles.take(numbers * np.int32(TILE_PX**2) + (row * TILE_PX + column).astype(np.int32))
        inked[_borders(numbers)] = _packed(np.array(BORDER_COLOR, np.uint8))
        return Picture.fromarray(inked.view(np.uint8).reshape(*numbers.shape, 4)).convert("RGB")

    @cached_property
    def _tiles(self) -> npt.NDArray[np.uint32]:
        """Shape (inks, 24, 24): one number a pixel, so that looking up moves whole pixels."""
        return _packed(np.stack([ink.tile for ink in self.inks]))


def _without(numbers: LabelImage, boxes: Sequence[PixelBox], start: tuple[int, int]) -> LabelImage:
    """Return a copy without what lies in the boxes; a region that they cover wholly keeps its label."""
    free = numbers.copy()
    for left, upper, right, lower in boxes:
        rows = slice(max(0, round(upper) - start[1]), max(0, round(lower) - start[1]))
        free[rows, max(0, round(left) - start[0]) : max(0, round(right) - start[0])] = 0
    for label in set(np.unique(numbers).tolist()) - set(np.unique(free).tolist()):
        free[numbers == label] = label
    return free


def _packed(colors: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Turn colours of shape (..., 3) into red, green, blue and opacity in one number."""
    opaque = np.full((*colors.shape[:-1], 1), 255, np.uint8)
    return np.ascontiguousarray(np.concatenate([colors, opaque], axis=-1)).view(np.uint32)[..., 0]


def _write_letter(draw: ImageDraw.ImageDraw, place: LetterPlace, code: str) -> None:
    if place.has_leader:
        draw.line([place.at_px, place.pole_px], fill=PAPER, width=5)
        draw.line([place.at_px, place.pole_px], fill=OUTLINE_COLOR, width=2)
    write(draw, place.at_px, code, _LARGE_LETTER if place.large else _SMALL_LETTER, anchor="mm")


def _write_nothing(panel: Picture.Image) -> None:
    middle = (panel.width / 2, panel.height / 2)
    write(ImageDraw.Draw(panel), middle, "end of tissue", _NOTHING, anchor="mm")


def _borders(numbers: LabelImage) -> npt.NDArray[np.bool_]:
    """Return the pixels left of or above which another habitat begins."""
    borders = np.zeros(numbers.shape, bool)
    borders[:, 1:] = (numbers[:, 1:] != numbers[:, :-1]) & (numbers[:, 1:] > 0) & (numbers[:, :-1] > 0)
    borders[1:] |= (numbers[1:] != numbers[:-1]) & (numbers[1:] > 0) & (numbers[:-1] > 0)
    return borders


def _draw_outline(picture: Picture.Image, rings_px: Sequence[FloatArray]) -> None:
    """Draw closed lines, smoothed by drawing them larger and shrinking them."""
    finer = _OVERSAMPLING
    mask = Picture.new("L", (picture.width * finer, picture.height * finer), 0)
    draw = ImageDraw.Draw(mask)
    for ring in rings_px:
        # a coordinate of Pillow's lines is the middle of a pixel
        draw.line((ring * finer - 0.5).ravel().tolist(), fill=255, width=round(OUTLINE_PX * finer))
    picture.paste(OUTLINE_COLOR, (0, 0), mask.reduce(finer))
