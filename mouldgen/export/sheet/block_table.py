"""The table of a slab's blocks, two a row."""

from __future__ import annotations

from collections.abc import Sequence

from mouldgen.export.map_document import BlockEntry
from mouldgen.export.sheet.bench import BenchSlab
from mouldgen.export.sheet.block_cells import short_name
from mouldgen.export.sheet.data_matrix import code_size_mm, draw_code
from mouldgen.export.sheet.paper import BODY, BOLD, FIELD_LINE, HAIRLINE, HEADING, NOTE, SMALL, PageSize
from mouldgen.export.sheet.pen import Pen
from mouldgen.export.sheet.strips import Strip
from mouldgen.export.sheet.tube_table import draw_tick_box
from mouldgen.export.sheet.typography import PrintStyle, fitting, printable, wrapped

__all__ = ["block_strips"]

_CODE_MM = 9.0
_PADDING_MM = 0.6
_GAP_MM = 8.0
_HEAD_MM = 15.0
_DEPTH_MM, _DOWN_MM, _TAKEN_MM = 50.0, 65.0, 78.0
"""Where columns begin; the last ends at the column's right edge."""

_NAME_LINE_MM = 2.8
_SHORT_MM = 5.5
"""What a short name takes, such as B3."""

_NAME_STYLES = (BODY, PrintStyle(7), PrintStyle(6))


def block_strips(slab: BenchSlab, page: PageSize) -> list[Strip]:
    """Return rows for all blocks of a slab, under a head that comes again on every page."""
    head = _head(page)
    blocks = slab.blocks
    return [_row(blocks[n : n + 2], slab, page, head) for n in range(0, len(blocks), 2)]


def _lefts_mm(page: PageSize) -> tuple[float, float]:
    return page.left_mm, page.left_mm + (page.room_mm[0] + _GAP_MM) / 2


def _head(page: PageSize) -> Strip:
    def draw(pen: Pen, top_mm: float) -> None:
        width = pen.text((page.left_mm, top_mm + 7.0), "Blocks", HEADING)
        note = (
            "Cut along the lines of the drawings, which bear the short names. Depths are from the upper face."
        )
        pen.text((page.left_mm + width + 3.0, top_mm + 7.0), note, NOTE)
        for left in _lefts_mm(page):
            for column, name in (
                (_CODE_MM + 1.5, "block"),
                (_DEPTH_MM, "mm"),
                (_DOWN_MM, "face down"),
                (_TAKEN_MM, "taken"),
            ):
                pen.text((left + column, top_mm + 12.0), name, SMALL)
        pen.line((page.left_mm, top_mm + 13.6), (page.right_mm, top_mm + 13.6), FIELD_LINE)

    return Strip(_HEAD_MM - 1.0, draw)


def _row(blocks: Sequence[BlockEntry], slab: BenchSlab, page: PageSize, head: Strip) -> Strip:
    codes_mm = [code_size_mm(block.id, _CODE_MM) for block in blocks]
    names = [
        _name_lines(block, slab, _DEPTH_MM - code_mm - 3.5 - _SHORT_MM)
        for block, code_mm in zip(blocks, codes_mm, strict=True)
    ]
    longest = max(len(lines) for _, lines in names)
    height = max(*codes_mm, _NAME_LINE_MM * longest) + 2 * _PADDING_MM

    def draw(pen: Pen, top_mm: float) -> None:
        middle = top_mm + height / 2
        rows = zip(blocks, codes_mm, names, _lefts_mm(page), strict=False)
        for block, code_mm, (style, lines), left in rows:
            draw_code(pen, block.id, left, middle - code_mm / 2, code_mm)
            pen.text((left + code_mm + 1.5, middle), short_name(block), BOLD, middle=True)
            for n, line in enumerate(lines):
                down = _NAME_LINE_MM * (n - (len(lines) - 1) / 2)
                pen.text((left + code_mm + 2.5 + _SHORT_MM, middle + down), line, style, middle=True)
            pen.text((left + _DEPTH_MM, middle), _depths(block, slab), BODY, middle=True)
            pen.text((left + _DOWN_MM, middle), str(block.face_down), BODY, middle=True)
            draw_tick_box(pen, left + _TAKEN_MM + 1.0, middle)
        pen.line((page.left_mm, top_mm + height), (page.right_mm, top_mm + height), HAIRLINE)

    return Strip(height, draw, head)


def _name_lines(block: BlockEntry, slab: BenchSlab, room_mm: float) -> tuple[PrintStyle, list[str]]:
    """Return a block's whole name in as many lines as it needs."""
    name = printable(block.id, f"{slab.entry.id} {block.part}{block.number}")
    style = fitting(name, _NAME_STYLES, room_mm)
    return style, wrapped(name, style, room_mm)


def _depths(block: BlockEntry, slab: BenchSlab) -> str:
    """Return where a block begins and ends below the upper face."""
    scale_x = slab.lab.document.frame.scale[0]
    start, end = (abs(scale_x * (slab.entry.x_upper_mm - x)) for x in block.x_mm[::-1])
    return f"{start:.1f}\N{EN DASH}{end:.1f}"
