"""Frames: voxel lattices, rigid transforms, and the words for patient directions.

All points are millimetres in LPS (x towards the patient's Left, y towards Posterior, z towards
Superior) unless a name says otherwise. Arrays are indexed ``[i, j, k]`` and ``i, j, k`` are the
coordinates of voxel centres.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.errors import InputError

__all__ = [
    "ANATOMICAL_DIRECTIONS",
    "AxisLetters",
    "FloatArray",
    "Rigid",
    "VoxelGrid",
    "anatomical_name",
    "angle_between_deg",
    "frozen_array",
    "unit_vector",
]

FloatArray = npt.NDArray[np.float64]

ANATOMICAL_DIRECTIONS: dict[str, tuple[float, float, float]] = {
    "left": (1.0, 0.0, 0.0),
    "right": (-1.0, 0.0, 0.0),
    "posterior": (0.0, 1.0, 0.0),
    "anterior": (0.0, -1.0, 0.0),
    "superior": (0.0, 0.0, 1.0),
    "inferior": (0.0, 0.0, -1.0),
}
"""Patient directions by name, as unit vectors in LPS."""

_LPS_LETTERS = (("R", "L"), ("A", "P"), ("I", "S"))
_LARGEST_NUMBER = 1e12
_ORTHOGONALITY_TOLERANCE = 1e-4
_RIGID_TOLERANCE = 1e-9
_OBLIQUE_TOLERANCE_DEG = 5.0


def frozen_array(values: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
    """Return a read-only array; it is copied only if it could be written to by others."""
    array = np.asarray(values, dtype)
    if array.flags.writeable:
        array = array.copy(order="K")
        array.flags.writeable = False
    return array


def unit_vector(vector: npt.ArrayLike) -> FloatArray:
    """Return `vector` at length one.

    Raises
    ------
    ValueError
        If it is not three finite numbers or has no length.
    """
    array = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(array))
    if array.shape != (3,) or not np.isfinite(length) or length < 1e-12:
        message = f"a direction needs three finite numbers, not all zero; got {vector!r}"
        raise ValueError(message)
    return array / length


def anatomical_name(direction_lps: npt.ArrayLike) -> tuple[str, float]:
    """Return the anatomical direction nearest to `direction_lps` and the angle to it in degrees."""
    direction = unit_vector(direction_lps)
    cosines = {name: float(direction @ axis) for name, axis in ANATOMICAL_DIRECTIONS.items()}
    name = max(cosines, key=lambda key: round(cosines[key], 9))
    return name, float(np.degrees(np.arccos(min(1.0, cosines[name]))))


def angle_between_deg(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Return the angle between two directions in degrees."""
    cosine = float(unit_vector(one) @ unit_vector(other))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


@dataclass(frozen=True)
class AxisLetters:
    """The anatomical letters (L R A P S I) of the six sides of the mould, each used once.

    A letter is followed by ``*`` where its side is more than 5 degrees off.

    Parameters
    ----------
    x, y, z
        Letters of the negative and of the positive side of an axis.
    """

    x: tuple[str, str]
    y: tuple[str, str]
    z: tuple[str, str]

    @classmethod
    def of(cls, rotation: FloatArray) -> AxisLetters:
        """Return the letters for a rotation (3, 3) from LPS, whose rows are the axes of the mould.

        The axes are matched to left-right, anterior-posterior and superior-inferior together, by the
        largest sum of cosines: no two sides carry the same letter, even at 45 degrees.
        """
        cosines = np.abs(rotation).round(6)
        match = max(permutations(range(3)), key=lambda axes: cosines[range(3), axes].sum())
        pairs = []
        for axis, lps in zip(np.asarray(rotation), match, strict=True):
            low, high = _LPS_LETTERS[lps] if axis[lps] > 0 else _LPS_LETTERS[lps][::-1]
            angle_deg = np.degrees(np.arccos(min(1.0, abs(float(axis[lps])))))
            mark = "*" if angle_deg > _OBLIQUE_TOLERANCE_DEG else ""
            pairs.append((low + mark, high + mark))
        return cls(*pairs)


@dataclass(frozen=True, eq=False)
class Rigid:
    """A rigid transform: a rotation of determinant +1 and a translation in millimetres.

    Parameters
    ----------
    matrix
        Shape (4, 4), maps homogeneous column points.

    Raises
    ------
    ValueError
        If the matrix is not rigid, or mirrors.
    """

    matrix: FloatArray

    def __post_init__(self) -> None:
        matrix = frozen_array(self.matrix, np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all() or not _is_rigid(matrix):
            message = f"not a rigid, right-handed transform:\n{matrix}"
            raise ValueError(message)
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def from_parts(cls, rotation: npt.ArrayLike, translation_mm: npt.ArrayLike) -> Rigid:
        """Return the transform ``rotation @ point + translation_mm``."""
        matrix = np.eye(4)
        matrix[:3, :3] = rotation
        matrix[:3, 3] = translation_mm
        return cls(matrix)

    @property
    def rotation(self) -> FloatArray:
        """Shape (3, 3)."""
        return self.matrix[:3, :3]

    @property
    def translation_mm(self) -> FloatArray:
        """Shape (3,)."""
        return self.matrix[:3, 3]

    def apply(self, points: npt.ArrayLike) -> FloatArray:
        """Map points of shape (..., 3)."""
        return _mapped(points, self.matrix)

    def turn(self, vectors: npt.ArrayLike) -> FloatArray:
        """Rotate direction vectors of shape (..., 3); the translation does not matter to them."""
        return _turned(vectors, self.rotation)

    def inverse(self) -> Rigid:
        """Return the transform that undoes this one."""
        return Rigid.from_parts(self.rotation.T, -self.rotation.T @ self.translation_mm)


def _mapped(points: npt.ArrayLike, matrix: FloatArray) -> FloatArray:
    """Map points (..., 3) by a matrix (4, 4)."""
    return _turned(points, matrix[:3, :3]) + matrix[:3, 3]


def _turned(vectors: npt.ArrayLike, matrix: FloatArray) -> FloatArray:
    """Map vectors (..., 3) by a matrix (3, 3).

    Not by BLAS, whose threads wait for each other longer than three multiplications take.
    """
    return np.asarray(np.einsum("...j,kj->...k", np.asarray(vectors, np.float64), matrix), np.float64)


def _is_rigid(matrix: FloatArray) -> bool:
    rotation = matrix[:3, :3]
    off = np.abs(rotation @ rotation.T - np.eye(3)).max()
    return bool(off <= _RIGID_TOLERANCE and np.linalg.det(rotation) > 0 and (matrix[3] == (0, 0, 0, 1)).all())


@dataclass(frozen=True, eq=False)
class VoxelGrid:
    """A lattice of voxels in a frame (LPS for what is read, the mould frame for what is resampled).

    Parameters
    ----------
    shape
        Voxels along i, j and k.
    point_from_index
        Shape (4, 4): index (i, j, k) of a voxel's centre to millimetres. Its axes are orthogonal;
        their handedness is free.

    Raises
    ------
    InputError
        If an axis is sheared, has no length, or is not finite.
    """

    shape: tuple[int, int, int]
    point_from_index: FloatArray

    def __post_init__(self) -> None:
        affine = frozen_array(self.point_from_index, np.float64)
        if affine.shape != (4, 4) or not (np.abs(affine) <= _LARGEST_NUMBER).all():
            message = "the affine of the image is not a finite 4 x 4 matrix; export the image again"
            raise InputError(message)
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        if (lengths < 1e-9).any():
            message = (
                f"the image has a voxel spacing of {lengths.round(6).tolist()} mm; every spacing must "
                "be above zero. Correct the header or export the image again"
            )
            raise InputError(message)
        directions = affine[:3, :3] / lengths
        skew = float(np.abs(directions.T @ directions - np.eye(3)).max())
        if skew > _ORTHOGONALITY_TOLERANCE:
            message = (
                f"the axes of the image are sheared by {np.degrees(np.arcsin(min(skew, 1.0))):.3f} "
                "degrees; expected perpendicular axes. Resample the image onto an unsheared grid"
            )
            raise InputError(message)
        object.__setattr__(self, "shape", tuple(int(n) for n in self.shape))
        object.__setattr__(self, "point_from_index", affine)

    @classmethod
    def axis_aligned(
        cls, shape: Sequence[int], spacing_mm: Sequence[float], origin_mm: Sequence[float]
    ) -> VoxelGrid:
        """Return a grid whose axes run along x, y and z."""
        affine = np.diag([*spacing_mm, 1.0])
        affine[:3, 3] = origin_mm
        return cls((shape[0], shape[1], shape[2]), affine)

    @cached_property
    def spacing_mm(self) -> FloatArray:
        """Shape (3,): distance of neighbouring centres along i, j and k."""
        return np.asarray(np.linalg.norm(self.point_from_index[:3, :3], axis=0))

    @cached_property
    def directions(self) -> FloatArray:
        """Shape (3, 3): column n is the unit vector along axis n."""
        return np.asarray(self.point_from_index[:3, :3] / self.spacing_mm)

    @property
    def origin_mm(self) -> FloatArray:
        """Shape (3,): centre of voxel (0, 0, 0)."""
        return self.point_from_index[:3, 3]

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_mm))

    @property
    def center_mm(self) -> FloatArray:
        """Shape (3,): middle of the lattice."""
        return self.to_points((np.array(self.shape) - 1) / 2)

    @property
    def is_right_handed(self) -> bool:
        """Whether i, j, k form a right-handed system."""
        return bool(np.linalg.det(self.directions) > 0)

    def to_points(self, indices: npt.ArrayLike) -> FloatArray:
        """Map indices (i, j, k) of shape (..., 3) to millimetres."""
        return _mapped(indices, self.point_from_index)

    def to_indices(self, points: npt.ArrayLike) -> FloatArray:
        """Map points of shape (..., 3) to fractional indices (i, j, k)."""
        shifted = np.asarray(points, np.float64) - self.origin_mm
        return _turned(shifted, np.asarray(np.linalg.inv(self.point_from_index[:3, :3]), np.float64))

    def half_widths_mm(self, direction: npt.ArrayLike) -> FloatArray:
        """Return half the extent of a voxel's three edges along a unit vector; shape (3,)."""
        return np.asarray(np.abs(self.point_from_index[:3, :3].T @ np.asarray(direction)) / 2)

    def moved(self, transform: Rigid) -> VoxelGrid:
        """Return the same lattice, seen from the frame that `transform` leads to."""
        return VoxelGrid(self.shape, transform.matrix @ self.point_from_index)

    def cropped(self, start: Sequence[int], stop: Sequence[int]) -> VoxelGrid:
        """Return the part from index `start` to before `stop`; negative starts pad."""
        affine = self.point_from_index.copy()
        affine[:3, 3] = self.to_points(start)
        size = [int(high) - int(low) for low, high in zip(start, stop, strict=True)]
        return VoxelGrid((size[0], size[1], size[2]), affine)

    def reordered(self, order: tuple[int, int, int], flips: tuple[bool, bool, bool]) -> VoxelGrid:
        """Return the grid of ``flip(transpose(array, order), flips)``: the same voxels in space."""
        index_map = np.zeros((4, 4))
        index_map[3, 3] = 1.0
        for new_axis, (old_axis, flip) in enumerate(zip(order, flips, strict=True)):
            index_map[old_axis, new_axis] = -1.0 if flip else 1.0
            index_map[old_axis, 3] = self.shape[old_axis] - 1 if flip else 0
        shape = (self.shape[order[0]], self.shape[order[1]], self.shape[order[2]])
        return VoxelGrid(shape, self.point_from_index @ index_map)

    def patient_order(self) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
        """Return the axis order and flips after which i, j, k run nearest to +L, +P and +S.

        The result is right-handed for every grid, so nothing later depends on how a file was stored:
        the best assignment has a sum of cosines above 1, and a mirrored one cannot exceed 1.
        """
        cosines = np.abs(self.directions).round(6)
        order = max(permutations(range(3)), key=lambda axes: cosines[range(3), axes].sum())
        flips = [bool(self.directions[row, axis] < 0) for row, axis in enumerate(order)]
        return (order[0], order[1], order[2]), (flips[0], flips[1], flips[2])
