"""Names of sites and tubes, and where samples go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.sampling.punches import Punch
from mouldgen.sampling.site_plan import Block, Site, SiteOrigin

__all__ = ["named_sites", "unique_name"]

_TOUCHING_MM = 1e-6


def named_sites(
    punches: Iterable[Punch],
    codes: Mapping[int, str],
    frame: MouldFrame,
    sites: SiteParameters,
    *,
    scale: BenchScale,
    blocks: Sequence[Block],
    case_id: str,
) -> tuple[Site, ...]:
    """Return the sites of all punches, slab by slab, by code and number.

    Parameters
    ----------
    punches
        Planned and given.
    codes
        Letters of the habitats by label.
    frame
        The mould frame.
    sites
        Punch, replicates, destinations, as asked for.
    scale
        From imaging to the bench.
    blocks
        Of the slabs, or none.
    case_id
        Goes before every id on a tube.
    """
    ordered = sorted(punches, key=lambda punch: _order(punch, codes))
    taken = {punch.name.casefold() for punch in ordered if punch.name}
    result = []
    for punch in ordered:
        site_id = punch.name or unique_name(_planned_id(punch, codes, sites), taken)
        taken.add(site_id.casefold())
        tube = f"{case_id}-{site_id}"
        cassette = " + ".join(block.id for block in blocks if _is_reached(block, punch)) or tube
        result.append(
            Site(
                id=site_id,
                slab_id=punch.core.slab.id,
                habitat=punch.label,
                position_mould=punch.middle_mould,
                position_lps=frame.patient_from_mould.apply(punch.middle_mould),
                x_from_mm=punch.core.x_from_mm,
                x_to_mm=punch.core.x_to_mm,
                punch_mm=sites.punch_mm,
                punch_tissue_mm=sites.punch_mm / scale.within,
                face=punch.core.face,
                purity=punch.score.purity,
                hit_probability=punch.score.hit_probability,
                destination=_destination(punch, sites),
                tube=tube,
                cassette=cassette,
                origin=SiteOrigin.GIVEN if punch.name else SiteOrigin.PLANNED,
                certainty=punch.score.certainty,
            )
        )
    return tuple(result)


def unique_name(name: str, taken: set[str]) -> str:
    """Return a name, with a number behind it if it is taken; compared without case."""
    candidate, number = name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def _order(punch: Punch, codes: Mapping[int, str]) -> tuple[int, int, str, bool, int, int]:
    code = codes.get(punch.label or 0, "")
    return punch.core.slab.index, len(code), code, not punch.name, punch.number, punch.replicate


def _planned_id(punch: Punch, codes: Mapping[int, str], sites: SiteParameters) -> str:
    letter = _replicate_letter(punch.replicate) if sites.replicates > 1 else ""
    return f"{punch.core.slab.id}-{codes[punch.label or 0]}{punch.number}{letter}"


def _replicate_letter(number: int) -> str:
    return chr(ord("a") + number - 1)


def _destination(punch: Punch, sites: SiteParameters) -> str:
    if punch.name or sites.replicates == 1:
        return ""
    return sites.destinations[(punch.replicate - 1) % len(sites.destinations)]


def _is_reached(block: Block, punch: Punch) -> bool:
    """Return whether a punch takes tissue that would go into a block; its axis decides within the grid."""
    _, y, z = punch.middle_mould
    shared_mm = min(block.x_upper_mm, punch.core.x_to_mm) - max(block.x_lower_mm, punch.core.x_from_mm)
    return (
        block.slab_id == punch.core.slab.id
        and shared_mm > _TOUCHING_MM
        and block.y_lower_mm <= y <= block.y_upper_mm
        and block.z_lower_mm <= z <= block.z_upper_mm
    )
