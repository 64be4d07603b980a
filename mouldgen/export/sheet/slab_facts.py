"""What a slab holds, in figures, and the image slices nearest to its middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mouldgen.export.map_document import HabitatEntry, NearestSliceEntry, SlabEntry
from mouldgen.export.panel_inks import TISSUE
from mouldgen.export.sheet.bench import BenchSlab
from mouldgen.export.sheet.hatching import HatchArtist
from mouldgen.export.sheet.paper import BODY, BOLD, GREY, HAIRLINE, HEADING, NOTE
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.section_pictures import SectionPicture
from mouldgen.export.sheet.typography import printable, shortened
from mouldgen.export.sheet.unstable_mark import UNSTABLE_MM, draw_unstable
from mouldgen.export.slab_words import milliliters, percent, slice_distance, slice_number

__all__ = ["SliceBlock", "Swatch", "VolumeBlock", "bare_mm3"]

_ROW_MM = 5.0
_HEAD_MM = 7.0
_SWATCH_MM = (8.0, 3.8)
_EDGE = Stroke(0.15, (90, 90, 90))
_BARE_SHARE = 1e-6
_MOST_PICTURES = 3
_MOST_SLICES = 6
_GAP_MM = 3.0
_PICTURE_MM = 28.0
_VOLUMES_MM = 25.0
"""What volume and share take behind a habitat's name."""


@dataclass(frozen=True, eq=False)
class Swatch:
    """Draws small boxes in the inks of habitats."""

    hatches: HatchArtist
    positions: Mapping[int, int]

    def draw(self, pen: Pen, label: int | None, left_mm: float, middle_mm: float) -> None:
        """Draw a box, centred on a height; grey for tissue without habitat."""
        width, height = _SWATCH_MM
        top = middle_mm - height / 2
        if label is None:
            pen.rectangle(left_mm, top, width, height, fill=TISSUE)
        else:
            self.hatches.fill_box(pen, self.positions[label], (left_mm, top, width, height))
        pen.rectangle(left_mm, top, width, height, stroke=_EDGE)


@dataclass(frozen=True, eq=False)
class VolumeBlock:
    """The table of tissue and habitat volumes of one slab.

    Parameters
    ----------
    slab
        Whose.
    habitats
        All of the case, by label.
    swatch
        Draws inks.
    """

    slab: SlabEntry
    habitats: Mapping[int, HabitatEntry]
    swatch: Swatch

    @property
    def _present(self) -> list[tuple[int, float]]:
        volumes = self.slab.habitat_volume_mm3
        return [(label, volumes[str(label)]) for label in self.habitats if volumes.get(str(label), 0.0) > 0]

    @property
    def _bare_mm3(self) -> float:
        return bare_mm3(self.slab) if self.habitats else 0.0

    @property
    def height_mm(self) -> float:
        """Of the table."""
        return _HEAD_MM + (len(self._present) + (self._bare_mm3 > 0) + 1) * _ROW_MM + _GAP_MM

    def draw(self, pen: Pen, left_mm: float, top_mm: float, width_mm: float) -> None:
        """Draw it."""
        right = left_mm + width_mm
        right_of_name_mm = right - _VOLUMES_MM
        pen.text((left_mm, top_mm + 3.4), "In this slab", HEADING)
        pen.text((right - 13.0, top_mm + 3.4), "mL", NOTE, "right")
        pen.text((right, top_mm + 3.4), "of tissue", NOTE, "right")
        pen.line((left_mm, top_mm + 4.8), (right, top_mm + 4.8), HAIRLINE)
        row = top_mm + _HEAD_MM + 0.6
        for label, volume in self._present:
            habitat = self.habitats[label]
            self._write(pen, left_mm, row, width_mm, (label, habitat.code, _name(habitat), volume))
            if not habitat.is_stable:
                draw_unstable(pen, right_of_name_mm - UNSTABLE_MM, row)
            row += _ROW_MM
        if self._bare_mm3:
            self._write(pen, left_mm, row, width_mm, (None, "", "no habitat", self._bare_mm3))
            row += _ROW_MM
        pen.line((left_mm, row - _ROW_MM / 2), (right, row - _ROW_MM / 2), HAIRLINE)
        pen.text((left_mm, row), "Tissue", BOLD, middle=True)
        self._write_volume(pen, right, row, self.slab.tissue_volume_mm3)

    def _write(
        self, pen: Pen, left: float, row: float, width: float, what: tuple[int | None, str, str, float]
    ) -> None:
        label, code, name, volume = what
        self.swatch.draw(pen, label, left, row)
        pen.text((left + 10.0, row), code, BOLD, middle=True)
        pen.text((left + 15.0, row), shortened(name, BODY, width - 15.0 - _VOLUMES_MM), BODY, middle=True)
        self._write_volume(pen, left + width, row, volume)

    def _write_volume(self, pen: Pen, right: float, row: float, volume_mm3: float) -> None:
        pen.text((right - 13.0, row), milliliters(volume_mm3), BODY, "right", middle=True)
        pen.text((right, row), percent(volume_mm3, self.slab.tissue_volume_mm3), BODY, "right", middle=True)


@dataclass(frozen=True, eq=False)
class SliceBlock:
    """The image slices nearest to a slab's middle, with small pictures of its middle.

    Parameters
    ----------
    slab
        Whose.
    pictures
        Of its middle, one an image.
    """

    slab: BenchSlab
    pictures: tuple[SectionPicture, ...]

    @property
    def _nearest(self) -> list[NearestSliceEntry]:
        return self.slab.entry.nearest_slices[:_MOST_SLICES]

    def _picture_size(self, width_mm: float) -> tuple[float, float]:
        if not self.pictures:
            return 0.0, 0.0
        count = min(3, max(2, len(self.pictures)))
        share = max(picture.height_share for picture in self.pictures)
        width = min(_PICTURE_MM, _PICTURE_MM / share, (width_mm - (count - 1) * 2.0) / count)
        return width, share * width

    def height_mm(self, width_mm: float) -> float:
        """Of the block at a width."""
        height = _HEAD_MM + len(self._nearest) * _ROW_MM + _GAP_MM
        for pictures in self._rows(width_mm):
            height += max(p.height_share for p in pictures) * self._picture_size(width_mm)[0] + 4.5
        return height

    def _rows(self, width_mm: float) -> list[tuple[SectionPicture, ...]]:
        if not self.pictures:
            return []
        across = max(1, int((width_mm + 2.0) / (self._picture_size(width_mm)[0] + 2.0)))
        return [self.pictures[n : n + across] for n in range(0, len(self.pictures), across)]

    def draw(self, pen: Pen, left_mm: float, top_mm: float, width_mm: float) -> None:
        """Draw it."""
        right = left_mm + width_mm
        pen.text((left_mm, top_mm + 3.4), "Nearest image slices", HEADING)
        pen.line((left_mm, top_mm + 4.8), (right, top_mm + 4.8), HAIRLINE)
        row = top_mm + _HEAD_MM + 0.6
        for nearest in self._nearest:
            self._write(pen, left_mm, row, width_mm, nearest)
            row += _ROW_MM
        row += -_ROW_MM / 2 + 1.0
        for pictures in self._rows(width_mm):
            width = self._picture_size(width_mm)[0]
            for n, picture in enumerate(pictures):
                left = left_mm + n * (width + 2.0)
                picture.draw(pen, left, row, width)
                label = shortened(printable(picture.name, f"image {n + 1}"), NOTE, width)
                pen.text((left, row + picture.height_share * width + 2.8), label, NOTE)
            row += max(p.height_share for p in pictures) * width + 4.5

    def _write(self, pen: Pen, left: float, row: float, width: float, nearest: NearestSliceEntry) -> None:
        right = left + width
        end = pen_width = right - pen.text((right, row), slice_distance(nearest), NOTE, "right", middle=True)
        end -= 2.0 + pen.text((end - 2.0, row), slice_number(nearest), BOLD, "right", middle=True)
        name = shortened(printable(nearest.image, "image"), BODY, min(end, pen_width) - left - 2.0)
        pen.text(
            (left, row), name, BODY.colored(GREY if nearest.image == "labels" else BODY.color), middle=True
        )


def bare_mm3(slab: SlabEntry) -> float:
    """Return the volume of a slab's tissue without habitat, mm3."""
    bare = slab.tissue_volume_mm3 - sum(slab.habitat_volume_mm3.values())
    return bare if bare > _BARE_SHARE * slab.tissue_volume_mm3 else 0.0


def _name(habitat: HabitatEntry) -> str:
    return printable(habitat.name, f"label {habitat.label}")
