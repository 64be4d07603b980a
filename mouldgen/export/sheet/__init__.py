"""The sheet for the laboratory: ``sampling_sheet.pdf``, at 1:1."""

from __future__ import annotations

from mouldgen.export.sheet.writer import SHEET_NAME, write_sheet

__all__ = ["SHEET_NAME", "write_sheet"]
