"""A case folder as it lies on the disk, for the checks that read it again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.errors import Finding

if TYPE_CHECKING:
    from mouldgen.export.manifest import Manifest
    from mouldgen.export.map_document import MapDocument
    from mouldgen.params import PrinterParameters

__all__ = ["StoredCase", "broken"]


@dataclass(frozen=True, eq=False)
class StoredCase:
    """A case folder with a manifest and a sampling map that can be read.

    Parameters
    ----------
    folder
        The case folder.
    manifest, document
        What its two documents say.
    printer
        To be printed on, if it is not the one that the case was made for.
    """

    folder: Path
    manifest: Manifest
    document: MapDocument
    printer: PrinterParameters | None = None


def broken(code: str, message: str) -> Finding:
    """Return the finding that a case folder does not hold together."""
    return Finding.error(code, f"{message}. Do not use this folder: write the case again")
