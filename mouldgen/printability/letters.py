"""Engraved letters, measured on the mesh: the width of their strokes, and their depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw, at, part_flaw
from mouldgen.printability.samples import SurfaceSamples
from mouldgen.solids import Solid

__all__ = ["Letters", "letter_flaws", "measure_letters"]

_REACH_MM = 5.0
_SLACK_MM = 0.01
_DEEPEST_MM = 3.5
_THIN_SHARE = 5
_LEAST_DEPTH_MM = 0.5
"""BoneReconstructionPlanner #126."""


@dataclass(frozen=True)
class Letters:
    """What was engraved into a level surface.

    Parameters
    ----------
    depth_mm
        Median over the area of their floors.
    stroke_mm
        Width of the strokes: only a twentieth of them is thinner.
    thinnest_at_mm
        Where a stroke is about that thin.
    """

    depth_mm: float
    stroke_mm: float
    thinnest_at_mm: tuple[float, float, float]


def measure_letters(mesh: TriangleMesh, solid: Solid, floor_z_mm: float) -> Letters | None:
    """Return what is engraved into the surface at a height; None if nothing is.

    Parameters
    ----------
    mesh, solid
        The same part.
    floor_z_mm
        Height of the surface that letters are engraved into.
    """
    a, b, c = mesh.corner_points
    crossed = np.cross(b - a, c - a)
    areas = np.linalg.norm(crossed, axis=1) / 2
    upward = crossed[:, 2] / np.maximum(2 * areas, 1e-12)
    heights = mesh.corners[:, :, 2]
    low, high = heights.min(axis=1), heights.max(axis=1)
    floors = (upward > 0.999) & (high < floor_z_mm - _SLACK_MM) & (low > floor_z_mm - _DEEPEST_MM)
    if not floors.any():
        return None
    depth = floor_z_mm - _weighted_median(low[floors], areas[floors])
    bottom = floor_z_mm - depth
    walls = (np.abs(upward) < 0.01) & (high < floor_z_mm + _SLACK_MM) & (low > bottom - _SLACK_MM)
    middles = mesh.corners[walls].mean(axis=1)
    normals = crossed[walls] / (2 * areas[walls, None])
    widths = SurfaceSamples(middles, normals, 0.0).air_mm(solid, _REACH_MM)
    if not np.isfinite(widths).any():
        return None
    stroke = float(np.percentile(widths[np.isfinite(widths)], _THIN_SHARE))
    x, y, z = (float(value) for value in middles[int(np.abs(widths - stroke).argmin())])
    return Letters(float(depth), stroke, (x, y, z))


def letter_flaws(name: str, letters: Letters, printer: PrinterParameters) -> Iterator[Flaw]:
    """Say if letters will not be read: strokes as thin as a gap that closes, or hardly engraved."""
    if letters.stroke_mm < printer.least_gap_mm:
        yield part_flaw(
            name,
            Severity.WARNING,
            "thin_letters",
            f"strokes of letters are {letters.stroke_mm:.2f} mm wide {at(letters.thinnest_at_mm)}; below "
            f"{printer.least_gap_mm:g} mm the {printer.name} fills them. Engrave larger letters "
            "(mould.letter_mm)",
            [letters.thinnest_at_mm],
        )
    if letters.depth_mm < min(_LEAST_DEPTH_MM, 2 * printer.layer_mm):
        yield part_flaw(
            name,
            Severity.WARNING,
            "shallow_letters",
            f"letters are {letters.depth_mm:.2f} mm deep {at(letters.thinnest_at_mm)}, less than two layers; "
            "engrave deeper (mould.letter_depth_mm)",
            [letters.thinnest_at_mm],
        )


def _weighted_median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])
