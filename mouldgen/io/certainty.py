"""How sure the labels of habitats are: a map of values from 0 to 1, on any grid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.images import CertaintyVolume, LabelVolume
from mouldgen.io.stored_volume import StoredVolume

__all__ = ["read_certainty"]

UNSURE_SHARE = 0.01
"""More voxels than this without any certainty is a warning."""

_ROUNDING = 1e-5
_SAME_PLACE_VOX = 0.01
_TIE_VOX = 1e-6


class _Sampled(NamedTuple):
    """Values at the voxels of habitats, and how these lie in the map's grid."""

    values: npt.NDArray[np.float32]
    outside_vox: int
    farthest_vox: float


def read_certainty(volume: StoredVolume, labels: LabelVolume) -> tuple[CertaintyVolume, tuple[Finding, ...]]:
    """Return how sure each voxel of the habitats is, on their grid.

    Parameters
    ----------
    volume
        As read: each voxel of a habitat takes the value of the voxel that its centre lies in; nothing is
        interpolated, so that no background is mixed in.
    labels
        Of the habitats.

    Raises
    ------
    InputError
        If values are not from 0 to 1, or the map does not cover the habitats.
    """
    _check_range(volume)
    sampled, present = _sampled(volume, labels), int(np.count_nonzero(labels.voxels))
    if sampled.outside_vox:
        message = (
            f"the certainty of {volume.name} does not cover the habitats: {sampled.outside_vox} of their "
            f"{present} voxels ({100 * sampled.outside_vox / present:.2g} %) lie outside it. Give the map "
            "that belongs to these habitats, in the same patient coordinates"
        )
        raise InputError(message)
    missing = _missing(volume, sampled, labels)
    if missing:
        or_zero = " or 0, which this format does not tell apart," if volume.lost_not_finite else ""
        message = (
            f"the certainty of {volume.name} is NaN{or_zero} in {missing} of {present} voxels of habitats; "
            "expected numbers from 0 to 1. Give the map that belongs to these habitats, with 0 instead of NaN"
        )
        raise InputError(message)
    certainty = CertaintyVolume(np.clip(sampled.values, 0.0, 1.0), labels.grid)
    return certainty, tuple(_judged(sampled, labels))


def _missing(volume: StoredVolume, sampled: _Sampled, labels: LabelVolume) -> int:
    """Return how many voxels of habitats have no value; where the file's NaN were read as 0, 0 is none."""
    values = sampled.values[labels.voxels > 0]
    return int(np.count_nonzero(values == 0 if volume.lost_not_finite else np.isnan(values)))


def _check_range(volume: StoredVolume) -> None:
    low = float(np.fmin.reduce(volume.voxels, axis=None))
    high = float(np.fmax.reduce(volume.voxels, axis=None))
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        wrong = low if low < -_ROUNDING else high
        message = (
            f"the certainty of {volume.name} holds {wrong:g}, and values from {low:g} to {high:g} in all; "
            "expected 0 (by chance) to 1 (certain). Divide a map in percent by 100, or give a map of "
            "posterior probabilities or vote shares"
        )
        raise InputError(message)


def _sampled(volume: StoredVolume, labels: LabelVolume) -> _Sampled:
    index_from_index = np.linalg.inv(volume.grid.point_from_index) @ labels.grid.point_from_index
    values = np.zeros(labels.grid.shape, np.float32)
    last = np.array(volume.grid.shape)[:, None] - 1
    outside, farthest = 0, 0.0
    for i, layer in enumerate(labels.voxels):  # layer by layer, to save memory
        j, k = np.nonzero(layer)
        position = index_from_index[:3] @ np.vstack([np.full(len(j), i), j, k, np.ones(len(j))])
        place = np.floor(position + (0.5 + _TIE_VOX)).astype(np.int64)
        farthest = max(farthest, float(np.abs(position - place).max(initial=0.0)))
        within = ((place >= 0) & (place <= last)).all(axis=0)
        outside += int(np.count_nonzero(~within))
        values[i, j[within], k[within]] = volume.voxels[tuple(place[:, within])]
    return _Sampled(values, outside, farthest)


def _judged(sampled: _Sampled, labels: LabelVolume) -> Iterator[Finding]:
    """Yield whether the map had another grid, and whether it knows nothing of much of the habitats."""
    if sampled.farthest_vox > _SAME_PLACE_VOX:
        yield Finding.info(
            "certainty_resampled",
            "the map has another grid than the habitats; every voxel of a habitat takes the certainty of the "
            "voxel that its centre lies in",
        )
    inside = labels.voxels > 0
    unsure = float((sampled.values[inside] <= 0).mean())
    if unsure > UNSURE_SHARE:
        yield Finding.warning(
            "certainty_zero",
            f"{100 * unsure:.1f} % of the habitats' voxels have a certainty of 0, so that no punch counts "
            "them; check that it is the map of these habitats",
        )
