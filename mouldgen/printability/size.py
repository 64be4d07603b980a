"""Whether a part has the size of a mould, and fits on the printer's bed, turned if need be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw, part_flaw

__all__ = ["bed_flaws", "fitting_turn_deg", "unit_flaws"]

SMALLEST_MM, LARGEST_MM = 20.0, 2000.0
"""Longest side of a mould: one for a tumour of 12 mm is 70 mm long, and no bed is longer than a metre."""

_UNITS = (
    ("metres", 1000.0, 0.02, 1.0),
    ("inches", 25.4, 1.0, SMALLEST_MM),
    ("micrometres", 0.001, 20.0 * 1000, 1000.0 * 1000),
)
"""Name, millimetres, and longest side as a number that only makes sense in this unit."""


def unit_flaws(name: str, bounds_mm: FloatArray) -> Iterator[Flaw]:
    """Say so if a part is so small or large that its file is in another unit than millimetres."""
    size = np.ptp(bounds_mm, axis=0)
    longest = float(size.max())
    if SMALLEST_MM <= longest <= LARGEST_MM:
        return
    for unit, length_mm, least, most in _UNITS:
        if least <= longest < most:
            or_else = " (or centimetres: by 10)" if unit == "inches" and longest * 10 >= SMALLEST_MM else ""
            yield part_flaw(
                name,
                Severity.ERROR,
                f"units_{unit}",
                f"{_sides(size)} mm is no size for a mould; in {unit} it would be "
                f"{_sides(size * length_mm)} mm. STL, OBJ and PLY files have no unit, and slicers take "
                f"millimetres: scale it by {length_mm:g}{or_else}, or export it in millimetres",
                bounds_mm,
            )
            return
    word = "small" if longest < SMALLEST_MM else "large"
    yield part_flaw(
        name,
        Severity.ERROR,
        f"too_{word}",
        f"{_sides(size)} mm is too {word} for a mould, in whatever unit; expected a longest side of "
        f"{SMALLEST_MM:g} to {LARGEST_MM:g} mm. Export it in millimetres",
        bounds_mm,
    )


def bed_flaws(
    name: str, points_mm: FloatArray, printer: PrinterParameters, severity: Severity = Severity.ERROR
) -> Iterator[Flaw]:
    """Say so if a part fits the build volume of a printer only turned, or not at all.

    Parameters
    ----------
    name
        Of the part.
    points_mm
        Its vertices, shape (N, 3).
    printer
        Its build volume.
    severity
        Of a part that does not fit.
    """
    size = np.ptp(points_mm, axis=0)
    bed = np.array(printer.bed_mm)
    turn_deg = fitting_turn_deg(points_mm[:, :2], bed[:2]) if size[2] <= bed[2] else None
    bounds = np.array([points_mm.min(axis=0), points_mm.max(axis=0)])
    if turn_deg is None:
        yield part_flaw(
            name,
            severity,
            "too_large_for_bed",
            f"{_sides(size)} mm does not fit the {printer.name}, which prints {_sides(bed)} mm, however it "
            f"is turned on the bed: {_excess(size, bed)}. Choose a larger printer (--printer), split the "
            "mould, or choose another angle",
            bounds,
        )
    elif turn_deg:
        yield part_flaw(
            name,
            Severity.INFO,
            "turn_on_bed",
            f"{_sides(size)} mm fits the {printer.name} ({_sides(bed)} mm) only if it is turned by "
            f"{turn_deg:g} degrees on the bed",
        )


def fitting_turn_deg(points_mm: FloatArray, bed_mm: FloatArray) -> float | None:
    """Return by how much to turn an outline so that it fits a bed: 0 if as it is, None if never."""
    from scipy.spatial import ConvexHull

    hull = points_mm[ConvexHull(points_mm).vertices]
    turns_deg = np.array([0.0, 90.0, *(turn for turn in range(1, 180) if turn != 90)])
    angles = np.radians(turns_deg)[:, None]
    x = np.cos(angles) * hull[:, 0] - np.sin(angles) * hull[:, 1]
    y = np.sin(angles) * hull[:, 0] + np.cos(angles) * hull[:, 1]
    fits = (np.ptp(x, axis=1) <= bed_mm[0]) & (np.ptp(y, axis=1) <= bed_mm[1])
    return float(turns_deg[fits.argmax()]) if fits.any() else None


def _excess(size: FloatArray, bed: FloatArray) -> str:
    over_mm = float(np.maximum(np.sort(size[:2]) - np.sort(bed[:2]), 0).max())
    words = [f"up to {over_mm:.1f} mm too long"] if over_mm > 0 else []
    if size[2] > bed[2]:
        words.append(f"{size[2] - bed[2]:.1f} mm too high")
    return f"it is {' and '.join(words) or 'too long across'}"


def _sides(size: FloatArray) -> str:
    return " x ".join(f"{side:.{0 if side >= 10 else 2}f}" for side in size)
