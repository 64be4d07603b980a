"""Who writes what into a case folder: a further kind of file is one entry more in one of three lists.

This module loads every library that the writers need, so that none is loaded while they run side by side:
an interrupt in the midst of an import would leave Python's import lock taken, and the other threads waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.export.frame_files import transform_text
from mouldgen.export.map_csv import map_csv_text
from mouldgen.export.map_of_design import map_of_design
from mouldgen.export.mesh_formats import write_further_formats
from mouldgen.export.mould_volumes import write_mould_volumes
from mouldgen.export.plate_files import write_plates
from mouldgen.export.slab_pictures import write_slab_pictures
from mouldgen.export.stl_files import write_part_stls
from mouldgen.export.threemf_files import write_mould_threemf
from mouldgen.params import MeshFormat, write_parameters

if TYPE_CHECKING:
    from mouldgen.pipeline import MouldDesign

__all__ = ["BACKGROUND_WRITERS", "PICTURE_WRITERS", "WRITERS", "Writer", "write_bodies", "write_text"]

Writer = Callable[["MouldDesign", Path], object]
"""Writes its files into the case folder."""


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8 with line feeds on every system."""
    path.write_bytes(text.encode())


def write_bodies(design: MouldDesign, folder: Path) -> None:
    """Write every part, in all kinds of files that were asked for but 3MF."""
    write_part_stls(design.mould, folder / "mould")
    write_further_formats(design.mould, folder / "mould", design.parameters.files.formats)


def _write_threemf(design: MouldDesign, folder: Path) -> None:
    if MeshFormat.THREEMF in design.parameters.files.formats:
        write_mould_threemf(design, folder / "mould" / "mould.3mf")
        write_plates(design, folder / "mould")


def _write_parameters(design: MouldDesign, folder: Path) -> None:
    write_text(folder / "parameters.toml", write_parameters(design.parameters))


def _write_map(design: MouldDesign, folder: Path) -> None:
    document = map_of_design(design)
    write_text(folder / "sampling_map.json", document.to_text())
    write_text(folder / "sampling_map.csv", map_csv_text(document))


def _write_transform(design: MouldDesign, folder: Path) -> None:
    write_text(folder / "mould_from_patient.tfm", transform_text(design.frame.mould_from_patient))


def _write_volumes(design: MouldDesign, folder: Path) -> None:
    write_mould_volumes(design, folder / "maps")


def _write_slab_pictures(design: MouldDesign, folder: Path) -> None:
    write_slab_pictures(design, folder / "slabs")


WRITERS: Mapping[str, Writer] = {
    "parameters": _write_parameters,
    "documents": _write_map,
    "transform": _write_transform,
}
"""Stages after the bodies, by name, in order."""

PICTURE_WRITERS: Mapping[str, Writer] = {"slab pictures": _write_slab_pictures}
"""Stages that are left out without pictures."""

BACKGROUND_WRITERS: Mapping[str, Writer] = {"volumes": _write_volumes, "3mf": _write_threemf}
"""Stages that libraries in C spend without Python's lock, so that they run beside the others."""
