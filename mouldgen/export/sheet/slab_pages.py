"""The pages of one slab: its faces at 1:1, what it holds, and its tubes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mouldgen.export.map_document import HabitatEntry, SlabEntry
from mouldgen.export.sheet.bench import BenchSlab
from mouldgen.export.sheet.block_table import block_strips
from mouldgen.export.sheet.face_drawing import OVERHEAD_MM, FaceArtist
from mouldgen.export.sheet.face_strips import FacePanel, face_panels, tile_strips
from mouldgen.export.sheet.paper import BODY, BOLD, GREY, HAIRLINE, HEADING, NOTE, TITLE, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.section_pictures import section_pictures
from mouldgen.export.sheet.slab_facts import SliceBlock, Swatch, VolumeBlock
from mouldgen.export.sheet.strips import SheetPage, Strip, filled_pages
from mouldgen.export.sheet.tube_table import tube_strips
from mouldgen.export.sheet.typography import wrapped
from mouldgen.frames import AxisLetters

__all__ = ["SlabPages"]

_GAP_MM = 6.0
_SIDE_MM = (54.0, 80.0)
_NARROWEST_MM = 100.0
_TITLE_MM = 17.0
_LOCATOR_MM = (52.0, 4.5)
_LOCATOR = Stroke(0.15, (110, 110, 110))
_HERE = (40, 40, 40)


@dataclass(frozen=True, eq=False)
class SlabPages:
    """Lays out the pages of slabs.

    Parameters
    ----------
    page
        Size of the pages.
    artist
        Draws faces.
    swatch
        Draws inks.
    habitats
        Of the case, by label.
    letters
        Anatomical, of the sides of the mould.
    """

    page: PageSize
    artist: FaceArtist
    swatch: Swatch
    habitats: Mapping[int, HabitatEntry]
    letters: AxisLetters

    def of(self, slab: BenchSlab) -> list[SheetPage]:
        """Return the pages of a slab."""
        subject, room_mm = f"Slab {slab.entry.id}", self.page.room_mm[1]
        first = [self._title(slab), *self._faces_and_facts(slab)]
        rows = [
            *tube_strips(slab, self.habitats, self.swatch, self.page),
            *block_strips(slab, self.page),
        ]
        if not slab.sites:
            first.append(self._without_sites())
        return _continued(filled_pages(subject, [*first, *rows], room_mm))

    def _title(self, slab: BenchSlab) -> Strip:
        slabs = slab.lab.document.slabs

        def draw(pen: Pen, top_mm: float) -> None:
            left = self.page.left_mm
            width = pen.text((left, top_mm + 7.0), slab.entry.id, TITLE)
            figures = f"slab {slab.entry.index} of {len(slabs)}    {slab.thickness_mm:.1f} mm thick"
            pen.text((left + width + 5.0, top_mm + 3.2), figures, BOLD)
            room = self.page.right_mm - _LOCATOR_MM[0] - left - width - 9.0
            for n, line in enumerate(wrapped(_datum_note(slab), NOTE, room)):
                pen.text((left + width + 5.0, top_mm + 6.8 + 2.9 * n), line, NOTE)
            _draw_locator(pen, slabs, slab.entry, self.page.right_mm - _LOCATOR_MM[0], top_mm)
            bottom = top_mm + _TITLE_MM - 4.5
            pen.line((left, bottom), (self.page.right_mm, bottom), HAIRLINE)

        return Strip(_TITLE_MM, draw)

    def _faces_and_facts(self, slab: BenchSlab) -> list[Strip]:
        room_w, room_h = self.page.room_mm
        half = (room_w - _GAP_MM) / 2
        panels = face_panels(self.artist, slab, self.letters, half)
        volumes = VolumeBlock(slab.entry, self.habitats, self.swatch)
        slices = SliceBlock(slab, section_pictures(slab.lab, slab.content))
        width = panels[0].view.width_mm + OVERHEAD_MM[0]
        height = panels[0].view.height_mm + OVERHEAD_MM[1] + 20.0 + _TITLE_MM
        if width > room_w or height > room_h:
            tiles = [strip for panel in panels for strip in tile_strips(panel, self.page)]
            return [*tiles, self._facts(volumes, slices)]
        if width <= half:
            return [self._side_by_side(panels), self._facts(volumes, slices)]
        side = min(_SIDE_MM[1], room_w - _GAP_MM - max(width, _NARROWEST_MM))
        if side >= _SIDE_MM[0]:
            return self._beside_facts(slab, volumes, slices, side)
        panels = face_panels(self.artist, slab, self.letters, room_w)
        return [*map(self._alone, panels), self._facts(volumes, slices)]

    def _side_by_side(self, panels: list[FacePanel]) -> Strip:
        left = self.page.left_mm
        upper, lower = panels
        caption_mm = max(upper.caption_mm, lower.caption_mm)

        def draw(pen: Pen, top_mm: float) -> None:
            upper.draw(pen, left, top_mm, caption_mm)
            lower.draw(pen, left + upper.width_mm + _GAP_MM, top_mm, caption_mm)

        return Strip(caption_mm + upper.view.height_mm + OVERHEAD_MM[1] + 3.0, draw)

    def _alone(self, panel: FacePanel) -> Strip:
        def draw(pen: Pen, top_mm: float) -> None:
            panel.draw(pen, self.page.left_mm, top_mm)

        return Strip(panel.height_mm + 3.0, draw)

    def _beside_facts(
        self, slab: BenchSlab, volumes: VolumeBlock, slices: SliceBlock, side_mm: float
    ) -> list[Strip]:
        """Return the faces one below the other, with the volumes and the slices beside them."""
        width = self.page.room_mm[0] - side_mm - _GAP_MM
        upper, lower = face_panels(self.artist, slab, self.letters, width)
        left = self.page.right_mm - side_mm

        def beside(panel: FacePanel, height_mm: float, draw_facts: Callable[..., None]) -> Strip:
            def draw(pen: Pen, top_mm: float) -> None:
                panel.draw(pen, self.page.left_mm, top_mm)
                draw_facts(pen, left, top_mm, side_mm)

            return Strip(max(panel.height_mm, height_mm) + 3.0, draw)

        return [
            beside(upper, volumes.height_mm, volumes.draw),
            beside(lower, slices.height_mm(side_mm), slices.draw),
        ]

    def _facts(self, volumes: VolumeBlock, slices: SliceBlock) -> Strip:
        half = (self.page.room_mm[0] - _GAP_MM) / 2
        left = self.page.left_mm

        def draw(pen: Pen, top_mm: float) -> None:
            volumes.draw(pen, left, top_mm, half)
            slices.draw(pen, left + half + _GAP_MM, top_mm, half)

        return Strip(max(volumes.height_mm, slices.height_mm(half)), draw)

    def _without_sites(self) -> Strip:
        def draw(pen: Pen, top_mm: float) -> None:
            pen.text((self.page.left_mm, top_mm + 3.8), "Tubes", HEADING)
            pen.text((self.page.left_mm, top_mm + 9.0), "No sites in this slab.", BODY)

        return Strip(12.0, draw)


def _continued(pages: list[SheetPage]) -> list[SheetPage]:
    """Return the pages, all but the first of which say that they go on."""
    return [pages[0], *(replace(page, subject=f"{page.subject}, continued") for page in pages[1:])]


def _datum_note(slab: BenchSlab) -> str:
    """Say where to measure from."""
    base = "base line: the slab's base edge stands on a ruler"
    if slab.entry.has_score_mark:
        return f"score line: the mark on top of the slab; {base}"
    rings = [*slab.lower.outline, *slab.mid_outline, *slab.upper.outline]
    if not rings:
        return f"No score mark on this slab; {base}"
    low = min(float(ring[:, 0].min()) for ring in rings)
    high = max(float(ring[:, 0].max()) for ring in rings)
    return (
        f"NO SCORE MARK on this slab. Its outermost sides lie {_side(low)} and {_side(high)} of the score "
        f"line, with the upper face up; {base}"
    )


def _side(right_mm: float) -> str:
    return f"{abs(right_mm):.1f} mm {'right' if right_mm >= 0 else 'left'}"


def _draw_locator(pen: Pen, slabs: list[SlabEntry], here: SlabEntry, left_mm: float, top_mm: float) -> None:
    """Draw all slabs as a bar from the S01 end on, this one filled."""
    width, height = _LOCATOR_MM
    low, high = slabs[0].x_lower_mm, slabs[-1].x_upper_mm
    scale = width / (high - low)
    for slab in slabs:
        left = left_mm + scale * (slab.x_lower_mm - low)
        fill = _HERE if slab.id == here.id else None
        pen.rectangle(
            left, top_mm, scale * (slab.x_upper_mm - slab.x_lower_mm), height, stroke=_LOCATOR, fill=fill
        )
    pen.text((left_mm, top_mm + height + 2.8), slabs[0].id, NOTE.colored(GREY))
    pen.text((left_mm + width, top_mm + height + 2.8), slabs[-1].id, NOTE.colored(GREY), "right")
