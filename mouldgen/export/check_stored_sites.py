"""Checks of the stored sites: each in its slab and habitat, the same point in both frames, once per tube."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.export.patient_volumes import HABITATS_NAME
from mouldgen.export.segment_volume import read_segment_volume
from mouldgen.export.stored_case import StoredCase, broken
from mouldgen.frames import Rigid
from mouldgen.sampling.site_plan import SiteOrigin

if TYPE_CHECKING:
    from mouldgen.export.map_document import SiteEntry, SlabEntry
    from mouldgen.images import LabelVolume

__all__ = [
    "check_site_frames",
    "check_site_habitats",
    "check_site_names",
    "check_site_places",
]

_POSITION_TOLERANCE_MM = 1e-5


def check_site_names(case: StoredCase) -> Iterator[Finding]:
    """Check that ids of sites and blocks and texts on tubes are unique, and that cassettes are blocks."""
    document = case.document
    for what, names in (
        ("site", [site.id for site in document.sites]),
        ("tube", [site.tube for site in document.sites]),
        ("block", [block.id for block in document.blocks]),
    ):
        repeated = [name for name, count in Counter(names).items() if count > 1]
        if repeated:
            yield broken("site_name_twice", f"several have the same {what} {', '.join(repeated)}")
    blocks = {block.id for block in document.blocks}
    for site in document.sites:
        if blocks and not blocks.issuperset(site.cassette.split(" + ")):
            yield broken("site_cassette", f"{site.id} lies in cassette {site.cassette}, which is no block")


def check_site_places(case: StoredCase) -> Iterator[Finding]:
    """Check that every site lies between the faces of its slab, in the middle of its core."""
    slabs = {slab.id: slab for slab in case.document.slabs}
    labels = {habitat.label for habitat in case.document.habitats}
    for site in case.document.sites:
        if site.slab not in slabs:
            yield broken("site_slab", f"{site.id} lies in {site.slab}, which is no slab of the case")
            continue
        if site.habitat is not None and site.habitat not in labels:
            yield broken("site_habitat", f"{site.id} aims at label {site.habitat}, which is no habitat")
        yield from _check_core(site, slabs[site.slab])


def check_site_frames(case: StoredCase) -> Iterator[Finding]:
    """Check that positions in the mould and in the patient are the same points, as are those on the bench."""
    try:
        transform = Rigid(np.array(case.document.frame.mould_from_patient))
    except ValueError:
        return  # reported with the frame
    slabs = {slab.id: slab for slab in case.document.slabs}
    for site in case.document.sites:
        apart_mm = float(np.abs(transform.apply(site.lps_mm) - site.mould_mm).max())
        if apart_mm > _POSITION_TOLERANCE_MM:
            yield broken(
                "site_frames_differ",
                f"lps_mm and mould_mm of {site.id} are {apart_mm:.3g} mm apart by mould_from_patient",
            )
        if site.slab in slabs:
            yield from _check_bench(site, slabs[site.slab], case.document.frame.scale)


def check_site_habitats(case: StoredCase) -> Iterator[Finding]:
    """Look up the label at every planned site in the habitats' own voxels."""
    path = case.folder / "slicer" / HABITATS_NAME
    planned = [site for site in case.document.sites if site.origin is SiteOrigin.PLANNED and site.habitat]
    if not planned or not path.is_file():
        return
    try:
        labels = read_segment_volume(path)
    except InputError:
        return  # reported with the volumes
    for site, label in zip(planned, _labels_at(labels, planned), strict=True):
        if label != site.habitat:
            found = f"habitat {label}" if label else "no habitat"
            yield broken(
                "site_other_habitat", f"{site.id} aims at habitat {site.habitat}, but lies in {found}"
            )


def _check_core(site: SiteEntry, slab: SlabEntry) -> Iterator[Finding]:
    lower_mm, upper_mm = slab.x_lower_mm - _POSITION_TOLERANCE_MM, slab.x_upper_mm + _POSITION_TOLERANCE_MM
    if not lower_mm <= site.x_from_mm < site.x_to_mm <= upper_mm:
        yield broken(
            "site_outside_slab",
            f"the core of {site.id} reaches from {site.x_from_mm:g} to {site.x_to_mm:g} mm, but {slab.id} "
            f"from {slab.x_lower_mm:g} to {slab.x_upper_mm:g} mm",
        )
    middle_mm = (site.x_from_mm + site.x_to_mm) / 2
    if abs(site.mould_mm[0] - middle_mm) > _POSITION_TOLERANCE_MM:
        yield broken(
            "site_off_core",
            f"{site.id} lies at x = {site.mould_mm[0]:g} mm, but the middle of its core at {middle_mm:g} mm",
        )


def _check_bench(site: SiteEntry, slab: SlabEntry, scale: Sequence[float]) -> Iterator[Finding]:
    off_mm = max(
        abs(site.right_of_score_mm - scale[1] * site.mould_mm[1]),
        abs(site.above_base_mm - scale[2] * (site.mould_mm[2] - slab.base_line_z_mm)),
    )
    if off_mm > _POSITION_TOLERANCE_MM:
        yield broken(
            "site_bench_differs",
            f"right_of_score_mm and above_base_mm of {site.id} are {off_mm:.3g} mm off its place",
        )


def _labels_at(labels: LabelVolume, sites: Iterable[SiteEntry]) -> list[int]:
    """Return the label of the voxel that every site lies in; 0 outside."""
    points = np.array([site.lps_mm for site in sites])
    place = np.floor(labels.grid.to_indices(points) + 0.5).astype(np.int64)
    inside = ((place >= 0) & (place < labels.grid.shape)).all(axis=1)
    found = np.zeros(len(points), np.int64)
    found[inside] = labels.voxels[tuple(place[inside].T)]
    return [int(label) for label in found]
