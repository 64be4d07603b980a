"""How well habitats can be sampled at a cutting angle, estimated on a coarse lattice in some milliseconds.

A punch through a slab is round, so that its chances depend on the cut normal alone, not on the base side.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mouldgen.errors import MouldgenError
from mouldgen.frames import FloatArray, Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.orientation import lying_rotation
from mouldgen.params import DesignParameters, SiteParameters
from mouldgen.poses.figures import HabitatReach
from mouldgen.resampling import resample
from mouldgen.sampling.bench_scale import BenchScale
from mouldgen.sampling.probability_map import HabitatLattice, probability_maps
from mouldgen.sampling.punch_cores import punch_cores
from mouldgen.slicing import plan_cuts
from mouldgen.specimen import HabitatMap, Specimen

__all__ = ["HabitatEstimator"]

_MOST_CELLS = 60_000
_FINEST_MM = 1.0

Normal = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class HabitatEstimator:
    """The habitats of a specimen, and what they are sampled with.

    Parameters
    ----------
    tissue
        The specimen.
    habitats
        Its habitats. Their certainty does not count here, nor does reserved tissue.
    parameters
        Cuts and scale.
    sites
        Punch and errors at imaging size.
    """

    tissue: LabelVolume
    habitats: HabitatMap
    parameters: DesignParameters
    sites: SiteParameters
    _known: dict[Normal, HabitatReach] = field(default_factory=dict)

    @classmethod
    def of(cls, specimen: Specimen, parameters: DesignParameters) -> HabitatEstimator | None:
        """Return the estimator of a specimen; None where it has no habitats."""
        if specimen.habitats is None:
            return None
        sites = BenchScale(*parameters.fit.scale).sites_at_imaging_size(parameters.sites)
        return cls(specimen.tissue, specimen.habitats, parameters, sites)

    def reach(self, normal_lps: Normal) -> HabitatReach:
        """Return how many habitats a punch can take, and how surely, at a cut normal.

        The mean is that of the surest place of every habitat that can be taken.
        """
        if normal_lps not in self._known:
            self._known[normal_lps] = self._estimated(np.array(normal_lps))
        return self._known[normal_lps]

    def _estimated(self, normal_lps: FloatArray) -> HabitatReach:
        rotation = lying_rotation(normal_lps, 0.0)
        low, high = self.tissue.extent_along(rotation)
        centred = Rigid.from_parts(rotation, -(low + high) / 2)
        surest = self._surest(centred, (high - low) / 2)
        taken = [value for value in surest if value >= self.sites.min_probability]
        return HabitatReach(
            reachable=len(taken),
            all=len(surest),
            worst_hit=min(surest) if len(taken) == len(surest) else 0.0,
            mean_hit=float(np.mean(taken)) if taken else 0.0,
        )

    def _surest(self, centred: Rigid, half_mm: FloatArray) -> list[float]:
        """Return the hit probability of every habitat's surest place."""
        cuts = self.parameters.cuts
        try:
            plan = plan_cuts(
                -float(half_mm[0]),
                float(half_mm[0]),
                slab_mm=cuts.slab_mm,
                kerf_mm=cuts.kerf_mm,
                positions_mm=cuts.positions_mm,
            )
        except MouldgenError:  # why it cannot be cut so is said where the pose is built
            return [0.0] * len(self.habitats.habitats)
        cores = [core for slab in plan.slabs for core in punch_cores(slab, self.sites)]
        lattice = self._lattice(centred, half_mm)
        return [
            max(
                (
                    float(found.probability.max())
                    for found in probability_maps(
                        lattice, habitat.label, cores, self.sites, least=0.0, ranked=False
                    )
                ),
                default=0.0,
            )
            for habitat in self.habitats.habitats
        ]

    def _lattice(self, centred: Rigid, half_mm: FloatArray) -> HabitatLattice:
        step = max(_FINEST_MM, float(np.cbrt(np.prod(2 * half_mm) / _MOST_CELLS)))
        reach_vox = np.ceil(half_mm / step).astype(int)
        shape, origin = 2 * reach_vox + 1, -reach_vox * step
        grid = VoxelGrid.axis_aligned(shape.tolist(), [step] * 3, origin.tolist())
        volume = self.habitats.volume
        voxels = resample(volume.voxels, volume.grid.moved(centred), grid, nearest=True)
        return HabitatLattice(LabelVolume(voxels, grid))
