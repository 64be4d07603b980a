"""``habitats.csv``: one row per habitat and feature, for spreadsheets and statistics."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from mouldgen.export.table_text import Cell, csv_text

if TYPE_CHECKING:
    from mouldgen.export.habitats.document import HabitatEntry, HabitatsDocument

__all__ = ["COLUMNS", "habitats_csv_text"]

COLUMNS = (
    "habitat_label",
    "habitat_code",
    "habitat_name",
    "volume_mm3",
    "parts",
    "compactness",
    "mean_certainty",
    "stability",
    "is_stable",
    "feature",
    "unit",
    "mean",
    "spread",
    "lower_quartile",
    "median",
    "upper_quartile",
)


def habitats_csv_text(document: HabitatsDocument) -> str:
    """Return the table; text that a spreadsheet would take for a formula begins with an apostrophe."""
    return csv_text(COLUMNS, chain.from_iterable(map(_rows, document.habitats)))


def _rows(habitat: HabitatEntry) -> Iterator[list[Cell]]:
    start: list[Cell] = [
        habitat.label,
        habitat.code,
        habitat.name,
        habitat.volume_mm3,
        habitat.parts,
        habitat.compactness,
        habitat.mean_certainty,
        habitat.stability,
        "yes" if habitat.is_stable else "no",
    ]
    for item in habitat.features:
        yield [*start, item.feature, item.unit, item.mean, item.spread, *item.quartiles]
