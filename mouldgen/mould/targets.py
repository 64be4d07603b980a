"""Places in the specimen that parts of the mould point at: landmarks and the middles of habitats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mouldgen.frames import FloatArray, Rigid, frozen_array
from mouldgen.images import LabelVolume
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.specimen import Habitat, Specimen

__all__ = ["Target", "Targets", "find_targets"]


@dataclass(frozen=True, eq=False)
class Target:
    """A named place.

    Parameters
    ----------
    name
        What outputs call it.
    key
        Letters and digits that tell it from the others, for file names.
    color
        ``#rrggbb``.
    position_mould
        Shape (3,).
    """

    name: str
    key: str
    color: str
    position_mould: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "position_mould", frozen_array(self.position_mould, np.float64))


@dataclass(frozen=True)
class Targets:
    """All places, at imaging size or at the size of the plastic."""

    landmarks: tuple[Target, ...] = ()
    habitats: tuple[Target, ...] = ()

    def scaled(self, lying: LyingSpecimen, scale: tuple[float, float, float]) -> Targets:
        """Return the places in the plastic, stretched as `LyingSpecimen.scaled` stretches the specimen."""
        factors = np.array(scale)
        shift = np.array([0.0, 0.0, lying.bottom_mm * (1 - factors[2])])

        def moved(targets: tuple[Target, ...]) -> tuple[Target, ...]:
            return tuple(replace(t, position_mould=t.position_mould * factors + shift) for t in targets)

        return Targets(moved(self.landmarks), moved(self.habitats))


def find_targets(specimen: Specimen, mould_from_patient: Rigid, *, habitats: bool) -> Targets:
    """Return where landmarks and, if wanted, the centroids of habitats lie, at imaging size."""
    landmarks = (
        Target(
            landmark.name,
            str(n + 1),
            Habitat.numbered(n + 1, n, None).color,
            mould_from_patient.apply(landmark.position_lps),
        )
        for n, landmark in enumerate(specimen.landmarks)
    )
    found = specimen.habitats.habitats if habitats and specimen.habitats else ()
    middles = (
        Target(
            habitat.name,
            habitat.code,
            habitat.color,
            mould_from_patient.apply(_centroid(specimen.habitats.volume, habitat.label)),
        )
        for habitat in found
        if specimen.habitats and (specimen.habitats.volume.voxels == habitat.label).any()
    )
    return Targets(tuple(landmarks), tuple(middles))


def _centroid(volume: LabelVolume, label: int) -> FloatArray:
    """Return the middle of a label's voxels, LPS mm."""
    inside = volume.voxels == label
    counts = [inside.sum(axis=tuple(b for b in range(3) if b != a)) for a in range(3)]
    index = [float(np.arange(len(count)) @ count / count.sum()) for count in counts]
    return volume.grid.to_points(index)
