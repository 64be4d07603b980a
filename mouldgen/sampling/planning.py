"""Chooses the sites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from mouldgen.frames import VoxelGrid
from mouldgen.images import Specimen
from mouldgen.orientation import MouldFrame
from mouldgen.params import DesignParameters, SiteParameters
from mouldgen.sampling.choosing import SlabRoom, candidates_of
from mouldgen.sampling.contents import SamplingMap
from mouldgen.sampling.habitat_places import HabitatPlaces, choose_places
from mouldgen.sampling.probability_map import (
    HabitatLattice,
    ProbabilityMap,
    habitat_lattice,
    probability_maps,
)
from mouldgen.sampling.punch_cores import punch_cores
from mouldgen.sampling.punches import Punch, PunchBench
from mouldgen.sampling.reserved import ReservedTissue, reserved_tissue
from mouldgen.sampling.sections import label_section
from mouldgen.sampling.site_naming import named_sites
from mouldgen.sampling.site_plan import SitePlan
from mouldgen.slicing import Slab

__all__ = ["plan_sites"]

MAP_TOLERANCE = 0.01
"""What a map may be off by: places this far below the wanted probability are scored, too."""


def plan_sites(
    specimen: Specimen,
    frame: MouldFrame,
    sampling: SamplingMap,
    parameters: DesignParameters,
    *,
    lattice: VoxelGrid,
    case_id: str,
) -> SitePlan:
    """Return the plan of sites and blocks."""
    if specimen.habitats is None:
        return SitePlan()
    sites = parameters.sites
    slabs = {content.slab.id: content.slab for content in sampling.slabs}
    shortest_mm = min(core.length_mm for slab in slabs.values() for core in punch_cores(slab, sites))
    habitats = habitat_lattice(specimen.habitats.volume, frame, sites, shortest_mm)
    reserved = reserved_tissue(specimen, frame, sites, habitats.labels.grid)
    bench = PunchBench.of(specimen, frame, sites, reserved)
    rooms = {slab_id: SlabRoom(sites.punch_mm + sites.apart_mm) for slab_id in slabs}
    places = [
        _places(habitat.label, specimen, frame, habitats, slabs, sites, reserved)
        for habitat in specimen.habitats.habitats
    ]
    punches: list[Punch] = []
    for item in sorted(places, key=lambda item: (item.count, item.label)):
        numbers: Counter[str] = Counter()
        for group in choose_places(item, slabs, rooms, bench, Counter()):
            numbers[group[0].core.slab.id] += 1
            punches.extend(punch.numbered(numbers[punch.core.slab.id], n) for n, punch in enumerate(group, 1))
    codes = {habitat.label: habitat.code for habitat in specimen.habitats.habitats}
    return SitePlan(sites=named_sites(punches, codes, frame, sites, (), case_id))


def _places(
    label: int,
    specimen: Specimen,
    frame: MouldFrame,
    habitats: HabitatLattice,
    slabs: Mapping[str, Slab],
    sites: SiteParameters,
    reserved: ReservedTissue | None,
) -> HabitatPlaces:
    cores = [core for slab in slabs.values() for core in punch_cores(slab, sites)]
    least = max(sites.min_probability - MAP_TOLERANCE, 0.0)
    by_slab: dict[str, list[ProbabilityMap]] = {}
    for item in probability_maps(habitats, label, cores, sites, least=least):
        by_slab.setdefault(item.core.slab.id, []).append(item)
    candidates = {
        slab_id: candidates_of(maps, [_allowed(item, specimen, frame, reserved, least) for item in maps])
        for slab_id, maps in by_slab.items()
    }
    return HabitatPlaces(label, sites.quota(label), candidates)


def _allowed(item, specimen, frame, reserved, least):
    window = item.window
    at = label_section(specimen, frame, item.core.x_mid_mm, window.y_mm, window.z_mm)
    allowed = (at == item.label) & (item.probability >= least)
    if reserved is not None:
        allowed &= reserved.allowed(item.core, window)
    return allowed
