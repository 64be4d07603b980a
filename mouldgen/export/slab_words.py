"""Figures of a slab in words, the same on its picture and on the sheet."""

from __future__ import annotations

from math import floor
from typing import Protocol

__all__ = ["chance", "milliliters", "percent", "slice_distance", "slice_number"]

_PARALLEL_DEG = 0.5


class _Nearest(Protocol):
    """The nearest slice of an image, in the map's types or in its document's."""

    @property
    def index(self) -> int: ...

    @property
    def instance_number(self) -> int | None: ...

    @property
    def distance_mm(self) -> float: ...

    @property
    def angle_deg(self) -> float: ...


def milliliters(volume_mm3: float) -> str:
    """Return a volume in mL; what is not nothing never reads as nothing."""
    if volume_mm3 <= 0:
        return "0"
    return "< 0.01" if volume_mm3 < 5 else f"{volume_mm3 / 1000:.2f}"


def percent(volume_mm3: float, tissue_mm3: float) -> str:
    """Return a share of tissue."""
    share = 100 * volume_mm3 / tissue_mm3 if tissue_mm3 > 0 else 0.0
    if share <= 0:
        return "\N{EN DASH}"
    return "< 0.1 %" if share < 0.05 else f"{share:.1f} %"


def chance(probability: float) -> str:
    """Return a probability in percent, rounded down: it is an estimate, and never reads as certain."""
    if probability > 0.99:
        return "> 99 %"
    whole = floor(100 * probability + 1e-9)
    return f"{whole} %" if whole or probability <= 0 else "< 1 %"


def slice_number(nearest: _Nearest) -> str:
    """Return the number of a slice as viewers show it: its instance, where it is DICOM."""
    if nearest.instance_number is None:
        return f"slice {nearest.index}"
    return f"instance {nearest.instance_number}"


def slice_distance(nearest: _Nearest) -> str:
    """Return how far off a slice lies, and how oblique."""
    oblique = nearest.angle_deg > _PARALLEL_DEG
    return f"{nearest.distance_mm:.1f} mm" + (f", {nearest.angle_deg:.0f}° oblique" if oblique else "")
