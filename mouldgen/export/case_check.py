"""Re-reading a case folder: whether it is what was written, and holds together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.errors import Finding, InputError
from mouldgen.export.check_stored_bodies import check_bodies
from mouldgen.export.check_stored_files import check_listed, check_parameters, check_pictures, check_volumes
from mouldgen.export.check_stored_laboratory import check_laboratory
from mouldgen.export.check_stored_map import (
    check_frame,
    check_outlines,
    check_same_case,
    check_slab_order,
    check_sums,
    check_table,
)
from mouldgen.export.check_stored_printing import check_printing
from mouldgen.export.check_stored_sites import (
    check_site_frames,
    check_site_habitats,
    check_site_names,
    check_site_places,
)
from mouldgen.export.manifest import MANIFEST_NAME, read_manifest
from mouldgen.export.stored_case import StoredCase, broken

if TYPE_CHECKING:
    from mouldgen.export.map_document import MapDocument
    from mouldgen.params import PrinterParameters

__all__ = ["CHECKS", "check_case"]

CHECKS: tuple[Callable[[StoredCase], Iterator[Finding]], ...] = (
    check_same_case,
    check_parameters,
    check_frame,
    check_bodies,
    check_slab_order,
    check_sums,
    check_outlines,
    check_table,
    check_pictures,
    check_volumes,
    check_printing,
    check_site_names,
    check_site_places,
    check_site_frames,
    check_site_habitats,
    check_laboratory,
)
"""Everything that is checked once manifest and map can be read."""


def check_case(folder: str | Path, *, printer: PrinterParameters | None = None) -> tuple[Finding, ...]:
    """Read every file of a case folder again and return what does not hold.

    Parameters
    ----------
    folder
        A case folder.
    printer
        To be printed on; by default the one that the case was made for.

    Returns
    -------
    tuple of Finding
        Empty if all is well. Every error makes the folder unusable.

    Raises
    ------
    InputError
        If it is not a case folder.
    """
    path = Path(folder)
    if not (path / MANIFEST_NAME).is_file():
        message = (
            f"{folder} is not a case folder: it holds no {MANIFEST_NAME}. Give the folder that "
            "'mouldgen make -o' wrote"
        )
        raise InputError(message)
    return tuple(_findings(path, printer))


def _findings(folder: Path, printer: PrinterParameters | None) -> Iterator[Finding]:
    try:
        manifest = read_manifest(folder)
    except InputError as error:
        yield Finding.error("manifest_damaged", str(error))
        return
    yield from check_listed(folder, manifest)
    document = _read_map(folder)
    if isinstance(document, Finding):
        yield document
        return
    case = StoredCase(folder, manifest, document, printer)
    for check in CHECKS:
        yield from check(case)


def _read_map(folder: Path) -> MapDocument | Finding:
    """Return the sampling map, or what is wrong with it."""
    from pydantic import ValidationError

    from mouldgen.export.map_document import MapDocument

    try:
        return MapDocument.model_validate_json((folder / "sampling_map.json").read_bytes())
    except OSError:
        return broken("map_missing", "sampling_map.json cannot be read")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        return broken("map_invalid", f"sampling_map.json does not follow its schema: {place}: {first['msg']}")
