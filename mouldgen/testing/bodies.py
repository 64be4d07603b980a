"""Solid bodies whose volumes, whole and cut, follow from formulas.

All points are LPS millimetres of shape (..., 3). A body answers two questions: which points lie in it,
and how much of it lies between two parallel planes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, frozen_array, unit_vector

__all__ = ["Body", "Box", "BumpyEllipsoid", "Ellipsoid", "HalfSpace"]

BoolArray = npt.NDArray[np.bool_]

_QUADRATURE_NODES = 200


class Body(Protocol):
    """Anything that knows which points lie in it."""

    def contains(self, points_lps: FloatArray) -> BoolArray:
        """Return which points of shape (..., 3) lie inside."""
        ...


@dataclass(frozen=True, eq=False)
class HalfSpace:
    """All points with ``normal_lps @ point <= offset_mm``.

    Parameters
    ----------
    normal_lps
        Shape (3,), made a unit vector.
    offset_mm
        Signed distance of the plane from the origin, along the normal.
    """

    normal_lps: FloatArray
    offset_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "normal_lps", frozen_array(unit_vector(self.normal_lps)))

    def contains(self, points_lps: FloatArray) -> BoolArray:
        """Return which points of shape (..., 3) lie inside."""
        return np.asarray(points_lps @ self.normal_lps <= self.offset_mm)


@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid, turned any way.

    Parameters
    ----------
    center_lps
        Shape (3,).
    radii_mm
        Shape (3,): half-axes.
    axes_lps
        Shape (3, 3): column n is the unit vector of half-axis n.
    """

    center_lps: FloatArray
    radii_mm: FloatArray
    axes_lps: FloatArray = field(default_factory=lambda: np.eye(3))

    def __post_init__(self) -> None:
        object.__setattr__(self, "center_lps", frozen_array(self.center_lps, np.float64))
        object.__setattr__(self, "radii_mm", frozen_array(self.radii_mm, np.float64))
        object.__setattr__(self, "axes_lps", frozen_array(self.axes_lps, np.float64))

    def to_ball(self, points_lps: FloatArray) -> FloatArray:
        """Map points of shape (..., 3) by the affine map that makes the ellipsoid the unit ball."""
        return np.asarray((points_lps - self.center_lps) @ self.axes_lps / self.radii_mm)

    def contains(self, points_lps: FloatArray) -> BoolArray:
        """Return which points of shape (..., 3) lie inside."""
        return np.asarray((self.to_ball(points_lps) ** 2).sum(axis=-1) <= 1.0)

    @property
    def volume_mm3(self) -> float:
        """4/3 pi a b c."""
        return float(4 / 3 * np.pi * np.prod(self.radii_mm))

    @property
    def half_size_mm(self) -> FloatArray:
        """Shape (3,): how far it reaches from its centre along L, P and S."""
        return np.asarray(np.linalg.norm(self.axes_lps * self.radii_mm, axis=1))

    def half_width_mm(self, normal_lps: npt.ArrayLike) -> float:
        """Return how far it reaches from its centre along a direction."""
        return float(np.linalg.norm(unit_vector(normal_lps) @ self.axes_lps * self.radii_mm))

    def slab_mm3(
        self,
        normal_lps: npt.ArrayLike,
        lower_mm: float,
        upper_mm: float,
        *,
        within: HalfSpace | None = None,
    ) -> float:
        """Return the volume with ``lower_mm <= normal @ point <= upper_mm``, in `within` if given.

        The affine map to the unit ball keeps planes and ratios of volumes. There the volume below
        height t is ``pi (2 + 3 t - t^3) / 3``; a second plane leaves a circular segment of every
        disc, whose areas are summed by Gauss-Legendre quadrature (relative error below 1e-6).
        """
        across, bounds = self._ball_plane(normal_lps, np.array([lower_mm, upper_mm]))
        low, high = np.clip(bounds, -1.0, 1.0)
        ball_mm3 = float(np.prod(self.radii_mm))
        if within is None:
            return ball_mm3 * float(_ball_below(high) - _ball_below(low))
        side, (offset,) = self._ball_plane(within.normal_lps, np.array([within.offset_mm]))
        return ball_mm3 * _ball_wedge(low, high, float(across @ side), float(offset))

    def _ball_plane(self, normal_lps: npt.ArrayLike, offsets_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return a plane's unit normal and offsets in the frame of the unit ball."""
        normal = unit_vector(normal_lps)
        stretched = normal @ self.axes_lps * self.radii_mm
        length = np.linalg.norm(stretched)
        return stretched / length, (offsets_mm - normal @ self.center_lps) / length


@dataclass(frozen=True, eq=False)
class BumpyEllipsoid:
    """An ellipsoid whose radius swells by ``1 + height g(u)``, with ``g = 3 sqrt(3) ux uy uz``.

    `u` is the direction from the centre after the map to the unit ball, and g runs from -1 to 1: four
    bumps towards the corners of a tetrahedron, four dents between them. Mirroring swaps bumps and dents.

    Parameters
    ----------
    ellipsoid
        The body without bumps.
    height
        Of a bump, as a share of the radius; at most 0.5.
    """

    ellipsoid: Ellipsoid
    height: float

    def contains(self, points_lps: FloatArray) -> BoolArray:
        """Return which points of shape (..., 3) lie inside."""
        ball = self.ellipsoid.to_ball(points_lps)
        radius = np.linalg.norm(ball, axis=-1)
        cubed = np.maximum(radius, 1e-12) ** 3
        return np.asarray(radius <= 1 + self.height * 3 * np.sqrt(3) * ball.prod(axis=-1) / cubed)

    @property
    def volume_mm3(self) -> float:
        """Volume: the mean of (1 + h g)^3 over the sphere is 1 + 27/35 h^2, as g has mean square 9/35."""
        return self.ellipsoid.volume_mm3 * (1 + 27 / 35 * self.height**2)


@dataclass(frozen=True, eq=False)
class Box:
    """A box whose edges run along L, P and S.

    Parameters
    ----------
    lower_lps, upper_lps
        Shape (3,): its corners.
    """

    lower_lps: FloatArray
    upper_lps: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "lower_lps", frozen_array(self.lower_lps, np.float64))
        object.__setattr__(self, "upper_lps", frozen_array(self.upper_lps, np.float64))

    def contains(self, points_lps: FloatArray) -> BoolArray:
        """Return which points of shape (..., 3) lie inside."""
        return np.asarray(((points_lps >= self.lower_lps) & (points_lps <= self.upper_lps)).all(axis=-1))

    @property
    def volume_mm3(self) -> float:
        """Product of its sides."""
        return float(np.prod(self.upper_lps - self.lower_lps))


def _ball_below(height: float) -> float:
    """Return the volume of the unit ball below a plane at `height` from its centre, -1 to 1."""
    return float(np.pi * (2 + 3 * height - height**3) / 3)


def _ball_wedge(low: float, high: float, cosine: float, offset: float) -> float:
    """Return the volume of the unit ball between two heights and below a second plane.

    Parameters
    ----------
    low, high
        Heights along the first normal, -1 to 1.
    cosine
        Between the two normals.
    offset
        Distance of the second plane from the centre, along its normal.
    """
    sine = np.sqrt(max(0.0, 1 - cosine**2))
    if sine < 1e-9:  # parallel planes: the second one only moves a bound
        low, high = (low, min(high, offset)) if cosine > 0 else (max(low, -offset), high)
        return max(0.0, _ball_below(high) - _ball_below(low)) if high > low else 0.0
    kinks = cosine * offset + np.array([-1.0, 1.0]) * sine * np.sqrt(max(0.0, 1 - offset**2))
    stops = [low, *sorted(kink for kink in kinks if low < kink < high), high]
    return sum(_segment_integral(a, b, cosine, sine, offset) for a, b in pairwise(stops))


def _segment_integral(low: float, high: float, cosine: float, sine: float, offset: float) -> float:
    """Integrate the area of a disc's part below the second plane, from height `low` to `high`."""
    nodes, weights = _quadrature()
    height = (low + high) / 2 + (high - low) / 2 * nodes
    squared = np.maximum(1 - height**2, 0.0)
    radius = np.sqrt(squared)
    reach = np.clip((offset - cosine * height) / sine, -radius, radius)
    ratio = np.clip(np.divide(reach, radius, out=np.zeros_like(reach), where=radius > 0), -1.0, 1.0)
    area = squared * np.arccos(-ratio) + reach * np.sqrt(np.maximum(squared - reach**2, 0.0))
    return float((high - low) / 2 * weights @ area)


@cache
def _quadrature() -> tuple[FloatArray, FloatArray]:
    """Return Gauss-Legendre nodes and weights on -1 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(_QUADRATURE_NODES)
    return nodes, weights
