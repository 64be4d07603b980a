"""How a face of a slab lies on the paper: the one place where the lower face is mirrored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mouldgen.export.section_shapes import SectionPlane
from mouldgen.frames import AxisLetters, FloatArray

__all__ = ["FaceView", "SideLetters", "Window"]


@dataclass(frozen=True)
class Window:
    """The part of a slab's plane that is drawn: [y, z] in mm at the bench."""

    y_low_mm: float
    y_high_mm: float
    z_low_mm: float
    z_high_mm: float

    @property
    def width_mm(self) -> float:
        """Along Y."""
        return self.y_high_mm - self.y_low_mm

    @property
    def height_mm(self) -> float:
        """Along Z."""
        return self.z_high_mm - self.z_low_mm

    @classmethod
    def around(cls, rings: Sequence[FloatArray], margin_mm: float) -> Window:
        """Return the window of whole millimetres around rings of [y, z]."""
        points = np.concatenate(rings)
        low = np.floor(points.min(axis=0) - margin_mm)
        high = np.ceil(points.max(axis=0) + margin_mm)
        return cls(float(low[0]), float(high[0]), float(low[1]), float(high[1]))


@dataclass(frozen=True)
class SideLetters:
    """Anatomical letters on the four sides of a drawing, with ``*`` where a direction is oblique."""

    left: str
    right: str
    top: str
    bottom: str

    @classmethod
    def of_face(cls, letters: AxisLetters, plane: SectionPlane) -> SideLetters:
        """Return the letters around a face as the person sees it; the lower face has +Y on the left."""
        low, high = letters.y if plane is not SectionPlane.LOWER else letters.y[::-1]
        return cls(left=low, right=high, top=letters.z[1], bottom=letters.z[0])


@dataclass(frozen=True)
class FaceView:
    """Maps [y, z] of a slab to the page.

    Parameters
    ----------
    window
        What is drawn.
    plane
        Which face. The upper face, and the middle, are seen from the +X end: +Y to the right. The lower face
        is seen from the other end, on the slab turned over: +Y to the left.
    left_mm, top_mm
        Where the upper left corner of the window lies on the page.
    scale
        Paper over bench: 1 but for overviews.
    """

    window: Window
    plane: SectionPlane
    left_mm: float
    top_mm: float
    scale: float = 1.0

    @property
    def is_mirrored(self) -> bool:
        """Whether +Y runs to the left."""
        return self.plane is SectionPlane.LOWER

    @property
    def width_mm(self) -> float:
        """On the page."""
        return self.window.width_mm * self.scale

    @property
    def height_mm(self) -> float:
        """On the page."""
        return self.window.height_mm * self.scale

    @property
    def bottom_mm(self) -> float:
        """Lower edge on the page."""
        return self.top_mm + self.height_mm

    @property
    def right_mm(self) -> float:
        """Right edge on the page."""
        return self.left_mm + self.width_mm

    def to_page(self, points: npt.ArrayLike) -> FloatArray:
        """Map [y, z] of shape (..., 2), mm at the bench, to the page."""
        y, z = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        across = self.window.y_high_mm - y if self.is_mirrored else y - self.window.y_low_mm
        down = self.window.z_high_mm - z
        return np.stack([self.left_mm + self.scale * across, self.top_mm + self.scale * down], axis=-1)

    def shows(self, right_mm: float, above_mm: float) -> bool:
        """Tell whether a point lies in the window."""
        window = self.window
        return (
            window.y_low_mm <= right_mm <= window.y_high_mm
            and window.z_low_mm <= above_mm <= window.z_high_mm
        )

    def rings(self, rings: Sequence[FloatArray]) -> list[FloatArray]:
        """Map rings to the page."""
        return [self.to_page(ring) for ring in rings]

    def moved(self, left_mm: float, top_mm: float) -> FaceView:
        """Return the view at another place of the page."""
        return replace(self, left_mm=left_mm, top_mm=top_mm)
