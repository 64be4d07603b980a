"""Specimens and parameters at random: number N of a seed is always the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.specimen import Landmark, Specimen
from mouldgen.testing.bodies import BumpyEllipsoid, Ellipsoid
from mouldgen.testing.phantoms import covering_grid, rotation_about, specimen_of_labels, voxelise

__all__ = ["SHAPES", "random_design"]

Contains = Callable[[FloatArray], np.ndarray]
Rng = np.random.Generator

LANDMARKS = ("vein", "suture 12", "ductus hepaticus communis")
CASES = ("P1", "g_y-7", "a-name-of-the-longest-kind_0123", "Z")


def random_design(seed: int, number: int) -> tuple[str, Specimen, dict[str, Any]]:
    """Return the name of the shape, a specimen, and the sections of its parameters.

    Parameters
    ----------
    seed, number
        Of the run, and of the design in it.
    """
    rng = np.random.default_rng([seed, number])
    name = str(rng.choice(list(SHAPES), p=_shares()))
    contains, half_mm = SHAPES[name][1](rng)
    specimen = _specimen(contains, half_mm, rng)
    return name, specimen, _sections(half_mm, rng)


def _specimen(contains: Contains, half_mm: FloatArray, rng: Rng) -> Specimen:
    """Return a body with habitats and landmarks on or off its surface, on a lattice of any direction."""
    turn = _rotation(rng)
    lattice = rotation_about(rng.normal(size=3), float(rng.uniform(0, 40)))
    reach = float(half_mm.max())
    spacing = np.maximum(rng.uniform(0.8, 3.0, 3) * rng.choice([1.0, 1.0, 2.0], 3), reach / 55)
    grid = covering_grid(np.zeros(3), np.full(3, reach * 1.05), spacing.tolist(), directions=lattice)
    normals = rng.normal(size=(2, 3))
    count = int(rng.integers(1, 4))

    def labels(points: FloatArray) -> np.ndarray:
        inside = contains(points @ turn)
        side = sum((points @ normal > 0.1 * reach).astype(np.uint16) for normal in normals[: count - 1])
        return np.where(inside, 1 + side, 0).astype(np.uint16)

    volume = voxelise(labels, grid)
    if not volume.voxels.any():
        volume = _one_voxel(grid)
    specimen = specimen_of_labels(volume, habitats=count > 1)
    tissue = specimen.tissue
    points = tissue.grid.to_points(np.argwhere(tissue.voxels > 0))
    marks = tuple(_landmark(name, points, rng) for name in LANDMARKS)
    return replace(specimen, landmarks=marks)


def _one_voxel(grid: VoxelGrid) -> LabelVolume:
    voxels = np.zeros(grid.shape, np.uint16)
    voxels[tuple(size // 2 for size in grid.shape)] = 1
    return LabelVolume(voxels, grid)


def _landmark(name: str, points: FloatArray, rng: Rng) -> Landmark:
    """Return a landmark about where the tissue ends in some direction, a little inside or outside."""
    direction = rng.normal(size=3)
    far = points[int(np.argmax(points @ direction))]
    middle = points.mean(axis=0)
    return Landmark(name, middle + (far - middle) * float(rng.uniform(0.5, 1.3)))


def _rotation(rng: Rng) -> FloatArray:
    return rotation_about(rng.normal(size=3), float(rng.uniform(0, 180)))


def _ellipsoid(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = rng.uniform(8, 34, 3)
    return Ellipsoid(np.zeros(3), radii).contains, radii


def _bumpy(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = rng.uniform(10, 30, 3)
    body = BumpyEllipsoid(Ellipsoid(np.zeros(3), radii), float(rng.uniform(0.05, 0.5)))
    return body.contains, radii * 1.5


def _tiny(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = rng.uniform(0.6, 7, 3)
    return Ellipsoid(np.zeros(3), radii).contains, radii


def _flat(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = np.array([rng.uniform(15, 45), rng.uniform(15, 45), rng.uniform(1.5, 4)])
    return Ellipsoid(np.zeros(3), radii).contains, radii


def _rod(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = np.array([rng.uniform(2, 6), rng.uniform(2, 6), rng.uniform(25, 60)])
    return Ellipsoid(np.zeros(3), radii).contains, radii


def _box(rng: Rng) -> tuple[Contains, FloatArray]:
    half = rng.uniform(4, 28, 3)
    return lambda points: (np.abs(points) <= half).all(axis=-1), half * 1.8


def _large(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = rng.uniform(40, 140, 3)
    return Ellipsoid(np.zeros(3), radii).contains, radii


def _two_lobes(rng: Rng) -> tuple[Contains, FloatArray]:
    """Return two bodies that touch, overlap, hang together by a neck, or lie apart."""
    one, other = rng.uniform(8, 22, 3), rng.uniform(6, 18, 3)
    apart = (one[0] + other[0]) * rng.uniform(0.7, 1.15)
    lobes = Ellipsoid(np.array([-apart / 2, 0, 0]), one), Ellipsoid(np.array([apart / 2, 0, 0]), other)
    neck_mm = float(rng.choice([0.0, 1.5, 4.0]))

    def contains(points: FloatArray) -> np.ndarray:
        neck = (np.hypot(points[..., 1], points[..., 2]) < neck_mm) & (np.abs(points[..., 0]) < apart / 2)
        return lobes[0].contains(points) | lobes[1].contains(points) | neck

    return contains, np.array([apart / 2 + max(one[0], other[0]), 24.0, 24.0])


def _bent(rng: Rng) -> tuple[Contains, FloatArray]:
    """Return a part of a ring: its hollow undercuts whatever way it lies."""
    ring, tube = rng.uniform(14, 30), rng.uniform(4, 10)
    opening = rng.uniform(-1.0, 0.9)

    def contains(points: FloatArray) -> np.ndarray:
        flat = np.hypot(points[..., 0], points[..., 1])
        near = np.hypot(flat - ring, points[..., 2]) < tube
        return near & (points[..., 0] < opening * np.maximum(flat, 1e-9))

    return contains, np.array([ring + tube, ring + tube, tube])


def _hollow(rng: Rng) -> tuple[Contains, FloatArray]:
    radii = rng.uniform(12, 30, 3)
    outer, inner = Ellipsoid(np.zeros(3), radii), Ellipsoid(np.zeros(3), radii * rng.uniform(0.2, 0.8))
    return lambda points: outer.contains(points) & ~inner.contains(points), radii


def _lumpy(rng: Rng) -> tuple[Contains, FloatArray]:
    """Return waves cut out of a ball: many lobes, specks and holes."""
    waves, phases = rng.normal(size=(6, 3)) / rng.uniform(4, 10), rng.uniform(0, 6.3, 6)
    radius, level = rng.uniform(14, 32), rng.uniform(-1.2, 0.2)

    def contains(points: FloatArray) -> np.ndarray:
        total = np.sin(points @ waves.T + phases).sum(axis=-1)
        return (total > level) & (np.linalg.norm(points, axis=-1) < radius)

    return contains, np.full(3, radius)


def _spikes(rng: Rng) -> tuple[Contains, FloatArray]:
    """Return a small ball with rods that stand out of it."""
    directions = rng.normal(size=(int(rng.integers(2, 6)), 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    radius, length, width = rng.uniform(6, 14), rng.uniform(15, 40), rng.uniform(1.5, 4)

    def contains(points: FloatArray) -> np.ndarray:
        along = points @ directions.T
        away = np.linalg.norm(points[..., None, :] - along[..., None] * directions, axis=-1)
        rods = ((along > 0) & (along < length) & (away < width)).any(axis=-1)
        return rods | (np.linalg.norm(points, axis=-1) < radius)

    return contains, np.full(3, length)


SHAPES: dict[str, tuple[float, Callable[[Rng], tuple[Contains, FloatArray]]]] = {
    "ellipsoid": (12, _ellipsoid),
    "bumpy": (16, _bumpy),
    "tiny": (8, _tiny),
    "flat": (8, _flat),
    "rod": (8, _rod),
    "box": (8, _box),
    "large": (4, _large),
    "two lobes": (10, _two_lobes),
    "bent": (8, _bent),
    "hollow": (4, _hollow),
    "lumpy": (8, _lumpy),
    "spikes": (6, _spikes),
}
"""How often each comes up, and how it is made: which points lie in it, and its half size."""


def _shares() -> FloatArray:
    weights = np.array([weight for weight, _ in SHAPES.values()], float)
    return weights / weights.sum()


def _sections(half_mm: FloatArray, rng: Rng) -> dict[str, Any]:
    """Return parameters in and at the edges of their ranges, every section of the mould touched."""
    coarse_mm = 1.6 if half_mm.max() < 80 else 2.4
    return {
        "case": str(rng.choice(CASES)),
        "orientation": _orientation(rng),
        "cuts": _cuts(half_mm, rng),
        "blade": {"thickness_mm": _between(rng, 0.1, 2.0), "process": str(rng.choice(["fdm", "sla"]))},
        "fit": {"clearance_mm": _between(rng, 0.2, 2.5), "scale": _scale(rng)},
        "mould": _mould(rng),
        "joints": {"play_mm": _between(rng, 0.05, 1.0)},
        "lid": {"enabled": _chance(rng, 0.4), "roof_mm": _between(rng, 3, 12)},
        "guides": {"tie": _chance(rng, 0.4), "tie_mm": _between(rng, 3, 15)},
        "edges": {
            "feet": _chance(rng, 0.4),
            "foot_mm": _between(rng, 3, 12),
            "slot_mouth_mm": _between(rng, 0, 3),
            "corner_mm": _between(rng, 0, 5),
        },
        "openings": {
            "drains": int(rng.integers(0, 9)),
            "drain_mm": _between(rng, 2, 12),
            "finger_holes": _chance(rng, 0.4),
            "finger_mm": _between(rng, 10, 30),
        },
        "windows": {"radius_mm": _windows(rng)},
        "inlays": {
            "inlays_of": str(rng.choice(["none", "landmarks", "habitats"])),
            "inlay_mm": _between(rng, 3, 16),
        },
        "extras": {
            "parts": tuple(kind for kind in ("replica", "ring", "coupon", "tray") if _chance(rng, 0.3)),
            "groove_depth_mm": _between(rng, 0.3, 2.0),
            "ring_mm": _between(rng, 2, 30),
            "coupon_mm": _between(rng, 5, 60),
            "tray_clearance_mm": _between(rng, 0, 3),
            "tray_depth_mm": _between(rng, 1, 15),
        },
        "split": {"clearance_mm": _between(rng, 0.05, 0.6), "margin_mm": _between(rng, 0, 8)},
        "printer": {"name": "Bed", "bed_mm": _bed(rng)},
        "surface": {"grid_mm": _between(rng, 1.0, 1.5) * coarse_mm / 1.2, "tolerance_mm": 0.1},
    }


def _between(rng: Rng, low: float, high: float) -> float:
    """Return a number in a range, one of its ends now and then."""
    if _chance(rng, 0.1):
        return float(rng.choice([low, high]))
    return round(float(rng.uniform(low, high)), 3)


def _chance(rng: Rng, share: float) -> bool:
    return bool(rng.random() < share)


def _orientation(rng: Rng) -> dict[str, Any]:
    base = str(rng.choice(["auto", "0", "75", "-160", "left", "posterior", "inferior"]))
    if _chance(rng, 0.5):
        plane = str(rng.choice(["axial", "coronal", "sagittal", "image"]))
        tilt = (_between(rng, -90, 90), _between(rng, -90, 90))
        return {"plane": plane, "tilt_deg": tilt, "base": base}
    normal = rng.normal(size=3)
    return {"normal_lps": tuple((normal / np.linalg.norm(normal)).tolist()), "base": base}


def _cuts(half_mm: FloatArray, rng: Rng) -> dict[str, Any]:
    kerf = {"kerf_mm": _between(rng, 0, 3) if _chance(rng, 0.3) else 0.0}
    if _chance(rng, 0.15):
        reach = 0.9 * float(half_mm.min())
        places = np.unique(rng.uniform(-reach, reach, int(rng.integers(1, 9))).round(2))
        return {"positions_mm": tuple(places.tolist()), **kerf}
    return {"slab_mm": _between(rng, 2.5, 20) if half_mm.max() < 80 else _between(rng, 8, 20), **kerf}


def _scale(rng: Rng) -> Any:
    if _chance(rng, 0.6):
        return 1.0
    if _chance(rng, 0.3):
        return _between(rng, 0.5, 2.0)
    return tuple(_between(rng, 0.85, 1.15) for _ in range(3))


def _mould(rng: Rng) -> dict[str, Any]:
    wall, plate, rim = _between(rng, 1.5, 10), _between(rng, 1.5, 10), _between(rng, 0.2, 1.0)
    return {
        "wall_mm": wall,
        "plate_mm": plate,
        "skin_mm": _between(rng, 0.2, 4),
        "rim_share": rim,
        "lowest_rim_share": min(rim, _between(rng, 0.1, 0.6)),
        "void_limit_percent": _between(rng, 0, 40),
        "chamfer_mm": min(wall - 0.8, _between(rng, 0, 4)),
        "guide_above_mm": _between(rng, 0, 25),
        "guide_depth_mm": _between(rng, 3, 20),
        "score_depth_mm": _between(rng, 0, 10),
        "letter_mm": _between(rng, 5, 12),
        "letter_depth_mm": min(plate - 0.5, _between(rng, 0.4, 2)),
    }


def _windows(rng: Rng) -> dict[str, float]:
    return {name: _between(rng, 2, 16) for name in LANDMARKS if _chance(rng, 0.3)}


def _bed(rng: Rng) -> tuple[float, float, float]:
    """Return a bed that is large for most moulds, so small that many are split, or too low."""
    if _chance(rng, 0.6):
        return (250.0, 210.0, 220.0)
    return (_between(rng, 60, 200), _between(rng, 60, 200), _between(rng, 40, 200))
