"""A table of patients: which segmentation, and which images belong to it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mouldgen.errors import InputError

__all__ = ["CohortRow", "read_cohort_table"]

_SEGMENTATION = "segmentation"
_CASE = "case"


@dataclass(frozen=True)
class CohortRow:
    """The files of one patient.

    Parameters
    ----------
    case
        What the user calls it, or its number in the table.
    segmentation
        A segmentation, or a folder that holds one.
    images
        Files or folders by the name of the image.
    """

    case: str
    segmentation: Path
    images: Mapping[str, Path]


def read_cohort_table(path: Path) -> tuple[CohortRow, ...]:
    """Return the patients of a CSV table in UTF-8.

    Parameters
    ----------
    path
        Its columns are ``segmentation``, ``case`` if wanted, and one for every image, under the image's name.
        Files are relative to the table.

    Raises
    ------
    InputError
        If it cannot be read, a column or a cell is missing, or it has no row.
    """
    header, rows = _cells(path)
    columns = [name.strip() for name in header]
    images = [name for name in columns if name not in {_SEGMENTATION, _CASE}]
    if _SEGMENTATION not in columns or not images or len(set(columns)) < len(columns):
        message = (
            f"{path.name} has the columns {', '.join(columns) or 'none'}; expected {_SEGMENTATION}, {_CASE} "
            "if wanted, and one for every image, each once"
        )
        raise InputError(message)
    patients = tuple(_patients(path, columns, images, rows))
    if not patients:
        message = f"{path.name} holds no patient; give a row for each"
        raise InputError(message)
    return patients


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise InputError(message) from None
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path.name} is no CSV in UTF-8 ({error}); save the table again as CSV"
        raise InputError(message) from None
    return (rows[0] if rows else []), rows[1:]


def _patients(
    path: Path, columns: list[str], images: list[str], rows: list[list[str]]
) -> Iterator[CohortRow]:
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        missing = [name for name in (_SEGMENTATION, *images) if not cells.get(name)]
        if missing:
            message = (
                f"{path.name}, row {number}: {', '.join(missing)} is empty; every patient needs every image"
            )
            raise InputError(message)
        files = {name: path.parent / cells[name] for name in images}
        yield CohortRow(cells.get(_CASE) or f"row {number}", path.parent / cells[_SEGMENTATION], files)
