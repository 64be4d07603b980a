"""Page 1: which case, whether the print is true, how the specimen goes in, and what the slabs hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mouldgen.errors import Severity
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.map_document import FindingEntry, MapDocument, UnreachableEntry
from mouldgen.export.sheet.bench import BenchSlab
from mouldgen.export.sheet.data_matrix import code_size_mm, draw_code
from mouldgen.export.sheet.face_drawing import FaceArtist
from mouldgen.export.sheet.habitat_legend import legend_strips
from mouldgen.export.sheet.headings import heading_strip, paragraph_strip
from mouldgen.export.sheet.insertion_picture import InsertionPicture
from mouldgen.export.sheet.paper import BODY, BOLD, FIELD_LINE, HEADING, NOTE, SMALL, TITLE, PageSize
from mouldgen.export.sheet.pen import Pen, Stroke
from mouldgen.export.sheet.punch_words import punch_text
from mouldgen.export.sheet.ruler import draw_ruler, write_check
from mouldgen.export.sheet.slab_facts import Swatch
from mouldgen.export.sheet.slab_overview import overview_strips
from mouldgen.export.sheet.strips import SheetPage, Strip, filled_pages
from mouldgen.export.sheet.typography import (
    PrintStyle,
    fitting,
    printable,
    printable_sentence,
    shortened,
    text_width_mm,
    wrapped,
)
from mouldgen.frames import AxisLetters

__all__ = ["FrontPages"]

_CODE_MM = 18.0
_CASES = tuple(PrintStyle(size_pt, bold=True) for size_pt in (14, 11, 9, 8, 7))
_FIELDS = ("Date", "Operator", "Pathologist", "Accession no.")
_INKS_MM = 52.0
_BLANK_INKS = 5
_PICTURE_MM = 62.0
_LINE_MM = 3.7
_WARNING_EDGE = Stroke(0.4)
_BLACK = (0, 0, 0)
_GAP_MM = 6.0
_LONGEST_FINDING = 260
_UNREACHABLE = "sites_unreachable"
"""Code of findings that repeat the list of habitats that no punch can take."""

_RESEARCH = (
    "FOR RESEARCH USE ONLY, NOT FOR DIAGNOSIS. Diagnosis comes first: take no sample that a margin, a "
    "capsule or staging needs."
)


@dataclass(frozen=True, eq=False)
class FrontPages:
    """Lays out the first page, and those that it runs on to.

    Parameters
    ----------
    lab, slabs
        The case.
    artist, swatch
        Draw habitats.
    letters
        Anatomical, of the sides of the mould.
    page
        Size of the pages.
    """

    lab: LaboratoryCase
    slabs: Sequence[BenchSlab]
    artist: FaceArtist
    swatch: Swatch
    letters: AxisLetters
    page: PageSize

    @property
    def _document(self) -> MapDocument:
        return self.lab.document

    def pages(self) -> list[SheetPage]:
        """Return the pages."""
        strips = [
            self._title(),
            self._warning(),
            self._ruler(),
            self._insertion(),
            *legend_strips(self._document, self.swatch, self.page),
            paragraph_strip(self.page, "Punch", punch_text(self._document)),
            *self._unreachable(),
            *self._findings(),
            *overview_strips(self.slabs, self.artist, self.page),
        ]
        return filled_pages("Sampling sheet", strips, self.page.room_mm[1])

    def _title(self) -> Strip:
        document, page = self._document, self.page
        content = f"{document.case_id} {document.design_hash}"
        code_mm = code_size_mm(content, _CODE_MM)
        case_style = fitting(document.case_id, _CASES, 80.0)

        def draw(pen: Pen, top_mm: float) -> None:
            left = page.left_mm
            pen.text((left, top_mm + 7.0), "Sampling sheet", TITLE)
            pen.text((left, top_mm + 14.5), document.case_id, case_style)
            pen.text((left, top_mm + 20.0), f"design {document.design_hash}", BODY)
            volume = document.specimen.volume_mm3 / 1000
            slabs = f"{len(document.slabs)} slab{'' if len(document.slabs) == 1 else 's'}"
            sites = f"{len(document.sites)} site{'' if len(document.sites) == 1 else 's'}"
            pen.text((left, top_mm + 24.0), f"{volume:.1f} mL, {slabs}, {sites}", BODY)
            self._draw_fields(pen, left + 84.0, top_mm, page.right_mm - code_mm - 8.0)
            draw_code(pen, content, page.right_mm - code_mm, top_mm, code_mm)
            below = code_mm + 2.4 if text_width_mm(content, SMALL) < code_mm + 7.0 else 29.5
            pen.text((page.right_mm, top_mm + below), content, SMALL, "right")

        return Strip(32.5, draw)

    def _draw_fields(self, pen: Pen, left_mm: float, top_mm: float, right_mm: float) -> None:
        for n, field in enumerate(_FIELDS):
            baseline = top_mm + 4.5 + 6.6 * n
            pen.text((left_mm, baseline), field, NOTE)
            pen.line((left_mm + 19.0, baseline + 0.8), (right_mm, baseline + 0.8), FIELD_LINE)

    def _warning(self) -> Strip:
        page = self.page
        lines = wrapped(_RESEARCH, BOLD, page.room_mm[0] - 6.0)
        for note in _size_notes(self._document):
            lines += wrapped(note, BOLD, page.room_mm[0] - 6.0)
        height = 3.0 + _LINE_MM * len(lines)

        def draw(pen: Pen, top_mm: float) -> None:
            pen.rectangle(page.left_mm, top_mm, page.room_mm[0], height, stroke=_WARNING_EDGE)
            for n, line in enumerate(lines):
                pen.text((page.left_mm + 3.0, top_mm + 4.2 + _LINE_MM * n), line, BOLD)

        return Strip(height + 3.0, draw)

    def _ruler(self) -> Strip:
        def draw(pen: Pen, top_mm: float) -> None:
            draw_ruler(pen, self.page.left_mm + 1.0, top_mm)
            write_check(pen, self.page.left_mm + 109.0, top_mm)

        return Strip(13.0, draw)

    def _insertion(self) -> Strip:
        page = self.page
        picture = InsertionPicture(self._document, self.letters)
        steps = [wrapped(step, BODY, page.room_mm[0] - 6.0) for step in picture.steps]
        width = page.room_mm[0] - _INKS_MM - _GAP_MM

        def draw(pen: Pen, top_mm: float) -> None:
            pen.text((page.left_mm, top_mm + 3.4), "How the specimen goes in", HEADING)
            picture.draw(pen, page.left_mm, top_mm + 6.0, width, _PICTURE_MM)
            self._draw_inks(pen, page.right_mm - _INKS_MM, top_mm)
            _write_steps(pen, steps, page.left_mm, top_mm + _PICTURE_MM + 11.0)

        return Strip(_PICTURE_MM + 10.0 + _LINE_MM * sum(map(len, steps)) + 2.0, draw)

    def _draw_inks(self, pen: Pen, left_mm: float, top_mm: float) -> None:
        """Draw the ink legend: what was given, and lines to fill in."""
        pen.text((left_mm, top_mm + 3.4), "Inks", HEADING)
        pen.text((left_mm, top_mm + 9.0), "colour", SMALL)
        pen.text((left_mm + 22.0, top_mm + 9.0), "marks", SMALL)
        rows = [(ink, side) for ink, side in self.lab.parameters.sheet.inks.items()][:8]
        for n in range(max(_BLANK_INKS, len(rows) + 1)):
            baseline = top_mm + 15.0 + 6.4 * n
            if n < len(rows):
                ink, side = rows[n]
                pen.text((left_mm, baseline), shortened(printable(ink, "(ink)"), BOLD, 20.0), BOLD)
                room = _INKS_MM - 22.0
                pen.text((left_mm + 22.0, baseline), shortened(printable(side, "(side)"), BODY, room), BODY)
            pen.line((left_mm, baseline + 1.0), (left_mm + 20.0, baseline + 1.0), FIELD_LINE)
            pen.line((left_mm + 22.0, baseline + 1.0), (left_mm + _INKS_MM, baseline + 1.0), FIELD_LINE)

    def _unreachable(self) -> Iterator[Strip]:
        if not self._document.unreachable:
            return
        yield heading_strip(self.page, "Habitats that no punch can take")
        for item in self._document.unreachable:
            yield self._unreachable_row(item)

    def _unreachable_row(self, item: UnreachableEntry) -> Strip:
        page = self.page
        codes = {habitat.label: habitat.code for habitat in self._document.habitats}
        width = page.room_mm[0] - 16.0
        reason, advice = printable_sentence(item.reason), printable_sentence(item.advice)
        lines = [*wrapped(reason, BODY, width), *wrapped(advice, NOTE, width)]
        reasons = len(wrapped(reason, BODY, width))
        height = _LINE_MM * len(lines) + 2.0

        def draw(pen: Pen, top_mm: float) -> None:
            if item.habitat in codes:
                self.swatch.draw(pen, item.habitat, page.left_mm, top_mm + 2.4)
            pen.text((page.left_mm + 10.0, top_mm + 3.4), codes.get(item.habitat, "?"), BOLD)
            for n, line in enumerate(lines):
                style = BODY if n < reasons else NOTE
                pen.text((page.left_mm + 16.0, top_mm + 3.4 + _LINE_MM * n), line, style)

        return Strip(height, draw)

    def _findings(self) -> Iterator[Strip]:
        said_above = {_UNREACHABLE} if self._document.unreachable else set()
        chosen = [
            finding
            for finding in self._document.findings
            if finding.severity is not Severity.INFO and finding.code not in said_above
        ]
        chosen.sort(key=lambda finding: finding.severity is not Severity.ERROR)
        if not chosen:
            return
        yield heading_strip(self.page, "Findings", "the whole text is in sampling_map.json")
        for finding in chosen:
            yield self._finding_row(finding)

    def _finding_row(self, finding: FindingEntry) -> Strip:
        page = self.page
        message = printable_sentence(finding.message)
        if len(message) > _LONGEST_FINDING:
            message = message[:_LONGEST_FINDING].rsplit(" ", 1)[0] + " …"
        is_error = finding.severity is Severity.ERROR
        lines = wrapped(message, BODY, page.room_mm[0] - 16.0)

        def draw(pen: Pen, top_mm: float) -> None:
            word = str(finding.severity).upper() if is_error else str(finding.severity)
            pen.text((page.left_mm, top_mm + 3.4), word, BOLD if is_error else NOTE)
            for n, line in enumerate(lines):
                pen.text((page.left_mm + 16.0, top_mm + 3.4 + _LINE_MM * n), line, BODY)

        return Strip(_LINE_MM * len(lines) + 1.2, draw)


def _write_steps(pen: Pen, steps: Sequence[Sequence[str]], left_mm: float, baseline_mm: float) -> None:
    """Write numbered steps, their lines under one another."""
    for number, lines in enumerate(steps, start=1):
        pen.text((left_mm, baseline_mm), str(number), BOLD)
        for line in lines:
            pen.text((left_mm + 6.0, baseline_mm), line, BODY)
            baseline_mm += _LINE_MM


def _size_notes(document: MapDocument) -> Iterator[str]:
    """Yield what must be known about sizes where the mould was scaled."""
    if document.frame.scale != (1.0, 1.0, 1.0):
        x, y, z = (f"{value:g}" for value in document.frame.scale)
        yield (
            f"The mould was made at {x} x {y} x {z} of the imaging size (X, Y, Z), for tissue that shrinks "
            "or swells. Drawings and lengths of this sheet are at the size of the mould; volumes are those "
            "of the images, and so are distances to their slices."
        )
