"""The figures of a pose, and its price."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mouldgen.frames import FloatArray
from mouldgen.mould.layout import STIFF_SLENDERNESS
from mouldgen.params import PoseParameters

__all__ = ["BedUse", "HabitatReach", "Pose", "PoseFigures", "price_of"]

Triple = tuple[float, float, float]


class BedUse(StrEnum):
    """How the base fits the printer's bed."""

    WHOLE = "whole"
    SPLIT = "split"
    TOO_LARGE = "too large"


@dataclass(frozen=True)
class Pose:
    """A way to lay the specimen down.

    Parameters
    ----------
    normal_lps
        Cut normal, from the first slab to the last.
    base_deg
        Angle of the base side about it, from the reference side.
    """

    normal_lps: Triple
    base_deg: float

    @classmethod
    def of(cls, normal_lps: FloatArray, base_deg: float) -> Pose:
        """Return a pose rounded to millionths, so that its numbers can be typed."""
        x, y, z = (round(float(part), 6) + 0.0 for part in normal_lps)
        return cls((x, y, z), round(float(base_deg), 6) % 360.0)


@dataclass(frozen=True)
class HabitatReach:
    """What the site planner can do in a pose.

    Parameters
    ----------
    reachable, all
        Habitats with at least one site, and all of them.
    worst_hit
        Of every habitat's surest site, the least hit probability; 0 if a habitat has none.
    mean_hit
        Mean hit probability of all planned sites; in estimates, of the surest place of each.
    """

    reachable: int
    all: int
    worst_hit: float
    mean_hit: float


@dataclass(frozen=True)
class PoseFigures:
    """What a pose gives.

    Parameters
    ----------
    void_percent
        Void below the rim.
    contact_share
        Share of the specimen's surface that lies against plastic.
    rim_mm, rim_share
        Height of the rim above the baseplate, and as a share of the specimen's height.
    slabs
        Their number.
    size_mm
        Of the base.
    bed
        How it fits the printer's bed.
    plastic_ml
        Volume of the base.
    finger_mm
        Thinnest plastic between two slots; 0 without two slots.
    guide_mm
        Height of the guides above the baseplate.
    tilt_deg
        Off the plane that was asked for.
    habitats
        None without habitats.
    """

    void_percent: float
    contact_share: float
    rim_mm: float
    rim_share: float
    slabs: int
    size_mm: Triple
    bed: BedUse
    plastic_ml: float
    finger_mm: float
    guide_mm: float
    tilt_deg: float
    habitats: HabitatReach | None = None


def price_of(figures: PoseFigures, weights: PoseParameters, rim_share_asked: float) -> float:
    """Return the price of a pose, the lower the better: every figure times its weight, added up.

    Parameters
    ----------
    figures
        Of the pose.
    weights
        Section ``poses``.
    rim_share_asked
        Share of the height at which the rim was asked for.
    """
    slenderness = figures.guide_mm / figures.finger_mm if figures.finger_mm else 0.0
    bed = {BedUse.WHOLE: 0.0, BedUse.SPLIT: 1.0, BedUse.TOO_LARGE: 10.0}[figures.bed]
    price = (
        weights.void_weight * figures.void_percent
        + weights.contact_weight * (1.0 - figures.contact_share)
        + weights.rim_weight * max(0.0, rim_share_asked - figures.rim_share)
        + weights.slab_weight * figures.slabs
        + weights.plastic_weight * figures.plastic_ml / 100.0
        + weights.slender_weight * max(0.0, slenderness - STIFF_SLENDERNESS)
        + weights.split_weight * bed
        + weights.tilt_weight * figures.tilt_deg
    )
    reach = figures.habitats
    if reach is not None:
        price += (
            weights.unreachable_weight * (reach.all - reach.reachable)
            + weights.miss_weight * (1.0 - reach.mean_hit)
            + weights.worst_weight * (1.0 - reach.worst_hit)
        )
    return price
