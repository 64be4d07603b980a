"""How surely a punch takes its habitat, from the original voxels.

A punch core is a cylinder along X of the mould. The registration error moves it by e, a Gaussian with
one standard deviation along X and another along Y and Z. Its **hit probability** is the expectation,
over e, of the share of the moved core that is the habitat; its **purity** is that share without an
error. What meets no tissue counts as missed. Where the certainty of labels is known, a point that has the
habitat's label counts, in the hit probability, as much as its label is certain; the purity takes labels as
true. The three-dimensional integral over where a point of the core may lie is taken with points of low
discrepancy (the additive sequence of Roberts 2018, after the plastic number), each looked up in the voxel
that it lies in: deterministic, and within 0.003.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array
from mouldgen.images import CertaintyVolume, LabelArray, LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.sampling.punch_cores import PunchCore
from mouldgen.sampling.registration_error import radius_quantiles, x_quantiles

__all__ = ["PunchScore", "PunchScorer", "VoxelLookup", "core_points"]

VoxelNumbers = npt.NDArray[np.int64]
"""Of voxels of a lookup."""

POINTS = 16384
_PLASTIC = 1.3247179572447460


class PunchScore(NamedTuple):
    """What is expected of one punch.

    Parameters
    ----------
    purity, hit_probability
        From 0 to 1.
    certainty
        Mean certainty of the labels where the core, not moved, is the habitat; None if unknown.
    """

    purity: float
    hit_probability: float
    certainty: float | None = None


@lru_cache(maxsize=64)
def core_points(length_mm: float, punch_mm: float, across_mm: float, within_mm: float) -> FloatArray:
    """Return points that stand for a core under an error, relative to its middle.

    Parameters
    ----------
    length_mm, punch_mm
        The cylinder.
    across_mm, within_mm
        Standard deviations of the error along X, and along Y and Z; 0 for the core itself.

    Returns
    -------
    FloatArray
        Shape (POINTS, 3), mould axes, mm; read-only.
    """
    number = np.arange(POINTS)
    x = x_quantiles((number + 0.5) / POINTS, length_mm, across_mm)
    radius = radius_quantiles((number / _PLASTIC + 0.5) % 1.0, punch_mm, within_mm)
    angle = 2 * np.pi * ((number / _PLASTIC**2 + 0.5) % 1.0)
    return frozen_array(np.column_stack([x, radius * np.cos(angle), radius * np.sin(angle)]))


class VoxelLookup:
    """Finds the labels at points of the mould frame, 0 outside the volume.

    Parameters
    ----------
    volume
        Labels on their own grid, in LPS.
    frame
        The mould frame.
    certainty
        Of the labels, on the same grid; None if unknown.
    """

    def __init__(
        self, volume: LabelVolume, frame: MouldFrame, certainty: CertaintyVolume | None = None
    ) -> None:
        padded = np.pad(volume.voxels, 1)
        index_from_mould = np.linalg.inv(volume.grid.point_from_index) @ frame.patient_from_mould.matrix
        self._labels = padded.ravel()
        self._certainty = None if certainty is None else np.pad(certainty.voxels, 1).ravel()
        self._last = np.array(padded.shape)[:, None] - 1
        self._strides = np.array([padded.shape[1] * padded.shape[2], padded.shape[2], 1])
        self._axes = index_from_mould[:3, :3]
        # half a voxel because a voxel's centre is its whole number, one for the padding
        self._start = index_from_mould[:3, 3] + 1.5

    def offsets(self, points_mould: npt.ArrayLike) -> FloatArray:
        """Return relative points (N, 3) as steps of the volume's indices, shape (3, N)."""
        return np.ascontiguousarray(self._axes @ np.asarray(points_mould, np.float64).T)

    def voxels_around(self, middle_mould: npt.ArrayLike, offsets: FloatArray) -> VoxelNumbers:
        """Return which voxels points around a middle lie in; offsets as from `offsets`."""
        middle = self._axes @ np.asarray(middle_mould, np.float64) + self._start
        index = np.floor(offsets + middle[:, None]).astype(np.int64)
        np.clip(index, 0, self._last, out=index)
        return np.asarray(self._strides @ index)

    def labels_of(self, voxels: VoxelNumbers) -> LabelArray:
        """Return the labels of voxels."""
        return np.asarray(self._labels[voxels])

    def certainties_of(self, voxels: VoxelNumbers) -> npt.NDArray[np.float32] | None:
        """Return the certainties of voxels, None if unknown."""
        return None if self._certainty is None else np.asarray(self._certainty[voxels])

    def around(self, middle_mould: npt.ArrayLike, offsets: FloatArray) -> LabelArray:
        """Return the labels at points around a middle; offsets as from `offsets`."""
        return self.labels_of(self.voxels_around(middle_mould, offsets))

    def at(self, points_mould: npt.ArrayLike) -> LabelArray:
        """Return the labels at points of shape (N, 3)."""
        return self.around(np.zeros(3), self.offsets(points_mould))

    def taking_labels_as_true(self) -> VoxelLookup:
        """Return the same lookup without certainty."""
        other = copy(self)
        other._certainty = None  # noqa: SLF001
        return other


@dataclass(frozen=True)
class PunchScorer:
    """Scores punches on one specimen.

    Parameters
    ----------
    lookup
        Of its habitats, or of its tissue.
    sites
        Punch and errors.
    known
        Points of cores that were scored before.
    """

    lookup: VoxelLookup
    sites: SiteParameters
    known: dict[tuple[float, float, float], FloatArray] = field(default_factory=dict)

    def score(self, core: PunchCore, y_mm: float, z_mm: float, label: int | None) -> PunchScore:
        """Return purity and hit probability of a punch at y and z.

        Parameters
        ----------
        core
            What the punch takes.
        y_mm, z_mm
            Its axis, mould frame.
        label
            The habitat; None for anything that is not background.
        """
        middle = (core.x_mid_mm, y_mm, z_mm)
        error_mm = (self.sites.across_mm, self.sites.within_mm(core.slab.id))
        still = self._hits(middle, self._offsets(core.length_mm, 0.0, 0.0), label)
        moved = self._hits(middle, self._offsets(core.length_mm, *error_mm), label)
        certainty = self.lookup.certainties_of(still)
        mean = float(certainty.mean(dtype=np.float64)) if certainty is not None and certainty.size else None
        return PunchScore(still.size / POINTS, self._expected_hits(moved) / POINTS, mean)

    def _hits(
        self, middle: tuple[float, float, float], offsets: FloatArray, label: int | None
    ) -> VoxelNumbers:
        """Return the voxels of those points that have a label."""
        voxels = self.lookup.voxels_around(middle, offsets)
        labels = self.lookup.labels_of(voxels)
        return voxels[labels > 0 if label is None else labels == label]

    def _expected_hits(self, hits: VoxelNumbers) -> float:
        certainty = self.lookup.certainties_of(hits)
        return hits.size if certainty is None else float(certainty.sum(dtype=np.float64))

    def _offsets(self, length_mm: float, across_mm: float, within_mm: float) -> FloatArray:
        key = (round(length_mm, 6), across_mm, within_mm)
        if key not in self.known:
            points = core_points(key[0], self.sites.punch_mm, across_mm, within_mm)
            self.known[key] = self.lookup.offsets(points)
        return self.known[key]
