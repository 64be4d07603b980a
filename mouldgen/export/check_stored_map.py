"""Checks of a stored sampling map: its frame, its sums, its slabs, and the files that repeat it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.export.frame_files import read_transform
from mouldgen.export.map_csv import map_csv_text
from mouldgen.export.map_document import MapDocument, SlabEntry
from mouldgen.export.stl_files import read_stl
from mouldgen.export.stored_case import StoredCase, broken
from mouldgen.frames import Rigid

__all__ = [
    "check_frame",
    "check_outlines",
    "check_same_case",
    "check_slab_order",
    "check_sums",
    "check_table",
]

_POSITION_TOLERANCE_MM = 1e-5
_DIRECTION_TOLERANCE = 1e-9
_SUM_TOLERANCE = 1e-3
_SUM_TOLERANCE_MM3 = 0.1
_OUTLINE_TOLERANCE_MM = 1.0


def check_same_case(case: StoredCase) -> Iterator[Finding]:
    """Compare what manifest and map say they belong to."""
    said = (case.manifest.case_id, case.manifest.design_hash)
    meant = (case.document.case_id, case.document.design_hash)
    if said != meant:
        yield broken(
            "case_differs",
            f"manifest.json belongs to {' '.join(said)}, but sampling_map.json to {' '.join(meant)}",
        )


def check_frame(case: StoredCase) -> Iterator[Finding]:
    """Check that the transform is rigid and the same in the map and in the transform file."""
    frame = case.document.frame
    matrix = np.array(frame.mould_from_patient)
    try:
        rigid = Rigid(matrix)
    except ValueError:
        yield broken("frame_not_rigid", "mould_from_patient is not rigid and right-handed")
        return
    axes = np.array([frame.cut_normal_lps, frame.insertion_lps])
    if np.abs(axes - [rigid.rotation[0], -rigid.rotation[2]]).max() > _DIRECTION_TOLERANCE:
        yield broken(
            "frame_differs",
            "cut_normal_lps or insertion_lps do not follow from mould_from_patient",
        )
    yield from _check_transform_file(case.folder / "mould_from_patient.tfm", matrix)


def check_sums(case: StoredCase) -> Iterator[Finding]:
    """Check that slabs and kerf make up the specimen, and the slabs' habitats the habitats."""
    document = case.document
    total_mm3 = sum(slab.tissue_volume_mm3 for slab in document.slabs) + document.kerf_loss_mm3
    if _differ(total_mm3, document.specimen.volume_mm3):
        yield broken(
            "slab_sum",
            f"slabs and kerf add up to {total_mm3:.1f} mm3, but the specimen has "
            f"{document.specimen.volume_mm3:.1f} mm3",
        )
    yield from _check_habitat_sums(document)


def check_slab_order(case: StoredCase) -> Iterator[Finding]:
    """Check that slabs follow one another, a kerf apart, with every cut in the middle of its gap."""
    document = case.document
    for index, slab in enumerate(document.slabs, start=1):
        if (slab.index, slab.id) != (index, f"S{index:02d}") or slab.x_lower_mm >= slab.x_upper_mm:
            faces = f"from {slab.x_lower_mm:g} to {slab.x_upper_mm:g} mm"
            yield broken("slab_order", f"place {index} holds {slab.id}, number {slab.index}, {faces}")
    if len(document.cuts) != len(document.slabs) - 1:
        yield broken("slab_order", f"{len(document.cuts)} cuts cannot make {len(document.slabs)} slabs")
        return
    yield from _check_gaps(document)


def check_outlines(case: StoredCase) -> Iterator[Finding]:
    """Check that every outline is a closed ring within the bounds of the specimen's surface."""
    path = case.folder / "mould" / "specimen.stl"
    try:
        lowest, highest = read_stl(path).bounds_mm[:, 1:]
    except (InputError, OSError):
        return  # reported with the bodies
    scale = np.array(case.document.frame.scale)[1:]
    # the plastic is scaled along Y about 0 and along Z about the specimen's lowest point
    fixed = np.array([0.0, lowest[1]])
    lower = (lowest - fixed) / scale + fixed - _OUTLINE_TOLERANCE_MM
    upper = (highest - fixed) / scale + fixed + _OUTLINE_TOLERANCE_MM
    for slab in case.document.slabs:
        if not all(_is_ring_within(np.array(ring), lower, upper) for ring in _all_rings(slab)):
            yield broken(
                "slab_outline",
                f"an outline of {slab.id} is not closed, or lies outside the specimen's surface "
                f"({lower.round(1).tolist()} to {upper.round(1).tolist()} mm in y and z)",
            )


def check_table(case: StoredCase) -> Iterator[Finding]:
    """Check that ``sampling_map.csv`` says what ``sampling_map.json`` says."""
    path = case.folder / "sampling_map.csv"
    if path.is_file() and path.read_bytes() != map_csv_text(case.document).encode():
        yield broken("csv_differs", f"{path.name} does not follow from sampling_map.json")


def _check_transform_file(path: Path, matrix: np.ndarray) -> Iterator[Finding]:
    if not path.is_file():
        return
    try:
        apart = float(np.abs(read_transform(path) - matrix).max())
    except InputError as error:
        yield Finding.error("transform_unreadable", str(error))
        return
    if apart > _DIRECTION_TOLERANCE:
        yield broken("transform_differs", f"{path.name} differs from the map's matrix by up to {apart:.3g}")


def _check_habitat_sums(document: MapDocument) -> Iterator[Finding]:
    labels = {str(habitat.label) for habitat in document.habitats}
    for slab in document.slabs:
        if slab.habitat_volume_mm3.keys() != labels:
            yield broken(
                "habitat_labels",
                f"{slab.id} has volumes for labels {', '.join(slab.habitat_volume_mm3)}, expected "
                f"{', '.join(sorted(labels))}",
            )
    # what reaches over the specimen's ends lies in no slab
    reaches_over = any(finding.code == "habitat_overhang" for finding in document.findings)
    lost_to_knife_mm3 = np.inf if reaches_over else document.kerf_loss_mm3
    for habitat in document.habitats:
        total_mm3 = sum(slab.habitat_volume_mm3.get(str(habitat.label), 0.0) for slab in document.slabs)
        lost_mm3, slack_mm3 = habitat.volume_mm3 - total_mm3, _tolerance_mm3(habitat.volume_mm3)
        if not -slack_mm3 <= lost_mm3 <= lost_to_knife_mm3 + slack_mm3:
            yield broken(
                "habitat_sum",
                f"the slabs hold {total_mm3:.1f} mm3 of habitat {habitat.label}, which has "
                f"{habitat.volume_mm3:.1f} mm3; the kerf took at most {document.kerf_loss_mm3:.1f} mm3",
            )


def _check_gaps(document: MapDocument) -> Iterator[Finding]:
    for cut, (before, after) in zip(document.cuts, pairwise(document.slabs), strict=True):
        gap_mm = after.x_lower_mm - before.x_upper_mm
        middle_mm = (after.x_lower_mm + before.x_upper_mm) / 2
        off_mm = max(
            abs(gap_mm - document.kerf_mm),
            abs(cut.x_tissue_mm - middle_mm),
            abs(cut.x_mm - middle_mm * document.frame.scale[0]),
        )
        if off_mm > _POSITION_TOLERANCE_MM:
            yield broken(
                "slab_gap",
                f"cut {cut.index}, {before.id} and {after.id} do not meet: they are {off_mm:.4f} mm off at a "
                f"kerf of {document.kerf_mm:g} mm",
            )


def _all_rings(slab: SlabEntry) -> Iterator[list[tuple[float, float]]]:
    return chain(slab.outlines_mm.lower, slab.outlines_mm.mid, slab.outlines_mm.upper)


def _is_ring_within(ring: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> bool:
    if len(ring) < 4 or not np.array_equal(ring[0], ring[-1]):
        return False
    return bool(((ring >= lower) & (ring <= upper)).all())


def _differ(one_mm3: float, other_mm3: float) -> bool:
    return abs(one_mm3 - other_mm3) > _tolerance_mm3(other_mm3)


def _tolerance_mm3(volume_mm3: float) -> float:
    return _SUM_TOLERANCE * volume_mm3 + _SUM_TOLERANCE_MM3
