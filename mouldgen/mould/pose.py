"""The search for the base side that leaves the least void."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray, Rigid
from mouldgen.mould.cavity import choose_rim, sweep_upward
from mouldgen.orientation import lying_rotation
from mouldgen.surface import DistanceField, resample_distance

__all__ = ["search_base"]

STEP_DEG = 15
COARSE_CELLS = 40
QUARTER_TURN_BONUS_PERCENT = 0.5
"""A side that is a quarter turn from the reference side is taken if it costs no more void than this."""


def search_base(field: DistanceField, normal_lps: FloatArray, *, rim_share: float) -> float:
    """Return the base angle in degrees, out of 24, whose sweep leaves the least void below the rim.

    Parameters
    ----------
    field
        On the labels' lattice, in LPS.
    normal_lps
        Cut normal.
    rim_share
        Height of the rim as a share of the specimen's height.
    """
    extent = np.ptp(field.grid.to_points(np.argwhere(field.values_mm < 0)), axis=0).max()
    spacing = max(float(extent) / COARSE_CELLS, 0.5)
    upright = Rigid.from_parts(lying_rotation(normal_lps, 0.0), np.zeros(3))
    coarse = resample_distance(field, upright, spacing_mm=spacing, pad_mm=spacing)
    scores = {
        angle: _void_percent(coarse, angle, spacing, rim_share)
        + (QUARTER_TURN_BONUS_PERCENT if angle % 90 else 0.0)
        for angle in range(0, 360, STEP_DEG)
    }
    # rounded, so that the same shape read from another lattice order takes the same side
    return float(min(scores, key=lambda angle: (round(scores[angle], 2), angle)))


def _void_percent(coarse: DistanceField, angle_deg: float, spacing_mm: float, rim_share: float) -> float:
    x_axis = np.array([1.0, 0.0, 0.0])
    angle = np.radians(angle_deg)
    z_axis = np.array([0.0, -np.sin(angle), np.cos(angle)])
    rotation = np.array([x_axis, np.cross(z_axis, x_axis), z_axis])
    turned = resample_distance(
        coarse, Rigid.from_parts(rotation, np.zeros(3)), spacing_mm=spacing_mm, pad_mm=spacing_mm
    )
    rim = choose_rim(
        turned,
        sweep_upward(turned),
        level_mm=0.0,
        rim_share=rim_share,
        lowest_share=0.0,
        void_limit_percent=np.inf,
    )
    return rim.void_percent
