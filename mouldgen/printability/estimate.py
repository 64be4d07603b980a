"""How much filament or resin a part takes, and how long it prints: an estimate from its layers.

Every layer is walls, filling and solid filling. Walls take the band along its outline; what lies within is
filled sparsely, but solid near upward and downward faces. The time of a line follows from its length, speed
and acceleration; lines are as long as the sides of the outline, or as the mean chord of what they fill
(pi times area over perimeter, Cauchy). Between lines the head travels. The factors were fitted to the
G-code that PrusaSlicer 2.5 makes of four moulds; docs/printing.md has the errors on others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray
from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters
from mouldgen.solids import Solid

__all__ = ["PrintEstimate", "estimate_print"]

_ROUND_ENDS = 1 - math.pi / 4
_WALL_FACTOR, _SOLID_FACTOR = 0.95, 1.24
_ANCHORS = 0.35
"""How much longer sparse lines are because they are anchored along the walls."""

_TRAVELS_PER_CONTOUR = 4.8
_HOP_SHARE = 0.4
_CURVE_FACTOR = 1.05
_SKIRT_FACTOR = 1.015
_SHARP_DEG = 30.0
_SMALL_LOOP_MM = 2 * math.pi * 6.5
"""PrusaSlicer slows down on loops of less than 6.5 mm radius, here to half the speed."""

_UPRIGHT = 1e-6
"""Share of a face's normal that may point up or down if the face is upright: what rounding leaves."""

_CORNER_MM_S = 8.0
"""Speed at which Marlin takes a corner (its jerk)."""

_PAUSE_S = 0.12
"""Retraction of 0.8 mm at 35 mm/s and back, and the hop of the head: per travel."""


@dataclass(frozen=True)
class PrintEstimate:
    """What printing takes.

    Parameters
    ----------
    material_mm3
        Filament or resin.
    seconds
        From the first line to the last, without heating.
    """

    material_mm3: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Layers:
    """Sections of a part at some heights, each standing for `weight` layers.

    Parameters
    ----------
    perimeter_mm, area_mm2, inner_mm2
        Shape (K,): of every section; the inner area lies within the walls.
    contours, corners
        Shape (K,): rings, and corners sharper than 30 degrees on them.
    small_share
        Shape (K,): of the perimeter that is loops of less than 6.5 mm radius.
    weight
        Shape (K,): layers that a section stands for.
    """

    perimeter_mm: FloatArray
    area_mm2: FloatArray
    inner_mm2: FloatArray
    contours: FloatArray
    corners: FloatArray
    small_share: FloatArray
    weight: FloatArray


def cut_layers(mesh: TriangleMesh, solid: Solid, printer: PrinterParameters, most_sections: int) -> Layers:
    """Return sections of a part, evenly spread over its height.

    Where all walls between two heights are upright, as in a tray, the section is cut once.
    """
    low, high = (float(z) for z in solid.bounds_mm[:, 2])
    count = max(1, round((high - low) / printer.layer_mm))
    sections = min(count, most_sections)
    heights = low + (np.arange(sections) + 0.5) * (high - low) / sections
    differs = np.concatenate([[True], _may_differ(mesh, heights)])
    cut = np.array([_section_row(solid, float(z), _band_mm(printer)) for z in heights[differs]])
    perimeter, area, inner, contours, corners, small = cut[np.cumsum(differs) - 1].T
    weight = np.full(sections, count / sections)
    return Layers(perimeter, area, inner, contours, corners, small, weight)


def _may_differ(mesh: TriangleMesh, heights_mm: FloatArray) -> npt.NDArray[np.bool_]:
    """Return, for every two neighbouring heights, whether a face that is not upright reaches between them."""
    corners = mesh.corners
    a, b, c = corners.swapaxes(0, 1)
    normals = np.cross(b - a, c - a)
    is_upright = np.abs(normals[:, 2]) <= _UPRIGHT * np.linalg.norm(normals, axis=1)
    z_mm = corners[~is_upright, :, 2]
    first = np.searchsorted(heights_mm, z_mm.min(axis=1)) - 1
    last = np.searchsorted(heights_mm, z_mm.max(axis=1), side="right") - 1
    gaps = np.arange(len(heights_mm) - 1)
    return np.searchsorted(np.sort(first), gaps, side="right") > np.searchsorted(np.sort(last), gaps)


def _section_row(solid: Solid, z_mm: float, band_mm: float) -> tuple[float, ...]:
    rings, area, inner = solid.section_rings(z_mm, band_mm)
    lengths, corners = [0.0], 0
    for ring in rings:
        sides = np.roll(ring, -1, axis=0) - ring
        lengths.append(float(np.hypot(*sides.T).sum()))
        angles = np.arctan2(sides[:, 1], sides[:, 0])
        turns = np.abs((np.roll(angles, -1) - angles + np.pi) % (2 * np.pi) - np.pi)
        corners += int((turns > np.radians(_SHARP_DEG)).sum())
    perimeter = sum(lengths)
    small = sum(length for length in lengths if length < _SMALL_LOOP_MM)
    return perimeter, area, inner, len(rings), corners, small / perimeter if perimeter else 0.0


def estimate_print(
    mesh: TriangleMesh, solid: Solid, printer: PrinterParameters, *, sections: int = 64
) -> PrintEstimate:
    """Return what it takes to print a part.

    Parameters
    ----------
    mesh, solid
        The same part, +Z up.
    printer
        Its process. Where a layer takes a time of its own, it is resin: solid, and without lines.
    sections
        Most layers that are cut.
    """
    if printer.layer_s:
        height_mm = float(np.ptp(mesh.bounds_mm[:, 2]))
        return PrintEstimate(mesh.volume_mm3, math.ceil(height_mm / printer.layer_mm) * printer.layer_s)
    layers = cut_layers(mesh, solid, printer, sections)
    lengths = line_lengths(layers, solid_filling(mesh, printer), printer)
    material = lengths.total_mm * printer.layer_mm * _spacing_mm(printer) * _SKIRT_FACTOR
    return PrintEstimate(material, _seconds(layers, lengths, printer))


@dataclass(frozen=True, eq=False)
class Lengths:
    """Lines of every section that stands for its layers, shape (K,) each, and of all of the solid filling.

    The topmost layer of the solid filling is part of it.
    """

    walls_mm: FloatArray
    sparse_mm: FloatArray
    solid_mm: float
    topmost_mm: float

    @property
    def total_mm(self) -> float:
        """All lines together."""
        return float(self.walls_mm.sum() + self.sparse_mm.sum()) + self.solid_mm


def line_lengths(layers: Layers, solid: SolidFilling, printer: PrinterParameters) -> Lengths:
    """Return how long all lines are."""
    spacing, layer = _spacing_mm(printer), printer.layer_mm
    inner_mm3 = float(layers.inner_mm2 @ layers.weight) * layer
    filled_mm3 = min(_SOLID_FACTOR * (solid.top_mm3 + solid.bottom_mm3), inner_mm3)
    share = (1 - filled_mm3 / inner_mm3) if inner_mm3 else 0.0
    density = printer.infill_percent / 100
    sparse = layers.inner_mm2 * share * density * (1 + _ANCHORS * (1 - density))
    topmost_mm3 = min(_SOLID_FACTOR * solid.top_mm3 / max(printer.top_layers, 1), filled_mm3)
    return Lengths(
        _WALL_FACTOR * (layers.area_mm2 - layers.inner_mm2) * layers.weight / spacing,
        sparse * layers.weight / spacing,
        filled_mm3 / layer / spacing,
        topmost_mm3 / layer / spacing,
    )


def _seconds(layers: Layers, lengths: Lengths, printer: PrinterParameters) -> float:
    """Return the time of all lines and of the way between them."""
    most = printer.flow_mm3_s / (printer.layer_mm * _spacing_mm(printer))
    wall, fill = min(printer.wall_speed_mm_s, most), min(printer.infill_speed_mm_s, most)
    side = layers.perimeter_mm / np.maximum(layers.corners, 1)
    chord = np.pi * layers.inner_mm2 / np.maximum(layers.perimeter_mm, 1e-9)
    share = layers.inner_mm2 / max(float(layers.inner_mm2.sum()), 1e-9)
    topmost = lengths.topmost_mm * share
    filling = lengths.sparse_mm + lengths.solid_mm * share - topmost
    hop = _HOP_SHARE * np.sqrt(layers.area_mm2 / np.maximum(layers.contours, 1))
    travels = layers.contours * layers.weight * _TRAVELS_PER_CONTOUR
    acceleration = printer.acceleration_mm_s2
    small_mm = lengths.walls_mm * layers.small_share
    seconds = _moving_s(lengths.walls_mm - small_mm, side, wall, acceleration)
    seconds += _moving_s(small_mm, side, min(printer.wall_speed_mm_s / 2, most), acceleration)
    seconds += _moving_s(filling, chord, fill, acceleration)
    seconds += _moving_s(topmost, chord, min(printer.top_speed_mm_s, most), acceleration)
    seconds += _moving_s(hop * travels, hop, printer.travel_speed_mm_s, acceleration) + travels * _PAUSE_S
    first = ((lengths.walls_mm + filling) / layers.weight)[0]
    return _CURVE_FACTOR * float(seconds.sum()) + float(first) / printer.first_speed_mm_s


def _moving_s(
    total_mm: FloatArray, piece_mm: FloatArray, speed_mm_s: float, acceleration_mm_s2: float
) -> FloatArray:
    """Return the time of straight pieces, each from the speed of a corner up and down again."""
    pieces = np.maximum(piece_mm, 0.1)
    top = np.minimum(speed_mm_s, np.sqrt(_CORNER_MM_S**2 + acceleration_mm_s2 * pieces))
    ramps = np.maximum(top - _CORNER_MM_S, 0) * 2 / acceleration_mm_s2
    ramp_mm = np.maximum(top**2 - _CORNER_MM_S**2, 0) / acceleration_mm_s2
    return np.asarray(total_mm / pieces * (ramps + np.maximum(pieces - ramp_mm, 0) / top))


def _spacing_mm(printer: PrinterParameters) -> float:
    """Return from one line to the next: lines have round ends and touch (Slic3r's flow)."""
    return printer.line_mm - printer.layer_mm * _ROUND_ENDS


def _band_mm(printer: PrinterParameters) -> float:
    """Return how wide all lines around a layer are."""
    if not printer.perimeters:
        return 0.0
    return printer.line_mm + (printer.perimeters - 1) * _spacing_mm(printer)


@dataclass(frozen=True)
class SolidFilling:
    """Filling that is solid because it lies below an upward face, or above a downward one."""

    top_mm3: float
    bottom_mm3: float


def solid_filling(mesh: TriangleMesh, printer: PrinterParameters) -> SolidFilling:
    """Return the solid filling of a part.

    Under a face that slopes, walls take their band first, so that steep faces need none.
    """
    a, b, c = mesh.corner_points
    crossed = np.cross(b - a, c - a) / 2
    flat, upright = np.abs(crossed[:, 2]), np.hypot(crossed[:, 0], crossed[:, 1])
    up = crossed[:, 2] > 0
    deep = np.where(up, printer.top_layers, printer.bottom_layers) * printer.layer_mm
    filled = np.maximum(flat * deep - upright * _band_mm(printer), 0)
    return SolidFilling(float(filled[up].sum()), float(filled[~up].sum()))
