"""The floor of the cavity as a map of heights: where things can be let into it, or lead into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array
from mouldgen.surface import DistanceField

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["CavityFloor"]


@dataclass(frozen=True, eq=False)
class CavityFloor:
    """Heights of the cavity's floor over a lattice of columns.

    Parameters
    ----------
    x_mm, y_mm
        Shape (I,) and (J,): the columns.
    height_mm
        Shape (I, J): lowest open height of every column, infinite where the cavity has none.
    """

    x_mm: FloatArray
    y_mm: FloatArray
    height_mm: FloatArray

    def __post_init__(self) -> None:
        for name in ("x_mm", "y_mm", "height_mm"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))

    @classmethod
    def of(cls, cavity: DistanceField, level_mm: float) -> CavityFloor:
        """Return the floor of the cavity that a swept distance has at a level."""
        x, y, z = (
            cavity.grid.origin_mm[a] + np.arange(cavity.grid.shape[a]) * cavity.grid.spacing_mm[a]
            for a in range(3)
        )
        row = np.full(cavity.grid.shape[:2], -1)
        for k in range(cavity.grid.shape[2] - 1, -1, -1):  # planes, as they lie in memory
            np.copyto(row, k, where=cavity.values_mm[:, :, k] < level_mm)
        is_open, row, below = row >= 0, np.maximum(row, 0), np.maximum(row - 1, 0)
        at, under = (
            np.take_along_axis(cavity.values_mm, rows[..., None], axis=2)[..., 0].astype(np.float64)
            for rows in (row, below)
        )
        drop = np.maximum(under - at, 1e-6)
        share = np.clip((level_mm - at) / drop, 0.0, 1.0)
        height = z[row] - share * cavity.grid.spacing_mm[2]
        return cls(x, y, np.where(is_open, height, np.inf))

    def range_within(self, outline: BaseGeometry) -> tuple[float, float] | None:
        """Return the lowest and the highest floor within an outline; None where there is no cavity."""
        heights = self.height_mm[self._columns_in(outline)]
        heights = heights[np.isfinite(heights)]
        return (float(heights.min()), float(heights.max())) if heights.size else None

    def lowest_in(self, outline: BaseGeometry) -> tuple[float, float] | None:
        """Return the lowest place (x, y) within an outline; of several the one nearest to its middle."""
        rows, columns = np.nonzero(self._columns_in(outline) & np.isfinite(self.height_mm))
        if not rows.size:
            return None
        x, y = self.x_mm[rows], self.y_mm[columns]
        middle = outline.centroid
        heights = self.height_mm[rows, columns]
        shallow = np.flatnonzero(heights <= heights.min() + 0.05)
        away = (x[shallow] - middle.x) ** 2 + (y[shallow] - middle.y) ** 2
        best = shallow[int(np.argmin(np.round(away, 6)))]
        return float(x[best]), float(y[best])

    def _columns_in(self, outline: BaseGeometry) -> npt.NDArray[np.bool_]:
        from shapely import contains_xy, prepare

        prepare(outline)
        x, y = np.meshgrid(self.x_mm, self.y_mm, indexing="ij")
        return np.asarray(contains_xy(outline, x, y), bool)
