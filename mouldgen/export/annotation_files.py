"""``slabs/S01.geojson`` and ``slabs/S01.xml``: annotations of the pictures of all slabs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.export.imagescope_xml import imagescope_text
from mouldgen.export.qupath_geojson import qupath_text
from mouldgen.export.slab_annotations import slab_annotations

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase

__all__ = ["annotation_texts", "write_annotations"]


def write_annotations(lab: LaboratoryCase, folder: Path) -> None:
    """Write two files for every slab into ``slabs/``, beside its picture."""
    for name, text in annotation_texts(lab).items():
        (folder / name).write_bytes(text.encode())


def annotation_texts(lab: LaboratoryCase) -> Mapping[str, str]:
    """Return the text of every file by its name."""
    return dict(_texts(lab))


def _texts(lab: LaboratoryCase) -> Iterator[tuple[str, str]]:
    for slab in slab_annotations(lab):
        yield f"{slab.slab.id}.geojson", qupath_text(lab, slab)
        yield f"{slab.slab.id}.xml", imagescope_text(slab)
