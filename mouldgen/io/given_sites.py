"""Places to sample that a user chose: points of 3D Slicer, or a table."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from mouldgen.errors import InputError
from mouldgen.io.markups_file import read_markup_points
from mouldgen.params.problems import did_you_mean
from mouldgen.specimen import GivenSite

__all__ = ["read_given_sites"]

_NAME_COLUMNS = ("name", "id", "site_id")
_HABITAT_COLUMNS = ("habitat", "habitat_label")
_LPS_COLUMNS = ("lps_x_mm", "lps_y_mm", "lps_z_mm")
_MOULD_COLUMNS = ("mould_x_mm", "mould_y_mm", "mould_z_mm")
_KNOWN = (*_NAME_COLUMNS, *_LPS_COLUMNS, *_MOULD_COLUMNS, *_HABITAT_COLUMNS)

_DELIMITERS = ",;\t"
_LARGEST_BYTES = 5_000_000
_MOST_SITES = 2000
_LONGEST_NAME = 60
_FARTHEST_MM = 10_000.0
_HIGHEST_LABEL = 65535


def read_given_sites(path: Path) -> tuple[GivenSite, ...]:
    """Return the sites of a file, in its order.

    Parameters
    ----------
    path
        Points of 3D Slicer (``.mrk.json``), in LPS or RAS; or a CSV table in UTF-8 with a column ``name`` (or
        ``id``, ``site_id``), the columns ``lps_x_mm``, ``lps_y_mm``, ``lps_z_mm`` or else ``mould_x_mm``,
        ``mould_y_mm``, ``mould_z_mm``, and if wanted ``habitat``: the label that a site aims at. Other
        columns do not matter, so ``sites.csv`` of a case can be given.

    Raises
    ------
    InputError
        If it cannot be read, or a site has no name of its own or no place.
    """
    if path.name.lower().endswith(".json"):
        sites = tuple(_sites_of_markups(path))
    else:
        sites = tuple(_sites_of_table(path))
    if not sites:
        message = f"{path.name} holds no site; place at least one, or leave the file out"
        raise InputError(message)
    if len(sites) > _MOST_SITES:
        message = f"{path.name} holds {len(sites)} sites; expected at most {_MOST_SITES}. Split the file"
        raise InputError(message)
    _check_names(path.name, sites)
    return sites


def _sites_of_markups(path: Path) -> Iterator[GivenSite]:
    for number, point in enumerate(read_markup_points(path, "sites"), start=1):
        place = f"point {number}"
        if point.position_lps is None:
            message = (
                f"{path.name}, {place} ({point.label!r}): it was never placed. Place it in 3D Slicer, or "
                "delete it"
            )
            raise InputError(message)
        name = _name(path.name, place, point.label)
        yield GivenSite(name, np.array(_checked(path.name, place, point.position_lps)))


def _sites_of_table(path: Path) -> Iterator[GivenSite]:
    reader = _rows(path)
    header = next(reader, [])
    columns = _columns(path.name, header)
    for number, cells in enumerate(islice(reader, _MOST_SITES + 1), start=2):
        if any(cell.strip() for cell in cells):
            yield _site(path.name, f"row {number}", cells, columns)


def _rows(path: Path) -> Iterator[list[str]]:
    """Return the rows of a table; its header tells what parts the columns."""
    text = _text(path)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            # a comma that does not part columns is a decimal one
            yield row if delimiter == "," else [_with_points(cell) for cell in row]
    except csv.Error as error:
        message = f"{path.name}, row {reader.line_num}: it is no CSV ({error}). Save the table again as CSV"
        raise InputError(message) from None


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            message = (
                f"{path.name} has {size / 1e6:.0f} MB; expected a table of sites of at most "
                f"{_LARGEST_BYTES / 1e6:.0f} MB"
            )
            raise InputError(message)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"the sites {path.name} cannot be read: {error.strerror}. Check the name and the folder"
        raise InputError(message) from None
    except UnicodeDecodeError:
        message = (
            f"{path.name} is neither .mrk.json nor text in UTF-8; save the table as CSV in UTF-8, or the "
            "points with 3D Slicer"
        )
        raise InputError(message) from None


def _with_points(cell: str) -> str:
    return cell.replace(",", ".") if re.fullmatch(r"\s*[-+]?[0-9]*,[0-9]+\s*", cell) else cell


@dataclass(frozen=True)
class _Columns:
    """Where the columns of a table are, from 0."""

    name: int
    position: tuple[int, ...]
    in_mould: bool
    habitat: int | None


def _columns(file_name: str, header: Sequence[str]) -> _Columns:
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        places.setdefault(cell.strip().lower(), place)
    name = _first(places, _NAME_COLUMNS)
    if name is None:
        raise _no_column(file_name, "name (or id)", places)
    for columns, in_mould in ((_LPS_COLUMNS, False), (_MOULD_COLUMNS, True)):
        if all(column in places for column in columns):
            position = tuple(places[column] for column in columns)
            return _Columns(name, position, in_mould, _first(places, _HABITAT_COLUMNS))
    wanted = f"{', '.join(_LPS_COLUMNS)} (or {', '.join(_MOULD_COLUMNS)})"
    raise _no_column(file_name, wanted, places)


def _first(places: Mapping[str, int], columns: Iterable[str]) -> int | None:
    return next((places[column] for column in columns if column in places), None)


def _no_column(file_name: str, wanted: str, places: Mapping[str, int]) -> InputError:
    found = ", ".join(list(places)[:12]) or "none"
    unknown = [column for column in places if column not in _KNOWN]
    hints = {column: did_you_mean(column, _KNOWN) for column in unknown}
    hint = next((f"{column!r}{text}" for column, text in hints.items() if text), "")
    message = f"{file_name} has no column {wanted}; its first row has: {found}. {hint}".rstrip(" .")
    return InputError(f"{message}. Name the columns in the first row")


def _site(file_name: str, place: str, cells: Sequence[str], columns: _Columns) -> GivenSite:
    def cell(column: int) -> str:
        return cells[column].strip() if column < len(cells) else ""

    name = _name(file_name, place, _without_apostrophe(cell(columns.name)))
    position = tuple(_number(file_name, place, cell(column)) for column in columns.position)
    label = cell(columns.habitat) if columns.habitat is not None else ""
    return GivenSite(
        name,
        np.array(_checked(file_name, place, position)),
        in_mould=columns.in_mould,
        habitat=_label(file_name, place, label) if label else None,
    )


def _without_apostrophe(text: str) -> str:
    """Take back the apostrophe that keeps spreadsheets from evaluating a text."""
    return text[1:] if re.match(r"'[=+\-@\uff1d\uff0b\uff0d\uff20]", text) else text


def _name(file_name: str, place: str, text: str) -> str:
    name = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())
    if not 1 <= len(name) <= _LONGEST_NAME:
        message = (
            f"{file_name}, {place}: a site's name has 1 to {_LONGEST_NAME} characters; got {len(name)}. "
            "Rename it"
        )
        raise InputError(message)
    return name


def _number(file_name: str, place: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = (
            f"{file_name}, {place}: {text!r} is no coordinate; expected millimetres, as in -12.5. Correct "
            "the cell"
        )
        raise InputError(message) from None


def _checked(file_name: str, place: str, position: Sequence[float]) -> Sequence[float]:
    for value in position:
        if not (math.isfinite(value) and abs(value) <= _FARTHEST_MM):
            message = (
                f"{file_name}, {place}: {value:g} mm is no place in a patient; expected millimetres from "
                f"{-_FARTHEST_MM:g} to {_FARTHEST_MM:g}. Correct the coordinate"
            )
            raise InputError(message)
    return position


def _label(file_name: str, place: str, text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _HIGHEST_LABEL:
        return int(text)
    message = (
        f"{file_name}, {place}: habitat {text!r} is no label; expected a whole number from 1 to "
        f"{_HIGHEST_LABEL}, or nothing for the habitat that the site lies in"
    )
    raise InputError(message)


def _check_names(file_name: str, sites: Iterable[GivenSite]) -> None:
    known: set[str] = set()
    for site in sites:
        if site.name in known:
            message = f"{file_name} names two sites {site.name!r}; give every site a name of its own"
            raise InputError(message)
        known.add(site.name)
