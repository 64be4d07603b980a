"""Everything that is known about a part before it is printed: whether it is sound, and how it prints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Severity
from mouldgen.frames import FloatArray
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw, part_flaw
from mouldgen.printability.measure import PrintMeasures, measure_part
from mouldgen.printability.raw_mesh import RawMesh
from mouldgen.printability.size import bed_flaws, unit_flaws
from mouldgen.printability.soundness import examine_mesh

__all__ = ["PartReport", "examine_part"]


@dataclass(frozen=True, eq=False)
class PartReport:
    """What was found of one part.

    Parameters
    ----------
    name
        Of the part.
    faces
        Number of its triangles.
    size_mm
        Sides of the box around it; None if it has no finite corner.
    measures
        How it prints; None if it is not sound enough to be measured.
    flaws
        What does not hold, the order in which it was looked for.
    """

    name: str
    faces: int
    size_mm: tuple[float, float, float] | None
    measures: PrintMeasures | None
    flaws: tuple[Flaw, ...]


def examine_part(
    raw: RawMesh,
    printer: PrinterParameters,
    *,
    unfit: Severity = Severity.ERROR,
    has_unit: bool = False,
) -> PartReport:
    """Return everything that can be said about a part of which nothing is known.

    Parameters
    ----------
    raw
        Its triangles.
    printer
        The machine and the process that it is to be printed with.
    unfit
        How grave it is if it does not fit the bed.
    has_unit
        Whether lengths are known to be millimetres, so that a part may be small.
    """
    found, mesh = examine_mesh(raw)
    flaws = list(found)
    points = raw.corners_mm[raw.finite].reshape(-1, 3)
    if not len(points):
        return PartReport(raw.name, len(raw.corners_mm), None, None, tuple(flaws))
    flaws += _size_flaws(raw.name, points, printer, unfit, has_unit=has_unit)
    measures = None
    if mesh is None or any(flaw.finding.code.startswith(("units_", "too_small")) for flaw in flaws):
        flaws.append(_unmeasured(raw.name))
    else:
        measures = measure_part(raw.name, mesh, printer)
        flaws += measures.flaws
    x, y, z = (float(side) for side in np.ptp(points, axis=0))
    return PartReport(raw.name, len(raw.corners_mm), (x, y, z), measures, tuple(flaws))


def _size_flaws(
    name: str, points: FloatArray, printer: PrinterParameters, unfit: Severity, *, has_unit: bool
) -> list[Flaw]:
    bounds = np.array([points.min(axis=0), points.max(axis=0)])
    wrong_unit = [] if has_unit else list(unit_flaws(name, bounds))
    return wrong_unit or list(bed_flaws(name, points, printer, unfit))


def _unmeasured(name: str) -> Flaw:
    message = "walls, overhangs and print time were not measured; they are once the errors are mended"
    return part_flaw(name, Severity.INFO, "not_measured", message)
