"""From a plan of sites to its part of ``sampling_map.json``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mouldgen.errors import Finding
from mouldgen.export.map_document import (
    BlockEntry,
    FindingEntry,
    FrameEntry,
    MapDocument,
    SamplingEntry,
    SiteEntry,
    SlabEntry,
    UnreachableEntry,
)
from mouldgen.export.map_numbers import mm, rings, row, unit_share
from mouldgen.params import SiteParameters
from mouldgen.sampling.site_plan import Block, Site, SitePlan

__all__ = ["is_about_sites", "sampling_entry", "site_findings", "with_sites"]

SITE_CODE_PREFIX = "site"
"""Codes of all findings of planning begin with it, so that a new plan can replace those of an old one."""


def with_sites(
    document: MapDocument, plan: SitePlan, parameters: SiteParameters, about_inputs: Iterable[Finding] = ()
) -> MapDocument:
    """Return a map whose sites, blocks and hit regions are those of a plan.

    Parameters
    ----------
    document
        A map, with or without sites.
    plan
        For the slabs of `document`.
    parameters
        What the plan was made with.
    about_inputs
        What reading reserved tissue and given sites found.
    """
    base_lines = {slab.id: slab.base_line_z_mm for slab in document.slabs}
    kept = [item for item in document.findings if not is_about_sites(item.code)]
    return document.model_copy(
        update={
            "slabs": [_with_regions(slab, plan) for slab in document.slabs],
            "sampling": sampling_entry(parameters),
            "sites": [_site(site, base_lines[site.slab_id], document.frame) for site in plan.sites],
            "blocks": [_block(block) for block in plan.blocks],
            "unreachable": list(_unreachable(plan)),
            "findings": [*kept, *map(FindingEntry.of, (*about_inputs, *plan.findings))],
        }
    )


def is_about_sites(code: str) -> bool:
    """Return whether a finding of that code is of the plan of sites or its inputs."""
    return code.startswith(SITE_CODE_PREFIX)


def site_findings(document: MapDocument) -> tuple[Finding, ...]:
    """Return what the plan of sites found."""
    return tuple(item.to_finding() for item in document.findings if is_about_sites(item.code))


def sampling_entry(parameters: SiteParameters) -> SamplingEntry:
    """Return what parameters say about how sites are chosen."""
    return SamplingEntry(
        punch_diameter_mm=parameters.punch_mm,
        depth=parameters.depth,
        face_depth_mm=parameters.face_depth_mm,
        sigma_mm=parameters.sigma_mm,
        sigma_across_mm=parameters.across_mm,
        sigma_by_slab_mm=dict(parameters.sigma_by_slab_mm),
        min_probability=parameters.min_probability,
        apart_mm=parameters.apart_mm,
        reserve_mm=parameters.reserve_mm,
        destinations=list(parameters.destinations),
    )


def _with_regions(slab: SlabEntry, plan: SitePlan) -> SlabEntry:
    regions = {str(label): rings(region) for label, region in sorted(plan.regions_of(slab.id).items())}
    return slab.model_copy(update={"hit_regions_mm": regions})


def _site(site: Site, base_line_z_mm: float, frame: FrameEntry) -> SiteEntry:
    _, y_mm, z_mm = site.position_mould.tolist()
    _, along_y, along_z = frame.scale
    return SiteEntry(
        id=site.id,
        slab=site.slab_id,
        habitat=site.habitat,
        mould_mm=row(site.position_mould),
        lps_mm=row(site.position_lps),
        x_from_mm=mm(site.x_from_mm),
        x_to_mm=mm(site.x_to_mm),
        punch_diameter_mm=mm(site.punch_mm),
        punch_tissue_mm=mm(site.punch_tissue_mm),
        face=site.face,
        right_of_score_mm=mm(y_mm * along_y),
        above_base_mm=mm((z_mm - base_line_z_mm) * along_z),
        purity=unit_share(site.purity),
        hit_probability=unit_share(site.hit_probability),
        certainty=None if site.certainty is None else unit_share(site.certainty),
        destination=site.destination,
        tube=site.tube,
        cassette=site.cassette,
        origin=site.origin,
    )


def _block(block: Block) -> BlockEntry:
    return BlockEntry(
        id=block.id,
        slab=block.slab_id,
        part=block.part,
        number=block.number,
        x_mm=(mm(block.x_lower_mm), mm(block.x_upper_mm)),
        y_mm=(mm(block.y_lower_mm), mm(block.y_upper_mm)),
        z_mm=(mm(block.z_lower_mm), mm(block.z_upper_mm)),
        face_down=block.face_down,
    )


def _unreachable(plan: SitePlan) -> Iterator[UnreachableEntry]:
    for item in plan.unreachable:
        yield UnreachableEntry(
            habitat=item.habitat, code=item.obstacle, reason=item.reason, advice=item.advice
        )
