"""Hypothesis strategies for grids, transforms and parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from mouldgen.frames import FloatArray, Rigid, VoxelGrid
from mouldgen.params import DesignParameters
from mouldgen.testing.storage import ALL_AXIS_ORDERS, AxisOrder

__all__ = [
    "axis_orders",
    "coordinates",
    "design_parameters",
    "rigid_transforms",
    "rotations",
    "unit_vectors",
    "voxel_grids",
]

_MOST_MM = 500.0
_LEAST_COSINE = 1e-20


def coordinates(most_mm: float = _MOST_MM) -> st.SearchStrategy[float]:
    """Finite millimetres, none too small to matter."""
    return st.floats(-most_mm, most_mm, allow_nan=False, allow_subnormal=False)


@st.composite
def unit_vectors(draw: st.DrawFn) -> FloatArray:
    """Directions in space, axes among them."""
    vector = np.array(draw(st.tuples(*[st.floats(-1, 1, allow_subnormal=False)] * 3)))
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0.1 else np.array([0.0, 0.0, 1.0])


@st.composite
def rotations(draw: st.DrawFn) -> FloatArray:
    """Rotation matrices, shape (3, 3), from unit quaternions."""
    quaternion = np.array(draw(st.tuples(*[st.floats(-1, 1, allow_subnormal=False)] * 4)))
    length = float(np.linalg.norm(quaternion))
    w, x, y, z = quaternion / length if length > 0.1 else (1.0, 0.0, 0.0, 0.0)
    matrix = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    return np.where(np.abs(matrix) < _LEAST_COSINE, 0.0, matrix)


@st.composite
def rigid_transforms(draw: st.DrawFn) -> Rigid:
    """Rotations with translations."""
    return Rigid.from_parts(draw(rotations()), draw(st.tuples(*[coordinates()] * 3)))


def axis_orders() -> st.SearchStrategy[AxisOrder]:
    """Any of the 48 ways to store a volume."""
    return st.sampled_from(ALL_AXIS_ORDERS)


@st.composite
def voxel_grids(draw: st.DrawFn, *, most_vox: int = 12) -> VoxelGrid:
    """Small lattices: anisotropic, oblique, right- and left-handed."""
    shape = draw(st.tuples(*[st.integers(1, most_vox)] * 3))
    spacing = np.array(draw(st.tuples(*[st.floats(0.2, 8.0)] * 3)))
    affine = np.eye(4)
    affine[:3, :3] = draw(rotations()) * spacing
    affine[:3, 3] = draw(st.tuples(*[coordinates()] * 3))
    axes = draw(axis_orders())
    return VoxelGrid(shape, affine).reordered(axes.order, axes.flips)


@st.composite
def design_parameters(draw: st.DrawFn) -> DesignParameters:
    """Parameters within their ranges, every section touched."""
    values: dict[str, Any] = {
        "case": draw(st.none() | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", fullmatch=True)),
        "specimen": {"labels": draw(st.lists(st.integers(1, 99), max_size=3).map(tuple))},
        "orientation": draw(_orientations()),
        "cuts": {
            "slab_mm": draw(st.floats(2.0, 30.0)),
            "kerf_mm": draw(st.floats(0.0, 2.0)),
        },
        "blade": {
            "thickness_mm": draw(st.floats(0.1, 2.0)),
            "process": draw(st.sampled_from(["fdm", "sla"])),
        },
        "fit": {
            "clearance_mm": draw(st.floats(0.0, 3.0)),
            "scale": draw(st.tuples(*[st.floats(0.9, 1.1)] * 3)),
        },
        "mould": {"wall_mm": draw(st.floats(2.5, 10.0)), "rim_share": draw(st.floats(0.4, 1.0))},
        "surface": {"grid_mm": draw(st.floats(0.3, 2.0))},
    }
    return DesignParameters(**values)


def _orientations() -> st.SearchStrategy[dict[str, Any]]:
    base = st.sampled_from(["auto", "posterior", "left", "inferior", "30"])
    tilt = st.tuples(st.floats(-60, 60), st.floats(-60, 60))
    planes = st.fixed_dictionaries(
        {"plane": st.sampled_from(["axial", "coronal", "sagittal", "image"]), "tilt_deg": tilt, "base": base}
    )
    normals = st.fixed_dictionaries({"normal_lps": unit_vectors().map(tuple), "base": base})
    return planes | normals
