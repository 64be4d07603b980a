"""Punches that are settled, before they are named; and what settles them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.sampling.choosing import ALIKE, Place
from mouldgen.sampling.hit_probability import PunchScore, PunchScorer, VoxelLookup
from mouldgen.sampling.punch_cores import PunchCore, punch_cores
from mouldgen.sampling.reserved import ReservedTissue
from mouldgen.slicing import Slab
from mouldgen.specimen import Specimen

__all__ = ["Punch", "PunchBench", "better"]

_FIRM_MM = 1e-3
"""A middle this close to another label is not taken: rounding might move it across."""


@dataclass(frozen=True)
class Punch:
    """A punch at a place of a slab.

    Parameters
    ----------
    core
        What it takes.
    place
        Where its axis stands.
    label
        The habitat that it aims at; None for tissue.
    score
        Its purity and hit probability.
    name
        What a user calls it; empty for one that was planned.
    number, replicate
        Of its place within slab and habitat, and among the punches there, both from 1.
    """

    core: PunchCore
    place: Place
    label: int | None
    score: PunchScore
    name: str = ""
    number: int = 0
    replicate: int = 1

    @property
    def middle_mould(self) -> FloatArray:
        """Shape (3,): middle of the core."""
        return np.array([self.core.x_mid_mm, self.place.y_mm, self.place.z_mm])

    def numbered(self, number: int, replicate: int) -> Punch:
        """Return the same punch with its numbers."""
        return replace(self, number=number, replicate=replicate)


@dataclass(frozen=True)
class PunchBench:
    """All that decides whether a punch may stand at a place, by the original voxels.

    Parameters
    ----------
    labels
        Of the habitats, or of the tissue where there are none.
    tissue
        Of the tissue.
    reserved
        What no punch may touch.
    sites
        Punch and errors.
    scorer, tissue_scorer
        Score punches against either.
    scale
        From the size of all these, that of the images, to the bench.
    """

    labels: VoxelLookup
    tissue: VoxelLookup
    reserved: ReservedTissue | None
    sites: SiteParameters
    scorer: PunchScorer
    tissue_scorer: PunchScorer
    scale: BenchScale

    @classmethod
    def of(
        cls,
        specimen: Specimen,
        frame: MouldFrame,
        sites: SiteParameters,
        reserved: ReservedTissue | None,
        scale: BenchScale,
    ) -> PunchBench:
        """Return the bench of a specimen; `sites` are at imaging size."""
        tissue = VoxelLookup(specimen.tissue, frame)
        habitats = specimen.habitats
        labels = VoxelLookup(habitats.volume, frame, habitats.certainty) if habitats else tissue
        scorers = PunchScorer(labels, sites), PunchScorer(tissue, sites)
        return cls(labels, tissue, reserved, sites, *scorers, scale)

    def scored(self, core: PunchCore, place: Place, label: int | None, name: str = "") -> Punch:
        """Return a punch with its score: in a habitat, or in any tissue where `label` is None."""
        scorer = self.tissue_scorer if label is None else self.scorer
        return Punch(core, place, label, scorer.score(core, place.y_mm, place.z_mm, label), name)

    def settled(self, slab: Slab, place: Place, label: int) -> Punch | None:
        """Return the best punch at a place that may be planned there, or None."""
        cores = [core for core in punch_cores(slab, self.sites) if self._may_stand(core, place, label)]
        punches = [self.scored(core, place, label) for core in cores]
        sure = [punch for punch in punches if punch.score.hit_probability >= self.sites.min_probability]
        return better(sure) if sure else None

    def is_reserved(self, core: PunchCore, place: Place) -> bool:
        """Return whether a core touches reserved tissue."""
        return self.reserved is not None and self.reserved.touches(core, place.y_mm, place.z_mm)

    def _may_stand(self, core: PunchCore, place: Place, label: int) -> bool:
        """Return whether a core's middle lies firmly in a habitat, and the core clear of reserved tissue."""
        middle = np.array([core.x_mid_mm, place.y_mm, place.z_mm])
        around = middle + _FIRM_MM * np.vstack([np.zeros(3), np.eye(3), -np.eye(3)])
        return bool((self.labels.at(around) == label).all()) and not self.is_reserved(core, place)


def better(punches: list[Punch]) -> Punch:
    """Return the most probable punch, the first among those that are about equal."""
    most = max(punch.score.hit_probability for punch in punches)
    return next(punch for punch in punches if punch.score.hit_probability >= most - ALIKE)
