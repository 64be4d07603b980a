"""Where a habitat could be sampled: its maps, what may be chosen of them, and the regions that are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mouldgen.frames import VoxelGrid
from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.sampling.choosing import Candidates, Place, candidates_of
from mouldgen.sampling.contents import Rings
from mouldgen.sampling.probability_map import (
    HabitatLattice,
    ProbabilityMap,
    Window,
    habitat_lattice,
    probability_maps,
)
from mouldgen.sampling.punch_cores import PunchCore, punch_cores
from mouldgen.sampling.reserved import ReservedTissue, reserved_tissue
from mouldgen.sampling.sections import label_section
from mouldgen.slicing import Slab
from mouldgen.specimen import Specimen

__all__ = ["BestPlace", "HabitatPlaces", "HabitatSurvey"]

BoolArray = npt.NDArray[np.bool_]

MAP_TOLERANCE = 0.01
"""What a map may be off by: places this far below the wanted probability are scored, too."""

_LEAST_LEVEL, _MOST_LEVEL = 1e-3, 0.999
_RING_TOLERANCE_STEPS = 0.05


class BestPlace(NamedTuple):
    """The most probable place of a habitat on the map."""

    core: PunchCore
    place: Place
    probability: float


@dataclass(frozen=True, eq=False)
class HabitatPlaces:
    """Where a habitat could be sampled.

    Parameters
    ----------
    label
        The habitat.
    by_slab
        Candidates by slab id.
    regions
        By slab id: rings [y, z] of hit probability.
    """

    label: int
    by_slab: Mapping[str, Candidates]
    regions: Mapping[str, Rings]

    @property
    def count(self) -> int:
        """How many places there are: the fewer, the harder the habitat."""
        return sum(candidates.count for candidates in self.by_slab.values())


@dataclass(frozen=True, eq=False)
class HabitatSurvey:
    """All that decides where habitats could be sampled.

    Parameters
    ----------
    specimen
        With habitats.
    frame
        The mould frame.
    slabs
        In order.
    sites
        Punch, errors, wanted probability, at imaging size.
    lattice
        The habitats in the mould frame.
    reserved
        What no punch may touch.
    at_the_bench
        What a user asked for: `sites` at the size of the bench.
    scale
        Between the two.
    """

    specimen: Specimen
    frame: MouldFrame
    slabs: tuple[Slab, ...]
    sites: SiteParameters
    lattice: HabitatLattice
    reserved: ReservedTissue | None
    at_the_bench: SiteParameters
    scale: BenchScale

    @classmethod
    def of(
        cls,
        specimen: Specimen,
        frame: MouldFrame,
        slabs: tuple[Slab, ...],
        at_the_bench: SiteParameters,
        *,
        around: VoxelGrid,
        scale: BenchScale,
    ) -> HabitatSurvey:
        """Return the survey of a specimen; `around` covers it in the mould frame."""
        sites = scale.sites_at_imaging_size(at_the_bench)
        habitats = specimen.habitats
        volume = habitats.volume if habitats else specimen.tissue
        core_mm = min(core.length_mm for slab in slabs for core in punch_cores(slab, sites))
        lattice = habitat_lattice(
            volume,
            frame,
            around,
            punch_mm=sites.punch_mm,
            core_mm=core_mm,
            certainty=habitats.certainty if habitats else None,
        )
        reserved = reserved_tissue(specimen, frame, sites, lattice.labels.grid)
        return cls(specimen, frame, slabs, sites, lattice, reserved, at_the_bench, scale)

    def with_sites(self, at_the_bench: SiteParameters) -> HabitatSurvey:
        """Return the same survey with another punch or error."""
        sites = self.scale.sites_at_imaging_size(at_the_bench)
        reserved = self.reserved and replace(self.reserved, sites=sites)
        return replace(self, sites=sites, reserved=reserved, at_the_bench=at_the_bench)

    def taking_labels_as_true(self) -> HabitatSurvey:
        """Return the same survey without the certainty of labels."""
        return replace(self, lattice=self.lattice.taking_labels_as_true())

    def places(self, label: int) -> HabitatPlaces:
        """Return the candidates and regions of a habitat."""
        least = max(self.sites.min_probability - MAP_TOLERANCE, 0.0)
        by_slab: dict[str, list[ProbabilityMap]] = {}
        for item in self._maps(label, least):
            by_slab.setdefault(item.core.slab.id, []).append(item)
        candidates, regions = {}, {}
        for slab_id, maps in by_slab.items():
            allowed = [self._allowed(item) & (item.probability >= least) for item in maps]
            candidates[slab_id] = candidates_of(maps, allowed)
            regions[slab_id] = _rings(maps, self.sites.min_probability, self.lattice.step_mm)
        shown = {slab_id: rings for slab_id, rings in regions.items() if rings}
        return HabitatPlaces(label, candidates, shown)

    def best(self, label: int) -> BestPlace | None:
        """Return the most probable place of a habitat, or None where no punch may stand in it."""
        best: BestPlace | None = None
        for item in self._maps(label, 0.0, ranked=False):
            probability = np.where(self._allowed(item), item.probability, -1.0)
            at = np.unravel_index(int(probability.argmax()), probability.shape)
            if probability[at] > (best.probability if best else 0.0):
                y_mm, z_mm = float(item.window.y_mm[at[0]]), float(item.window.z_mm[at[1]])
                best = BestPlace(item.core, Place(y_mm, z_mm), float(probability[at]))
        return best

    def cores(self) -> list[PunchCore]:
        """Return all cores that a punch can take, slab by slab."""
        return [core for slab in self.slabs for core in punch_cores(slab, self.sites)]

    def _maps(self, label: int, least: float, *, ranked: bool = True) -> Iterator[ProbabilityMap]:
        return probability_maps(self.lattice, label, self.cores(), self.sites, least=least, ranked=ranked)

    def _allowed(self, item: ProbabilityMap) -> BoolArray:
        """Return where the middle of a core lies in the habitat, and the core clear of reserved tissue."""
        allowed = self._labels_at(item.core.x_mid_mm, item.window) == item.label
        if self.reserved is not None and allowed.any():
            allowed &= self.reserved.allowed(item.core, item.window)
        return np.asarray(allowed)

    def _labels_at(self, x_mm: float, window: Window) -> npt.NDArray[np.uint16]:
        return label_section(self.specimen, self.frame, x_mm, window.y_mm, window.z_mm)


def _rings(maps: list[ProbabilityMap], level: float, step_mm: float) -> Rings:
    """Return closed rings within which the best core reaches a probability."""
    import shapely
    from skimage.measure import find_contours

    # nothing lies beyond the map, so that rings close
    values = np.pad(np.maximum.reduce([item.probability for item in maps]), 1)
    start = np.array([maps[0].window.y_mm[0], maps[0].window.z_mm[0]])
    rings = find_contours(
        values, float(np.clip(level, _LEAST_LEVEL, _MOST_LEVEL)), positive_orientation="high"
    )
    lines = shapely.simplify([shapely.LineString(ring) for ring in rings], _RING_TOLERANCE_STEPS)
    simplified = (np.asarray(line.coords) for line in lines)
    return tuple((ring - 1) * step_mm + start for ring in simplified if len(ring) > 3)
