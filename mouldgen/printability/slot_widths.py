"""Slots for a blade, found on a mesh: upright gaps with two parallel walls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.printability.samples import SurfaceSamples

__all__ = ["Finger", "FoundSlot", "find_slots", "thinnest_finger"]

_UPRIGHT = 0.05
_SAME_ANGLE_DEG = 2.0
_APART_MM = 0.25
_LEAST_HEIGHT_MM = 5.0
_LEAST_LENGTH_MM = 5.0
_FEWEST_SAMPLES = 12
_PARALLEL_MM = 0.1


@dataclass(frozen=True)
class FoundSlot:
    """A slot of a mesh.

    Parameters
    ----------
    width_mm
        Median of the distances of its walls.
    least_mm, most_mm
        Their range without the extreme tenths.
    middle_mm
        A point in it.
    normal_deg
        Direction across it, about +Z from +X, 0 to 180.
    offset_mm
        Distance of its middle plane from the origin along this direction.
    height_mm, length_mm
        How far it reaches upward and along the blade.
    """

    width_mm: float
    least_mm: float
    most_mm: float
    middle_mm: tuple[float, float, float]
    normal_deg: float
    offset_mm: float
    height_mm: float
    length_mm: float


@dataclass(frozen=True)
class Finger:
    """The plastic between two neighbouring slots.

    Parameters
    ----------
    thickness_mm
        From slot to slot.
    middle_mm
        A point between them.
    """

    thickness_mm: float
    middle_mm: tuple[float, float, float]


def thinnest_finger(slots: tuple[FoundSlot, ...]) -> Finger | None:
    """Return the thinnest plastic between two slots of one direction; None if there are no two."""
    fingers = []
    for one, other in pairwise(slots):
        if abs(one.normal_deg - other.normal_deg) < _SAME_ANGLE_DEG:
            thickness = other.offset_mm - one.offset_mm - (one.width_mm + other.width_mm) / 2
            x, y, z = (float(value) for value in np.mean([one.middle_mm, other.middle_mm], axis=0))
            fingers.append(Finger(thickness, (x, y, z)))
    return min(fingers, key=lambda finger: finger.thickness_mm, default=None)


def find_slots(samples: SurfaceSamples, gaps_mm: FloatArray) -> tuple[FoundSlot, ...]:
    """Return the slots among gaps that were measured from samples, by direction and place."""
    upright = np.isfinite(gaps_mm) & (np.abs(samples.normals[:, 2]) < _UPRIGHT)
    normals, gaps = samples.normals[upright], gaps_mm[upright]
    middles = samples.points_mm[upright] + normals * gaps[:, None] / 2
    angles = np.degrees(np.arctan2(normals[:, 1], normals[:, 0])) % 180
    angles[angles > 180 - _SAME_ANGLE_DEG / 2] -= 180
    found = []
    for group in _runs(angles, _SAME_ANGLE_DEG):
        angle = float(np.median(angles[group]))
        across = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0.0])
        offsets = middles[group] @ across
        for run in _runs(offsets, _APART_MM):
            slot = _slot(middles[group[run]], gaps[group[run]], angle, across)
            if slot is not None:
                found.append(slot)
    return tuple(sorted(found, key=lambda slot: (round(slot.normal_deg), slot.offset_mm)))


def _runs(values: FloatArray, apart: float) -> Iterator[np.ndarray[tuple[int], np.dtype[np.intp]]]:
    """Yield the indices of values that follow each other by less than `apart`."""
    order = np.argsort(values, kind="stable")
    for run in np.split(order, np.flatnonzero(np.diff(values[order]) > apart) + 1):
        if len(run) >= _FEWEST_SAMPLES:
            yield run


def _slot(middles: FloatArray, gaps: FloatArray, angle_deg: float, across: FloatArray) -> FoundSlot | None:
    least, width, most = np.percentile(gaps, [10, 50, 90])
    along = np.array([-across[1], across[0], 0.0])
    height = float(np.ptp(middles[:, 2]))
    length = float(np.ptp(middles @ along))
    if most - least > _PARALLEL_MM or height < _LEAST_HEIGHT_MM or length < _LEAST_LENGTH_MM:
        return None
    x, y, z = (float(value) for value in np.median(middles, axis=0))
    offset = float(np.median(middles @ across))
    return FoundSlot(float(width), float(least), float(most), (x, y, z), angle_deg, offset, height, length)
