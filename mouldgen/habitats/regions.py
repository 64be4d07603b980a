"""Habitats as regions: neighbours agree, and every connected part can be sampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array
from mouldgen.habitats.channels import TumourVoxels
from mouldgen.habitats.parts import Merge, connected_parts, merge_small_parts
from mouldgen.habitats.smoothing import smoothed_posterior

__all__ = ["Regions", "form_regions"]


@dataclass(frozen=True, eq=False)
class Regions:
    """Which habitat every voxel belongs to, from 0, and what was merged.

    Parameters
    ----------
    labels
        Shape (N,).
    posterior
        Shape (N, K): probability of every habitat, given the voxel and its neighbours. Merging does not
        change it.
    merges
        Parts that were too small and went to another habitat.
    small_parts
        Sizes, in voxels, of parts that are too small and stay: no other habitat touches them.
    """

    labels: npt.NDArray[np.int64]
    posterior: FloatArray
    merges: tuple[Merge, ...] = ()
    small_parts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", frozen_array(self.labels, np.int64))
        object.__setattr__(self, "posterior", frozen_array(self.posterior, np.float64))


def form_regions(
    log_densities: FloatArray, tumour: TumourVoxels, smoothing_mm: float, min_region_mm3: float
) -> Regions:
    """Return the regions of habitats whose evidence is given for every voxel.

    Parameters
    ----------
    log_densities
        Shape (N, K).
    smoothing_mm
        Reach over which neighbours pull a voxel into their habitat.
    min_region_mm3
        Connected parts that are smaller go to the best habitat that touches them.
    """
    posterior = smoothed_posterior(log_densities, tumour, smoothing_mm)
    least = min_region_mm3 / tumour.grid.voxel_mm3 * (1.0 - 1e-9)
    labels, merges = merge_small_parts(posterior.argmax(axis=1), posterior, tumour, least)
    sizes = np.bincount(connected_parts(labels, tumour))
    return Regions(labels, posterior, merges, tuple(sorted(int(size) for size in sizes if size < least)))
