"""Writes ``sampling_sheet.pdf``."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.export.panel_inks import habitat_ink
from mouldgen.export.sheet.bench import bench_slabs
from mouldgen.export.sheet.custody import custody_pages
from mouldgen.export.sheet.face_drawing import FaceArtist
from mouldgen.export.sheet.front_page import FrontPages
from mouldgen.export.sheet.hatching import HatchArtist
from mouldgen.export.sheet.paper import BODY, PageSize
from mouldgen.export.sheet.pen import Pen
from mouldgen.export.sheet.running_lines import draw_running_lines
from mouldgen.export.sheet.slab_facts import Swatch
from mouldgen.export.sheet.slab_pages import SlabPages
from mouldgen.export.sheet.strips import SheetPage
from mouldgen.export.sheet.typography import font_runs
from mouldgen.frames import AxisLetters
from mouldgen.specimen import Habitat

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

    from mouldgen.export.laboratory import LaboratoryCase

__all__ = ["SHEET_NAME", "write_sheet"]

SHEET_NAME = "sampling_sheet.pdf"
_PT_PER_MM = 72 / 25.4


def write_sheet(lab: LaboratoryCase, folder: Path) -> None:
    """Write the sheet for the laboratory into a case folder.

    The same case gives the same bytes on computers with the same fonts.

    Parameters
    ----------
    lab
        The case.
    folder
        An existing folder.
    """
    (folder / SHEET_NAME).write_bytes(sheet_bytes(lab))


def sheet_bytes(lab: LaboratoryCase) -> bytes:
    """Return the sheet as PDF."""
    page = PageSize.of_paper(lab.parameters.sheet.paper)
    pages = _planned_pages(lab, page)
    stream = io.BytesIO()
    with _binary_streams():
        canvas = _canvas(stream, page, f"Sampling sheet {lab.document.case_id}")
        _draw_pages(Pen(canvas, page.height_mm), pages, lab, page)
        canvas.save()
    return stream.getvalue()


@contextmanager
def _binary_streams() -> Iterator[None]:
    """Let reportlab write bytes as they are: as letters they take a fifth more space, and longer."""
    from reportlab import rl_config

    before = rl_config.useA85
    rl_config.useA85 = 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _planned_pages(lab: LaboratoryCase, page: PageSize) -> list[SheetPage]:
    document = lab.document
    habitats = {habitat.label: habitat for habitat in document.habitats}
    positions = {label: n for n, label in enumerate(habitats)}
    inks = [
        habitat_ink(Habitat(h.label, h.name, h.code, h.color), n) for n, h in enumerate(document.habitats)
    ]
    hatches = HatchArtist(inks, (page.width_mm, page.height_mm))
    artist = FaceArtist(hatches, positions, {label: habitat.code for label, habitat in habitats.items()})
    swatch = Swatch(hatches, positions)
    letters = AxisLetters.of(lab.frame.mould_from_patient.rotation)
    slabs = bench_slabs(lab)
    slab_pages = SlabPages(page, artist, swatch, habitats, letters)
    return [
        *FrontPages(lab, slabs, artist, swatch, letters, page).pages(),
        *(sheet_page for slab in slabs for sheet_page in slab_pages.of(slab)),
        *custody_pages(document, habitats, page),
    ]


def _canvas(stream: io.BytesIO, page: PageSize, title: str) -> Canvas:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(
        stream,
        pagesize=(page.width_mm * _PT_PER_MM, page.height_mm * _PT_PER_MM),
        invariant=1,
        pageCompression=1,
        initialFontName=font_runs("", BODY)[0][0],
        lang="en",
    )
    canvas.setViewerPreference("PrintScaling", "None")
    canvas.setTitle(title)
    canvas.setAuthor("mouldgen")
    canvas.setSubject("Where to sample: every slab at 1:1")
    return canvas


def _draw_pages(pen: Pen, pages: Sequence[SheetPage], lab: LaboratoryCase, page: PageSize) -> None:
    for number, sheet_page in enumerate(pages, start=1):
        count = f"page {number} of {len(pages)}"
        draw_running_lines(pen, page, lab.document, sheet_page.subject, count)
        for down_mm, strip in sheet_page.strips:
            strip.draw(pen, page.top_mm + down_mm)
        pen.end_page()
