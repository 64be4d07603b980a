"""Cut normals to try: spread evenly over a cone, or over all directions."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray, unit_vector

__all__ = ["normals_around", "spread_deg"]

_GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))


def normals_around(axis_lps: FloatArray, within_deg: float, count: int) -> FloatArray:
    """Return unit normals within an angle of an axis, the axis itself first; shape (count, 3).

    They lie on a Fibonacci spiral, each in an equal share of the cap (Swinbank and Purser 2006,
    doi:10.1256/qj.05.227). A cut normal and its opposite are the same cuts, numbered from the other end,
    so that all directions are those within 90 degrees of any axis.

    Parameters
    ----------
    axis_lps
        Middle of the cone.
    within_deg
        Half its opening, up to 90.
    count
        Of normals.
    """
    lowest = np.cos(np.radians(within_deg))
    share = np.arange(count) / max(count - 0.5, 1.0)
    height = 1.0 - (1.0 - lowest) * share
    radius = np.sqrt(np.clip(1.0 - height**2, 0.0, None))
    turn = np.arange(count) * _GOLDEN_ANGLE
    across, along = _perpendicular(axis_lps)
    around = np.outer(radius * np.cos(turn), across) + np.outer(radius * np.sin(turn), along)
    return np.asarray(around + np.outer(height, unit_vector(axis_lps)))


def spread_deg(within_deg: float, count: int) -> float:
    """Return the typical angle between neighbours: the side of a square of each one's share."""
    cap = 2.0 * np.pi * (1.0 - np.cos(np.radians(within_deg)))
    return float(np.degrees(np.sqrt(cap / count)))


def _perpendicular(axis: FloatArray) -> tuple[FloatArray, FloatArray]:
    unit = unit_vector(axis)
    other = np.eye(3)[int(np.argmin(np.abs(unit).round(6)))]
    across = unit_vector(np.cross(unit, other))
    return across, np.asarray(np.cross(unit, across))
