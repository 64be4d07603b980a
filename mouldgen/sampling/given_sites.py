"""Sites that a user chose: placed where they are, scored like all others, and questioned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray
from mouldgen.orientation import MouldFrame
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.sampling.choosing import Place, SlabRoom
from mouldgen.sampling.punch_cores import PunchCore, punch_cores
from mouldgen.sampling.punches import Punch, PunchBench, better
from mouldgen.sampling.site_naming import unique_name
from mouldgen.slicing import Slab
from mouldgen.specimen import GivenSite, Habitat, Specimen

__all__ = ["GivenPlacement", "place_given_sites"]


@dataclass(frozen=True)
class GivenPlacement:
    """The punches at given sites, and what there is to say of them."""

    punches: tuple[Punch, ...]
    findings: tuple[Finding, ...]


def place_given_sites(
    specimen: Specimen, frame: MouldFrame, slabs: Sequence[Slab], bench: PunchBench
) -> GivenPlacement:
    """Return the punches at the sites that a user gave.

    A site takes the slab that its x lies in, and stays at its y and z. A site in a cut or outside all
    slabs cannot be punched: it is left out, with a warning.

    Parameters
    ----------
    specimen
        Its given sites and habitats.
    frame
        The mould frame.
    slabs
        In order.
    bench
        Scores by the original voxels.
    """
    placer = _GivenPlacer(specimen.habitats.habitats if specimen.habitats else (), bench)
    punches: list[Punch] = []
    findings: list[Finding] = []
    for site in specimen.given_sites:
        position = site.position if site.in_mould else frame.mould_from_patient.apply(site.position)
        slab = next((one for one in slabs if one.x_lower_mm <= position[0] <= one.x_upper_mm), None)
        if slab is None:
            findings.append(_beside_slabs(site.name, float(position[0]), slabs))
            continue
        name = unique_name(site.name, {punch.name.casefold() for punch in punches})
        if name != site.name:
            findings.append(_renamed(site.name, name))
        punch = placer.placed(replace(site, name=name), slab, position)
        findings.extend(_depth_doubts(punch, float(position[0]), bench.scale))
        findings.extend(placer.doubts(site, punch))
        findings.extend(_too_close(punch, punches, bench))
        punches.append(punch)
    return GivenPlacement(tuple(punches), tuple(findings))


class _GivenPlacer:
    """Places sites in the habitats of a specimen, and questions them."""

    def __init__(self, habitats: Sequence[Habitat], bench: PunchBench) -> None:
        self._bench = bench
        self._names = {habitat.label: f"habitat {habitat.code} ({habitat.name})" for habitat in habitats}

    def placed(self, site: GivenSite, slab: Slab, position_mould: FloatArray) -> Punch:
        """Return the punch at a site: the best of those that reach its depth."""
        x_mm, y_mm, z_mm = position_mould.tolist()
        place, cores = Place(y_mm, z_mm), punch_cores(slab, self._bench.sites)
        deep_enough = [core for core in cores if core.x_from_mm <= x_mm <= core.x_to_mm]
        return better(
            [
                self._bench.scored(core, place, self._aim(site, core, place), site.name)
                for core in deep_enough or cores
            ]
        )

    def doubts(self, site: GivenSite, punch: Punch) -> Iterator[Finding]:
        """Give what is questionable about where a site lies."""
        yield from self._doubts_of_habitat(site, punch)
        where = f"site {punch.name} in {punch.core.slab.id}"
        if self._bench.is_reserved(punch.core, punch.place):
            yield Finding.warning(
                "site_in_reserved", f"{where} touches tissue that is reserved for diagnosis; move it"
            )
        wanted = self._bench.sites.min_probability
        if punch.score.hit_probability < wanted:
            yield Finding.warning(
                "site_unlikely",
                f"{where} takes {self._name(punch.label)} with probability "
                f"{punch.score.hit_probability:.2f}; wanted is {wanted:g}",
            )

    def _aim(self, site: GivenSite, core: PunchCore, place: Place) -> int | None:
        """Return the habitat that a site is scored against; None for tissue."""
        if site.habitat in self._names:
            return site.habitat
        return self._habitat_at([core.x_mid_mm, place.y_mm, place.z_mm])

    def _habitat_at(self, point_mould: npt.ArrayLike) -> int | None:
        here = int(self._bench.labels.at(np.atleast_2d(point_mould))[0])
        return here if here in self._names else None

    def _name(self, label: int | None) -> str:
        return "the tissue" if label is None else self._names[label]

    def _doubts_of_habitat(self, site: GivenSite, punch: Punch) -> Iterator[Finding]:
        where = f"the middle of site {punch.name} in {punch.core.slab.id}"
        here = self._habitat_at(punch.middle_mould)
        if not self._bench.tissue.at([punch.middle_mould])[0]:
            yield Finding.warning(
                "site_outside_tissue",
                f"{where} lies outside the tissue; check its coordinates and their frame (LPS or mould)",
            )
        elif site.habitat is not None and site.habitat not in self._names:
            yield Finding.warning(
                "site_unknown_habitat",
                f"site {punch.name} aims at habitat {site.habitat}, which the specimen does not have; it is "
                f"scored against {self._name(punch.label)}",
            )
        elif here != punch.label:
            lies_in = "no habitat" if here is None else self._names[here]
            yield Finding.warning(
                "site_other_habitat", f"{where} lies in {lies_in}, but it aims at {self._name(punch.label)}"
            )
        elif self._names and here is None:
            yield Finding.warning(
                "site_no_habitat", f"{where} lies in tissue of no habitat; it is scored against the tissue"
            )


def _depth_doubts(punch: Punch, x_mm: float, scale: BenchScale) -> Iterator[Finding]:
    core = punch.core
    beyond_mm = max(core.x_from_mm - x_mm, x_mm - core.x_to_mm) * scale.across
    if beyond_mm > 0:
        yield Finding.warning(
            "site_too_deep",
            f"site {punch.name} was given {beyond_mm:.1f} mm deeper in {core.slab.id} than a punch of "
            f"{core.length_mm * scale.across:.1f} mm reaches; it takes the {core.face} face. Raise "
            "sites.face_depth_mm, or punch through",
        )


def _too_close(punch: Punch, others: Sequence[Punch], bench: PunchBench) -> Iterator[Finding]:
    least_mm, scale = bench.sites.punch_mm + bench.sites.apart_mm, bench.scale.within
    for other in others:
        if other.core.slab.id != punch.core.slab.id:
            continue
        room = SlabRoom(least_mm)
        room.take(other.place)
        if not room.has_room(punch.place):
            yield Finding.warning(
                "site_too_close",
                f"sites {other.name} and {punch.name} in {punch.core.slab.id} are "
                f"{room.distance_mm(punch.place) * scale:.1f} mm apart; expected at least "
                f"{least_mm * scale:.6g} mm, the punch and {bench.sites.apart_mm * scale:.6g} mm of tissue",
            )


def _beside_slabs(name: str, x_mm: float, slabs: Sequence[Slab]) -> Finding:
    low_mm, high_mm = slabs[0].x_lower_mm, slabs[-1].x_upper_mm
    if low_mm <= x_mm <= high_mm:
        return Finding.warning(
            "site_in_kerf",
            f"site {name} at x {x_mm:.2f} mm lies in tissue that a cut takes away; it is left out. Move it "
            "into a slab",
        )
    return Finding.warning(
        "site_outside_slabs",
        f"site {name} at x {x_mm:.2f} mm lies outside all slabs, which reach from {low_mm:.2f} to "
        f"{high_mm:.2f} mm; it is left out. Check its coordinates and their frame (LPS or mould)",
    )


def _renamed(given: str, name: str) -> Finding:
    return Finding.info("site_renamed", f"two sites are called {given}; the later one is {name} everywhere")
