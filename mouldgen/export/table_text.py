"""Tables as CSV in UTF-8, whose texts no spreadsheet evaluates and whose numbers stay numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

__all__ = ["Cell", "csv_text", "one_line", "plain_text"]

Cell = str | float | None
"""Text, a number, or nothing."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for a formula, with full-width forms: OWASP, CSV Injection."""


def one_line(text: str) -> str:
    """Return text on one line, without what is not printed."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()


def plain_text(text: str) -> str:
    """Return text on one line that no spreadsheet evaluates: an apostrophe stands before a formula."""
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA_STARTS) else line


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table with its header; texts are made plain, numbers written as they are."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([plain_text(column) for column in columns])
    for row in rows:
        writer.writerow([plain_text(cell) if isinstance(cell, str) else cell for cell in row])
    return buffer.getvalue()
