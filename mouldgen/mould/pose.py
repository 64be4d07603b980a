"""The search for the base side that leaves the least void."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray, Rigid
from mouldgen.mould.cavity import RimRules, choose_rim, sweep_upward
from mouldgen.orientation import lying_rotation
from mouldgen.surface import DistanceField, resample_distance

__all__ = ["search_base"]

STEP_DEG = 15
COARSE_CELLS = 32
QUARTER_TURN_BONUS = 2.0
RIM_WEIGHT = 20.0
"""A rim that is lower by a twentieth of the specimen's height costs as much as one percent of void."""


def search_base(field: DistanceField, normal_lps: FloatArray, rules: RimRules) -> float:
    """Return the base angle in degrees, out of 24, that holds the specimen best.

    Best is the least void below the rim that `choose_rim` takes, with a price on a lowered rim; a
    quarter turn from the reference side is preferred where it costs less than two percent.

    Parameters
    ----------
    field
        On the labels' lattice, in LPS.
    normal_lps
        Cut normal.
    rules
        How the rim is chosen.
    """
    extent = np.ptp(field.shell_points, axis=0).max()
    spacing = max(float(extent) / COARSE_CELLS, 0.5)
    upright = Rigid.from_parts(lying_rotation(normal_lps, 0.0), np.zeros(3))
    coarse = resample_distance(field, upright, spacing_mm=spacing, pad_mm=spacing)
    scores = {
        angle: _price(coarse, angle, spacing, rules) + (QUARTER_TURN_BONUS if angle % 90 else 0.0)
        for angle in range(0, 360, STEP_DEG)
    }
    # rounded, so that the same shape read from another lattice order takes the same side
    return float(min(scores, key=lambda angle: (round(scores[angle], 2), angle)))


def _price(coarse: DistanceField, angle_deg: float, spacing_mm: float, rules: RimRules) -> float:
    angle = np.radians(angle_deg)
    z_axis = np.array([0.0, -np.sin(angle), np.cos(angle)])
    rotation = np.array([[1.0, 0.0, 0.0], np.cross(z_axis, [1.0, 0.0, 0.0]), z_axis])
    turned = resample_distance(
        coarse, Rigid.from_parts(rotation, np.zeros(3)), spacing_mm=spacing_mm, pad_mm=spacing_mm
    )
    rim = choose_rim(turned, sweep_upward(turned), 0.0, rules)
    return rim.void_percent + RIM_WEIGHT * (rules.rim_share - rim.share)
