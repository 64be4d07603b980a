"""Who writes what into a case folder: a further kind of file is one entry more in one of these lists.

This module loads every library that the writers need, so that none is loaded while they run side by side:
an interrupt in the midst of an import would leave Python's import lock taken, and the other threads waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.export.annotation_files import write_annotations
from mouldgen.export.frame_files import transform_text
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.lims_table import write_lims_table
from mouldgen.export.map_csv import map_csv_text
from mouldgen.export.mesh_formats import write_further_formats
from mouldgen.export.mould_volumes import write_mould_volumes
from mouldgen.export.patient_volumes import write_patient_volumes
from mouldgen.export.plate_files import write_plates
from mouldgen.export.report import write_report
from mouldgen.export.sheet.writer import write_sheet
from mouldgen.export.sites_csv import write_sites_csv
from mouldgen.export.slab_pictures import write_slab_pictures
from mouldgen.export.slicer_markups import write_slicer_markups
from mouldgen.export.stl_files import write_part_stls
from mouldgen.export.threemf_files import write_mould_threemf
from mouldgen.params import MeshFormat, write_parameters

if TYPE_CHECKING:
    from mouldgen.mould.parts import Mould
    from mouldgen.pipeline import MouldDesign

__all__ = [
    "BACKGROUND_WRITERS",
    "LABORATORY_BACKGROUND_WRITERS",
    "LABORATORY_PICTURE_WRITERS",
    "LABORATORY_WRITERS",
    "DesignWriter",
    "LaboratoryWriter",
    "write_bodies",
    "write_text",
]

DesignWriter = Callable[["MouldDesign", Path], object]
"""Writes files of the mould into the case folder."""

LaboratoryWriter = Callable[[LaboratoryCase, Path], object]
"""Writes files of the laboratory into the case folder; a tuple of findings may come back."""


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8 with line feeds on every system."""
    path.write_bytes(text.encode())


def write_bodies(mould: Mould, formats: tuple[MeshFormat, ...], folder: Path) -> None:
    """Write every part, in all kinds of files that were asked for but 3MF."""
    write_part_stls(mould, folder / "mould")
    write_further_formats(mould, folder / "mould", formats)


def _write_threemf(design: MouldDesign, folder: Path) -> None:
    if MeshFormat.THREEMF in design.parameters.files.formats:
        write_mould_threemf(design, folder / "mould" / "mould.3mf")
        write_plates(design, folder / "mould")


def _write_volumes(design: MouldDesign, folder: Path) -> None:
    write_mould_volumes(design, folder / "maps")


def _write_parameters(lab: LaboratoryCase, folder: Path) -> None:
    write_text(folder / "parameters.toml", write_parameters(lab.parameters))


def _write_transform(lab: LaboratoryCase, folder: Path) -> None:
    write_text(folder / "mould_from_patient.tfm", transform_text(lab.frame.mould_from_patient))


def _write_map(lab: LaboratoryCase, folder: Path) -> None:
    write_text(folder / "sampling_map.json", lab.document.to_text())
    write_text(folder / "sampling_map.csv", map_csv_text(lab.document))


def _write_patient_volumes(lab: LaboratoryCase, folder: Path) -> None:
    write_patient_volumes(lab, folder / "slicer")


def _write_sites(lab: LaboratoryCase, folder: Path) -> None:
    write_sites_csv(lab, folder)
    write_lims_table(lab, folder)
    write_slicer_markups(lab, folder / "slicer")


def _write_annotations(lab: LaboratoryCase, folder: Path) -> None:
    write_annotations(lab, folder / "slabs")


def _write_slab_pictures(lab: LaboratoryCase, folder: Path) -> None:
    write_slab_pictures(lab, folder / "slabs")


LABORATORY_WRITERS: Mapping[str, LaboratoryWriter] = {
    "parameters": _write_parameters,
    "documents": _write_map,
    "transform": _write_transform,
    "site tables": _write_sites,
}
"""Stages after the bodies, by name, in order."""

LABORATORY_PICTURE_WRITERS: Mapping[str, LaboratoryWriter] = {
    "slab pictures": _write_slab_pictures,
    "annotations": _write_annotations,
    "sheet": write_sheet,
    "report": write_report,
}
"""Stages that are left out without pictures."""

BACKGROUND_WRITERS: Mapping[str, DesignWriter] = {"volumes": _write_volumes, "3mf": _write_threemf}
"""Stages that libraries in C spend without Python's lock, so that they run beside the others."""

LABORATORY_BACKGROUND_WRITERS: Mapping[str, LaboratoryWriter] = {"patient volumes": _write_patient_volumes}
"""The same, made from the laboratory's view of a case."""
