"""Chooses the sites, and says what cannot be sampled.

For every habitat the places are ranked by a map of hit probability (`probability_map`); the best ones are
settled by the original voxels (`hit_probability`), and what is reported of a site comes from there. The
habitat with the fewest places is served first. Within a habitat each next place goes to the slab that has
the fewest of it so far. All punches of a slab stand apart from each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mouldgen.errors import Finding, ParameterError
from mouldgen.frames import VoxelGrid
from mouldgen.orientation import MouldFrame
from mouldgen.params import DesignParameters, SiteParameters
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.sampling.blocks import plan_blocks
from mouldgen.sampling.choosing import SlabRoom
from mouldgen.sampling.contents import Rings, SamplingMap
from mouldgen.sampling.given_sites import place_given_sites
from mouldgen.sampling.habitat_places import PlaceChooser
from mouldgen.sampling.punches import Punch, PunchBench
from mouldgen.sampling.site_naming import named_sites
from mouldgen.sampling.site_plan import Block, Site, SitePlan, UnreachableHabitat
from mouldgen.sampling.survey import HabitatPlaces, HabitatSurvey
from mouldgen.sampling.unreachable import UnreachableExplainer
from mouldgen.specimen import Habitat, Specimen

__all__ = ["plan_sites"]


@dataclass(frozen=True)
class PlannedPunches:
    """Punches of all habitats, and what there is to say of them."""

    punches: tuple[Punch, ...] = ()
    unreachable: tuple[UnreachableHabitat, ...] = ()
    regions: Mapping[str, Mapping[int, Rings]] | None = None
    findings: tuple[Finding, ...] = ()


def plan_sites(
    specimen: Specimen,
    frame: MouldFrame,
    sampling: SamplingMap,
    parameters: DesignParameters,
    *,
    lattice: VoxelGrid,
    case_id: str,
) -> SitePlan:
    """Return the plan of sites and blocks.

    Parameters
    ----------
    specimen
        Its habitats, reserved tissue and given sites. Without habitats only given sites are placed.
    frame
        The mould frame.
    sampling
        Slabs and their outlines.
    parameters
        Sections ``sites`` and ``blocks`` count.
    lattice
        Covers the specimen in the mould frame; its axes run along x, y and z.
    case_id
        Goes before the ids on tubes and blocks.

    Raises
    ------
    ParameterError
        If two blocks, or a block and a tube, would have one id.
    """
    scale, slabs = BenchScale(*parameters.fit.scale), tuple(content.slab for content in sampling.slabs)
    survey = HabitatSurvey.of(specimen, frame, slabs, parameters.sites, around=lattice, scale=scale)
    bench = PunchBench.of(specimen, frame, survey.sites, survey.reserved, scale)
    given = place_given_sites(specimen, frame, slabs, bench)
    planned = _plan_habitats(specimen, sampling, survey, bench, given.punches)
    cassette = scale.blocks_at_imaging_size(parameters.blocks)
    blocks = plan_blocks(specimen, frame, sampling, cassette, case_id)
    codes = {habitat.label: habitat.code for habitat in _habitats(specimen)}
    named = named_sites(
        (*given.punches, *planned.punches),
        codes,
        frame,
        parameters.sites,
        scale=scale,
        blocks=blocks,
        case_id=case_id,
    )
    _refuse_collisions(blocks, named)
    unknown = tuple(_unknown_keys(specimen, sampling, parameters.sites))
    return SitePlan(
        sites=named,
        unreachable=planned.unreachable,
        blocks=blocks,
        hit_regions=planned.regions,
        findings=(*unknown, *given.findings, *planned.findings),
    )


def _habitats(specimen: Specimen) -> tuple[Habitat, ...]:
    return specimen.habitats.habitats if specimen.habitats else ()


def _plan_habitats(
    specimen: Specimen,
    sampling: SamplingMap,
    survey: HabitatSurvey,
    bench: PunchBench,
    given: Sequence[Punch],
) -> PlannedPunches:
    """Return the punches of all habitats, those of the hardest chosen first."""
    sites, habitats = survey.sites, _habitats(specimen)
    rooms = {slab.id: SlabRoom(sites.punch_mm + sites.apart_mm) for slab in survey.slabs}
    for punch in given:
        rooms[punch.core.slab.id].take(punch.place)
    chooser = PlaceChooser({slab.id: slab for slab in survey.slabs}, rooms, bench)
    surveyed = [survey.places(habitat.label) for habitat in habitats]
    given_counts = {habitat.label: _count_by_slab(given, habitat.label) for habitat in habitats}
    chosen: dict[int, list[Punch]] = {}
    for places in sorted(surveyed, key=lambda places: (places.count, places.label)):
        label = places.label
        chosen[label] = chooser.choose(places, sites.quota(label), given_counts[label])
    explainer = UnreachableExplainer(survey, sampling, rooms, bench)
    unreachable = tuple(
        explainer.explain(habitat)
        for habitat in habitats
        if sites.quota(habitat.label) and not chosen[habitat.label] and not given_counts[habitat.label]
    )
    reached = {
        habitat: given_counts[habitat.label].total() + len(chosen[habitat.label]) // sites.replicates
        for habitat in habitats
    }
    return PlannedPunches(
        punches=tuple(punch for punches in chosen.values() for punch in punches),
        unreachable=unreachable,
        regions=_regions_by_slab(surveyed),
        findings=(*_short(reached, survey.at_the_bench), *_unreachable(unreachable, habitats)),
    )


def _count_by_slab(punches: Sequence[Punch], label: int) -> Counter[str]:
    return Counter(punch.core.slab.id for punch in punches if punch.label == label)


def _regions_by_slab(surveyed: Sequence[HabitatPlaces]) -> dict[str, dict[int, Rings]]:
    regions: dict[str, dict[int, Rings]] = {}
    for places in surveyed:
        for slab_id, rings in places.regions.items():
            regions.setdefault(slab_id, {})[places.label] = rings
    return {slab_id: regions[slab_id] for slab_id in sorted(regions)}


def _short(reached: Mapping[Habitat, int], sites: SiteParameters) -> Iterator[Finding]:
    short = {habitat: count for habitat, count in reached.items() if 0 < count < sites.quota(habitat.label)}
    if short:
        listed = ", ".join(
            f"{count} of {sites.quota(habitat.label)} in {_called(habitat)}"
            for habitat, count in short.items()
        )
        yield Finding.info(
            "sites_short",
            f"fewer places than wanted reach a probability of {sites.min_probability:g} with "
            f"{sites.apart_mm:g} mm between punches: {listed}. A smaller punch or thinner slabs give more",
        )


def _unreachable(unreachable: Sequence[UnreachableHabitat], habitats: Sequence[Habitat]) -> Iterator[Finding]:
    called = {habitat.label: _called(habitat) for habitat in habitats}
    for item in unreachable:
        yield Finding.warning(
            "sites_unreachable",
            f"no punch can be planned in {called[item.habitat]}: {item.reason}. What would help: "
            f"{item.advice}",
        )


def _called(habitat: Habitat) -> str:
    return f"habitat {habitat.code} ({habitat.name})"


def _unknown_keys(specimen: Specimen, sampling: SamplingMap, sites: SiteParameters) -> Iterator[Finding]:
    """Give parameters that name a habitat or slab which is not there."""
    labels = {str(habitat.label) for habitat in _habitats(specimen)}
    slab_ids = {content.slab.id for content in sampling.slabs}
    absent = [label for label in sites.quotas if label not in labels]
    if absent:
        yield Finding.warning(
            "sites_unknown_label",
            f"sites.quotas names label {', '.join(absent)}, which the habitats do not have; they have "
            f"{', '.join(sorted(labels, key=int)) or 'none'}",
        )
    beyond = [slab_id for slab_id in sites.sigma_by_slab_mm if slab_id not in slab_ids]
    if beyond:
        yield Finding.warning(
            "sites_unknown_slab",
            f"sites.sigma_by_slab_mm names {', '.join(beyond)}, but there are {len(slab_ids)} slabs",
        )


def _refuse_collisions(blocks: Sequence[Block], sites: Sequence[Site]) -> None:
    """Refuse ids that two things would share, compared without case."""
    taken: dict[str, str] = {}
    things = [
        *((site.tube, f"the tube of site {site.id}") for site in sites),
        *((block.id, f"block {block.part}{block.number} of {block.slab_id}") for block in blocks),
    ]
    for name, thing in things:
        other = taken.setdefault(name.casefold(), thing)
        if other != thing:
            message = (
                f"{other} and {thing} would both be called {name!r}; expected different ids. Change "
                "blocks.name_pattern, which may hold {case}, {slab} and {block}"
            )
            raise ParameterError(message)
