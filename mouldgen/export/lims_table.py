"""``lims_NAME.csv``: the table of sites under the column names of a laboratory's own system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.errors import ParameterError
from mouldgen.export.sites_csv import SITE_COLUMNS, site_rows
from mouldgen.export.table_text import Cell, csv_text
from mouldgen.params.problems import did_you_mean

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.map_document import MapDocument
    from mouldgen.params import LimsParameters

__all__ = ["check_lims_columns", "lims_file_name", "lims_table_text", "write_lims_table"]

_TEXT_SIGN = "="
"""Begins a text that every row gets, instead of a column of ours."""


def write_lims_table(lab: LaboratoryCase, folder: Path) -> None:
    """Write the table into the case folder, where parameters name a system.

    Raises
    ------
    ParameterError
        If a column is to be filled from one that `sites.csv` does not have.
    """
    lims = lab.parameters.lims
    if lims.name is not None:
        (folder / lims_file_name(lims.name)).write_bytes(lims_table_text(lab.document, lims).encode())


def lims_file_name(system: str) -> str:
    """Return the name of the file for a system."""
    return f"lims_{system}.csv"


def lims_table_text(document: MapDocument, lims: LimsParameters) -> str:
    """Return the table of all sites; parameters and errors as in `write_lims_table`."""
    check_lims_columns(lims)
    fillers = [_filler(source) for source in lims.columns.values()]
    rows = ([fill(row) for fill in fillers] for row in site_rows(document))
    return csv_text(tuple(lims.columns), rows)


def check_lims_columns(lims: LimsParameters) -> None:
    """Check that every column can be filled; this takes no case, so that it can be asked before a design.

    Raises
    ------
    ParameterError
        If a column is to be filled from one that `sites.csv` does not have.
    """
    for theirs, source in lims.columns.items():
        if not source.startswith(_TEXT_SIGN) and source not in SITE_COLUMNS:
            hint = did_you_mean(source, SITE_COLUMNS) or "."
            message = (
                f"lims.columns: {theirs!r} cannot be filled from {source!r}, which sites.csv does not "
                f"have{hint} Known: {', '.join(SITE_COLUMNS)}; a text for every row begins with "
                f"{_TEXT_SIGN!r}"
            )
            raise ParameterError(message)


def _filler(source: str) -> Callable[[Mapping[str, Cell]], Cell]:
    if source.startswith(_TEXT_SIGN):
        text = source.removeprefix(_TEXT_SIGN)
        return lambda _row: text
    return lambda row: row[source]
