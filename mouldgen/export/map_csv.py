"""``sampling_map.csv``: one row per slab and habitat, for spreadsheets and statistics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from mouldgen.export.table_text import Cell, csv_text

if TYPE_CHECKING:
    from mouldgen.export.map_document import MapDocument, SlabEntry

__all__ = ["COLUMNS", "map_csv_text"]

COLUMNS = (
    "case_id",
    "slab",
    "x_lower_mm",
    "x_upper_mm",
    "slab_tissue_mm3",
    "habitat_label",
    "habitat_code",
    "habitat_name",
    "volume_mm3",
)


def map_csv_text(document: MapDocument) -> str:
    """Return the table of a sampling map.

    Every slab has one row for each habitat, also where it holds none of it, and a last row without
    habitat for the rest of its tissue, so that ``volume_mm3`` of a slab's rows adds up to its
    ``slab_tissue_mm3``. That rest is below zero where the habitat map, on its own grid, reaches over the
    specimen's border. Text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    return csv_text(COLUMNS, chain.from_iterable(_slab_rows(document, slab) for slab in document.slabs))


def _slab_rows(document: MapDocument, slab: SlabEntry) -> Iterator[list[Cell]]:
    edges_mm = (slab.x_lower_mm, slab.x_upper_mm)
    start: list[Cell] = [document.case_id, slab.id, *edges_mm, slab.tissue_volume_mm3]
    rest_mm3 = slab.tissue_volume_mm3
    for habitat in document.habitats:
        volume_mm3 = slab.habitat_volume_mm3.get(str(habitat.label), 0.0)
        rest_mm3 -= volume_mm3
        yield [*start, habitat.label, habitat.code, habitat.name, volume_mm3]
    yield [*start, None, None, None, round(rest_mm3, 3) + 0.0]
