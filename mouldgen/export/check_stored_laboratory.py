"""Checks of the laboratory's files: each is made again from the stored case and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, InputError, ParameterError
from mouldgen.export.annotation_files import annotation_texts
from mouldgen.export.lims_table import lims_file_name, lims_table_text
from mouldgen.export.patient_volumes import SLABS_NAME
from mouldgen.export.segment_volume import read_segment_volume
from mouldgen.export.sites_csv import SITES_NAME, sites_csv_text
from mouldgen.export.slab_voxels import slab_volume
from mouldgen.export.slicer_markups import (
    CUT_PLANES_NAME,
    SITE_MARKUPS_NAME,
    cut_planes_text,
    site_markups_text,
)
from mouldgen.export.stored_case import StoredCase, broken
from mouldgen.export.stored_laboratory import read_laboratory_case
from mouldgen.sampling.voxel_shares import label_volumes_between

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.images import LabelVolume

__all__ = ["check_laboratory"]

_SHARE_TOLERANCE = 1e-3
_TOLERANCE_MM3 = 0.1
_GRID_TOLERANCE_MM = 1e-6
_CERTAINTY_TOLERANCE = 1e-4


def check_laboratory(case: StoredCase) -> Iterator[Finding]:
    """Read the case as for a new plan of sites, and compare its files and volumes with what it gives."""
    if not all((case.folder / output.path).is_file() for output in case.manifest.outputs):
        return  # reported with the files
    try:
        lab = read_laboratory_case(case.folder)
    except InputError as error:
        yield broken("laboratory_unreadable", f"the case cannot be read back: {error}")
        return
    if not _is_in_order(lab):
        return  # reported with the map
    yield from _check_site_tables(case.folder, lab)
    yield from _check_markups(case.folder / "slicer", lab)
    yield from _check_annotations(case.folder / "slabs", lab)
    yield from _check_certainty(lab)
    yield from _check_slab_volumes(lab)
    yield from _check_slab_voxels(case.folder / "slicer" / SLABS_NAME, lab)


def _is_in_order(lab: LaboratoryCase) -> bool:
    """Return whether slabs follow one another, and every site lies in one of them."""
    document = lab.document
    slabs = [slab.id for slab in document.slabs]
    return (
        slabs == [slab.id for slab in lab.plan.slabs]
        and bool((np.diff(lab.plan.edges_mm) >= 0).all())
        and all(site.slab in slabs for site in document.sites)
    )


def _check_site_tables(folder: Path, lab: LaboratoryCase) -> Iterator[Finding]:
    yield from _check_texts(folder, {SITES_NAME: sites_csv_text(lab.document)}, "sites_csv_differs")
    lims = lab.parameters.lims
    tables = {}
    if lims.name is not None:
        try:
            tables[lims_file_name(lims.name)] = lims_table_text(lab.document, lims)
        except ParameterError as error:
            yield Finding.error("lims_table_differs", str(error))
    yield from _check_texts(folder, tables, "lims_table_differs")
    yield from _check_no_others(folder.glob(lims_file_name("*")), tables, "lims_table_differs")


def _check_markups(folder: Path, lab: LaboratoryCase) -> Iterator[Finding]:
    texts = {SITE_MARKUPS_NAME: site_markups_text(lab), CUT_PLANES_NAME: cut_planes_text(lab)}
    yield from _check_texts(folder, texts, "markups_differ")


def _check_annotations(folder: Path, lab: LaboratoryCase) -> Iterator[Finding]:
    stored = sorted([*folder.glob("*.geojson"), *folder.glob("*.xml")])
    if stored:
        texts = annotation_texts(lab)
        yield from _check_texts(folder, texts, "annotations_differ")
        yield from _check_no_others(stored, texts, "annotations_differ")


def _check_texts(folder: Path, texts: Mapping[str, str], code: str) -> Iterator[Finding]:
    """Compare files with what they must hold; a missing one is reported with the files."""
    for name, text in texts.items():
        path = folder / name
        if path.is_file() and path.read_bytes() != text.encode():
            yield broken(code, f"{name} does not follow from sampling_map.json and the stored volumes")


def _check_no_others(paths: Iterable[Path], texts: Mapping[str, str], code: str) -> Iterator[Finding]:
    for path in paths:
        if path.name not in texts:
            yield broken(code, f"{path.name} belongs to nothing in sampling_map.json")


def _check_certainty(lab: LaboratoryCase) -> Iterator[Finding]:
    """Average the certainty of every habitat again in the stored voxels."""
    habitats = lab.specimen.habitats
    for entry in lab.document.habitats:
        measured = habitats.mean_certainty(entry.label) if habitats else None
        said = entry.mean_certainty
        if said is None or measured is None:
            continue  # reported when the case is read
        if abs(said - measured) > _CERTAINTY_TOLERANCE:
            yield broken(
                "certainty_differs",
                f"the labels of habitat {entry.code} are certain to {measured:.4f} on average by the voxels "
                f"in slicer/, but to {said:.4f} by sampling_map.json",
            )


def _check_slab_volumes(lab: LaboratoryCase) -> Iterator[Finding]:
    """Measure tissue and habitats of every slab again in the stored voxels."""
    tissue = _volumes_by_slab(lab, lab.specimen.tissue)[1]
    habitats = _volumes_by_slab(lab, lab.specimen.habitats.volume) if lab.specimen.habitats else {}
    for number, slab in enumerate(lab.document.slabs):
        stated = {"tissue": (slab.tissue_volume_mm3, float(tissue[number]))}
        for label, volumes in habitats.items():
            stated[f"habitat {label}"] = (
                slab.habitat_volume_mm3.get(str(label), 0.0),
                float(volumes[number]),
            )
        for what, (said_mm3, measured_mm3) in stated.items():
            if abs(said_mm3 - measured_mm3) > _SHARE_TOLERANCE * measured_mm3 + _TOLERANCE_MM3:
                yield broken(
                    "slab_volume_differs",
                    f"{slab.id} holds {measured_mm3:.1f} mm3 of {what} by the voxels in slicer/, but "
                    f"{said_mm3:.1f} mm3 by sampling_map.json",
                )


def _volumes_by_slab(lab: LaboratoryCase, volume: LabelVolume) -> Mapping[int, np.ndarray]:
    edges_mm = lab.plan.edges_mm - lab.frame.mould_from_patient.translation_mm[0]
    between = label_volumes_between(volume, lab.frame.cut_normal_lps, edges_mm)
    return {label: volumes[1::2] for label, volumes in between.items()}


def _check_slab_voxels(path: Path, lab: LaboratoryCase) -> Iterator[Finding]:
    if not path.is_file():
        return
    try:
        stored = read_segment_volume(path)
    except InputError as error:
        yield Finding.error("volume_unreadable", str(error))
        return
    meant = slab_volume(lab.specimen.tissue, lab.frame.mould_from_patient, lab.plan)
    if not _is_same(stored, meant):
        yield broken("slab_voxels_differ", f"{path.name} does not hold the tissue between the faces of slabs")


def _is_same(one: LabelVolume, other: LabelVolume) -> bool:
    return (
        one.grid.shape == other.grid.shape
        and np.allclose(
            one.grid.point_from_index, other.grid.point_from_index, rtol=0, atol=_GRID_TOLERANCE_MM
        )
        and np.array_equal(one.voxels, other.voxels)
    )
