"""The part of the mould's y-z plane that every panel of a case shows, and its scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid

__all__ = ["PanelWindow", "plan_window"]

SMALLEST_WIDTH_PX = 470
_LARGEST_PX = (620, 660)
_PIXEL_SIZES_MM = (0.01, 0.0125, 0.016, 0.02, 0.025, 0.032, 0.04, 0.05, 0.064, 0.08)
_MARGIN_SHARE = 0.02


@dataclass(frozen=True)
class PanelWindow:
    """A window on the plane, seen from the +X end: y to the right, z up.

    Parameters
    ----------
    y_low_mm, z_high_mm
        Its left and its upper edge.
    px_mm
        Edge of a pixel.
    width_px, height_px
        Its size.
    """

    y_low_mm: float
    z_high_mm: float
    px_mm: float
    width_px: int
    height_px: int

    def to_px(self, points: npt.ArrayLike) -> FloatArray:
        """Map [y, z] of shape (..., 2) to [column, row]; pixel n reaches from n to n + 1."""
        y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        return np.stack([y - self.y_low_mm, self.z_high_mm - z], axis=-1) / self.px_mm

    def column_y_mm(self, columns: npt.ArrayLike) -> FloatArray:
        """Return y in the middle of pixel columns."""
        return self.y_low_mm + (np.asarray(columns) + 0.5) * self.px_mm

    def row_z_mm(self, rows: npt.ArrayLike) -> FloatArray:
        """Return z in the middle of pixel rows."""
        return self.z_high_mm - (np.asarray(rows) + 0.5) * self.px_mm


def plan_window(grid: VoxelGrid) -> PanelWindow:
    """Return the window around a lattice in the mould frame, at a round pixel size.

    Parameters
    ----------
    grid
        Covers the specimen in the mould frame; its axes run along x, y and z.
    """
    ends = grid.to_points(np.array([np.zeros(3), grid.shape]) - 0.5)
    margin_mm = _MARGIN_SHARE * float(np.ptp(ends, axis=0).max())
    low, high = ends[0] - margin_mm, ends[1] + margin_mm
    size_mm = (high - low)[1:]
    px_mm = _pixel_size_mm(size_mm)
    width, height = np.ceil(size_mm / px_mm).astype(int)
    width = max(int(width), SMALLEST_WIDTH_PX)
    middle_y = float(low[1] + high[1]) / 2
    return PanelWindow(middle_y - width * px_mm / 2, float(high[2]), px_mm, width, int(height))


def _pixel_size_mm(size_mm: FloatArray) -> float:
    """Return the smallest round pixel size at which the window is not too large for a page."""
    needed = float((size_mm / _LARGEST_PX).max())
    decade = 10.0 ** np.floor(np.log10(needed / _PIXEL_SIZES_MM[0]))
    sizes = [round(float(size * decade), 6) for size in (*_PIXEL_SIZES_MM, 10 * _PIXEL_SIZES_MM[0])]
    return next(size for size in sizes if size >= needed * (1 - 1e-9))
