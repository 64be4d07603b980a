"""Why no punch can take a habitat, and what would help: every figure is found by trying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from mouldgen.params import PunchDepth, SiteParameters
from mouldgen.sampling.choosing import SlabRoom
from mouldgen.sampling.contents import SamplingMap
from mouldgen.sampling.hit_probability import PunchScore, PunchScorer
from mouldgen.sampling.probability_map import weighted_sections
from mouldgen.sampling.punches import PunchBench
from mouldgen.sampling.reserved import reserved_tissue
from mouldgen.sampling.site_plan import Obstacle, UnreachableHabitat
from mouldgen.sampling.survey import BestPlace, HabitatSurvey
from mouldgen.slicing import Slab
from mouldgen.specimen import Habitat

__all__ = ["UnreachableExplainer"]

PUNCHES_MM = (8.0, 6.0, 5.0, 4.0, 3.0, 2.0)
"""Diameters that biopsy punches are sold in."""

FACE_DEPTHS_MM = (3.0, 2.0)
"""Depths that a punch into one face can be stopped at by a ring (engineering judgement)."""

SIGMAS_MM = (2.0, 1.5, 1.0, 0.5)
LEAST_MM3 = 1e-3
"""What rounding leaves of a volume of nothing."""


class InscribedDisc(NamedTuple):
    """The widest disc that stays in a habitat over the length of a core, without any error."""

    width_mm: float
    slab_id: str


class Tried(NamedTuple):
    """Changes that help, in words by kind; and of the others the best probability, and which it was."""

    helpful: dict[str, str]
    most: float
    nearest: str


class Trial(NamedTuple):
    """A change of plan: of what kind, in words, and the survey with it."""

    kind: str
    words: str
    survey: HabitatSurvey


@dataclass(frozen=True, eq=False)
class UnreachableExplainer:
    """Explains why habitats got no site.

    Parameters
    ----------
    survey
        What was planned with.
    sampling
        Volumes of the habitats by slab.
    rooms
        By slab id, with all punches in them.
    bench
        Scores by the original voxels.
    """

    survey: HabitatSurvey
    sampling: SamplingMap
    rooms: Mapping[str, SlabRoom]
    bench: PunchBench

    def explain(self, habitat: Habitat) -> UnreachableHabitat:
        """Return why a habitat got no site, and what would help."""
        label = habitat.label
        volume_mm3 = sum(content.habitat_mm3.get(label, 0.0) for content in self.sampling.slabs)
        if volume_mm3 < LEAST_MM3:
            return self._without_tissue(habitat)
        free = replace(self.survey, reserved=None)
        best = free.best(label)
        most = self._exact(free, best, label)
        if best is None or most < self._wanted:
            return self._uncertain(habitat, free, most) or self._too_unlikely(habitat, best, most)
        kept = self.survey.best(label)
        if kept is None or self._exact(self.survey, kept, label) < self._wanted:
            return self._reserved(habitat, best, most)
        return self._crowded(habitat, kept)

    @property
    def _wanted(self) -> float:
        return self.survey.sites.min_probability

    def _without_tissue(self, habitat: Habitat) -> UnreachableHabitat:
        return UnreachableHabitat(
            habitat.label,
            Obstacle.NO_TISSUE,
            "no slab holds any of it: it lies in the tissue that the cuts take away",
            "move the cuts, or choose another angle",
        )

    def _too_unlikely(self, habitat: Habitat, best: BestPlace | None, most: float) -> UnreachableHabitat:
        sites = self.survey.at_the_bench
        disc = self._widest_disc(habitat.label)
        too_small = disc.width_mm < sites.punch_mm
        reason = f"{_disc_words(disc, self._extent_words())}; the punch is {sites.punch_mm:g} mm. "
        if best is None:
            reason += "The middle of no core lies in it"
        else:
            reason += (
                f"The best punch, in {best.core.slab.id}, takes it with probability {most:.2f}; wanted is "
                f"{self._wanted:g}"
            )
        if not too_small:
            reason += f" under a registration error of {sites.within_mm(disc.slab_id):g} mm"
        if self.survey.lattice.certainty is not None:
            reason += ", the certainty of its labels included"
        obstacle = Obstacle.TOO_SMALL if too_small else Obstacle.BELOW_PROBABILITY
        return UnreachableHabitat(habitat.label, obstacle, reason, self._advice(habitat.label))

    def _uncertain(self, habitat: Habitat, survey: HabitatSurvey, most: float) -> UnreachableHabitat | None:
        """Return that only the certainty of the labels keeps punches away, or None where it is not so."""
        if survey.lattice.certainty is None:
            return None
        believing = survey.taking_labels_as_true()
        best = believing.best(habitat.label)
        score = None if best is None else self._score(believing, best, habitat.label)
        if best is None or score is None or score.hit_probability < self._wanted:
            return None
        here = self._score(survey, best, habitat.label)
        reason = (
            f"its labels are too uncertain. If they were right, a punch in {best.core.slab.id} would take it "
            f"with probability {score.hit_probability:.2f}; the labels there are certain to "
            f"{here.certainty or 0.0:.2f}, and no punch takes it with more than {most:.2f}; wanted is "
            f"{self._wanted:g}"
        )
        advice = "surer labels (more or better images, or fewer habitats)"
        helpful = self._tried(habitat.label).helpful
        return UnreachableHabitat(
            habitat.label, Obstacle.UNCERTAIN, reason, "; or ".join((advice, *helpful.values()))
        )

    def _reserved(self, habitat: Habitat, best: BestPlace, most: float) -> UnreachableHabitat:
        sites = self.survey.at_the_bench
        drawn = "the reserved regions" if self.survey.specimen.reserved is not None else ""
        band = f"the reserved outer {sites.reserve_mm:g} mm" if sites.reserve_mm else ""
        kept = " and ".join(part for part in (drawn, band) if part)
        reason = (
            f"{kept} leave no place of probability {self._wanted:g}; without them a punch in "
            f"{best.core.slab.id} would take it with {most:.2f}"
        )
        return UnreachableHabitat(
            habitat.label, Obstacle.RESERVED, reason, f"reserving less; or {self._advice(habitat.label)}"
        )

    def _crowded(self, habitat: Habitat, best: BestPlace) -> UnreachableHabitat:
        sites = self.survey.at_the_bench
        distance_mm = self.rooms[best.core.slab.id].distance_mm(best.place) * self.survey.scale.within
        most = self._exact(self.survey, best, habitat.label)
        if sites.replicates > 1:
            reason = (
                f"{sites.replicates} punches side by side, {sites.punch_mm + sites.apart_mm:g} mm apart, "
                f"find no room in it; one alone in {best.core.slab.id} would take it with {most:.2f}"
            )
            advice = f"fewer than {sites.replicates} replicates; a smaller punch might (not tried)"
        else:
            reason = (
                f"its best place, in {best.core.slab.id} with probability {most:.2f}, is {distance_mm:.1f} "
                f"mm from another punch; expected are {sites.punch_mm + sites.apart_mm:g} mm"
            )
            advice = f"fewer places for other habitats, or less than {sites.apart_mm:g} mm between punches"
        return UnreachableHabitat(habitat.label, Obstacle.CROWDED, reason, advice)

    def _advice(self, label: int) -> str:
        """Return the changes that make the habitat reachable, or the best that was tried and other ways."""
        helpful, most, nearest = self._tried(label)
        if helpful:
            return "; or ".join(helpful.values())
        tried = f"; the best that was tried, {nearest}, reaches {most:.2f}" if nearest else ""
        return f"nothing that was tried; another cutting angle might{tried}"

    def _tried(self, label: int) -> Tried:
        """Return what trying changes gave."""
        helpful: dict[str, str] = {}
        most, nearest = 0.0, ""
        for trial in self._trials():
            if trial.kind in helpful:
                continue
            best = trial.survey.best(label)
            reached = self._exact(trial.survey, best, label)
            if best is not None and reached >= self._wanted:
                helpful[trial.kind] = f"{trial.words} ({reached:.2f} in {best.core.slab.id})"
            elif reached > most:
                most, nearest = reached, trial.words
        return Tried(helpful, most, nearest)

    def _trials(self) -> Iterator[Trial]:
        """Give the changes to try, the mildest of each kind first."""
        sites, survey = self.survey.at_the_bench, self.survey
        for punch_mm in PUNCHES_MM:
            if punch_mm < sites.punch_mm:
                thinner = survey.with_sites(_changed(sites, punch_mm=punch_mm))
                yield Trial("punch", f"a punch of {punch_mm:g} mm", thinner)
        yield from self._shallower()
        if sites.reserve_mm > 0:
            yield self._with_less_reserved(sites.reserve_mm / 2)
        thickest_mm = max(slab.thickness_mm for slab in survey.slabs) * survey.scale.across
        halves = tuple(half for slab in survey.slabs for half in _halves(slab))
        yield Trial("slabs", f"slabs of {thickest_mm / 2:.1f} mm", replace(survey, slabs=halves))
        for sigma_mm in SIGMAS_MM:
            if sigma_mm < max(sites.sigma_mm, sites.across_mm):
                surer = _changed(sites, sigma_mm=sigma_mm, sigma_across_mm=None, sigma_by_slab_mm={})
                words = f"a registration error of {sigma_mm:g} mm"
                yield Trial("sigma", words, survey.with_sites(surer))

    def _shallower(self) -> Iterator[Trial]:
        """Give punches into one face: as deep as was asked for, and less deep."""
        sites = self.survey.at_the_bench
        is_through = sites.depth is PunchDepth.THROUGH
        asked = [sites.face_depth_mm] if is_through else []
        for depth_mm in (*asked, *(depth for depth in FACE_DEPTHS_MM if depth < sites.face_depth_mm)):
            changed = _changed(sites, depth=PunchDepth.FACE, face_depth_mm=depth_mm)
            yield Trial(
                "depth", f"a punch {depth_mm:g} mm deep into one face", self.survey.with_sites(changed)
            )

    def _with_less_reserved(self, reserve_mm: float) -> Trial:
        survey = self.survey.with_sites(_changed(self.survey.at_the_bench, reserve_mm=reserve_mm))
        reserved = reserved_tissue(survey.specimen, survey.frame, survey.sites, survey.lattice.labels.grid)
        words = f"a band of {reserve_mm:g} mm reserved below the surface"
        return Trial("reserve", words, replace(survey, reserved=reserved))

    def _exact(self, survey: HabitatSurvey, best: BestPlace | None, label: int) -> float:
        """Return the hit probability of a place by the original voxels; 0 where there is none."""
        return 0.0 if best is None else self._score(survey, best, label).hit_probability

    def _score(self, survey: HabitatSurvey, best: BestPlace, label: int) -> PunchScore:
        lookup = self.bench.labels
        if survey.lattice.certainty is None:
            lookup = lookup.taking_labels_as_true()
        return PunchScorer(lookup, survey.sites).score(best.core, best.place.y_mm, best.place.z_mm, label)

    def _widest_disc(self, label: int) -> InscribedDisc:
        from scipy import ndimage

        lattice, cores = self.survey.lattice.taking_labels_as_true(), self.survey.cores()
        step_mm = lattice.step_mm
        widest = InscribedDisc(0.0, cores[0].slab.id)
        for core, section in zip(cores, weighted_sections(lattice, label, cores, 0.0), strict=True):
            whole = np.pad(section > 1 - 1e-4, 1)
            radius_mm = float(ndimage.distance_transform_edt(whole, sampling=step_mm).max()) - step_mm / 2
            width_mm = 2 * radius_mm * self.survey.scale.within
            if width_mm > widest.width_mm:
                widest = InscribedDisc(width_mm, core.slab.id)
        return widest

    def _extent_words(self) -> str:
        sites = self.survey.at_the_bench
        if sites.depth is PunchDepth.THROUGH:
            return "through the slab"
        return f"over {sites.face_depth_mm:g} mm below a face"


def _changed(sites: SiteParameters, **values: Any) -> SiteParameters:
    return sites.model_copy(update=values)


def _halves(slab: Slab) -> Iterator[Slab]:
    yield Slab(slab.index, slab.x_lower_mm, slab.x_mid_mm)
    yield Slab(slab.index, slab.x_mid_mm, slab.x_upper_mm)


def _disc_words(disc: InscribedDisc, extent: str) -> str:
    if disc.width_mm <= 0:
        return f"no line along the punch stays inside it {extent}"
    return f"the largest disc that stays inside it {extent} is {disc.width_mm:.1f} mm wide, in {disc.slab_id}"
