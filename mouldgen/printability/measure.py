"""How a sound part prints: walls, gaps, slots, overhangs, islands, material and time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mouldgen.errors import Severity
from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters
from mouldgen.printability.estimate import PrintEstimate, estimate_print
from mouldgen.printability.flaws import Flaw, at, part_flaw
from mouldgen.printability.layer_islands import find_islands, island_flaws
from mouldgen.printability.overhangs import find_overhangs, overhang_flaws
from mouldgen.printability.samples import sample_surface
from mouldgen.printability.slot_widths import Finger, FoundSlot, find_slots, thinnest_finger
from mouldgen.printability.walls import Narrowness, narrowest, wall_flaws
from mouldgen.solids import Solid

__all__ = [
    "ESTIMATE_PERCENT",
    "GROWTH_CODES",
    "SMALLEST_FINGER_MM",
    "PrintMeasures",
    "estimate_flaw",
    "growth_flaws",
    "measure_part",
]

SMALLEST_FINGER_MM = 2.0
"""Smallest feature of FDM: hycubeworks, microworkshops."""

ESTIMATE_PERCENT = 15
"""How far material and time may be off what PrusaSlicer says: docs/printing.md."""

GROWTH_CODES = ("overhang", "island")
"""What supports help against."""

_WALL_REACH_MM = 12.0
_GAP_REACH_MM = 4.0


@dataclass(frozen=True, eq=False)
class PrintMeasures:
    """What was measured on one part.

    Parameters
    ----------
    volume_mm3, mass_g
        Of the part, if it were printed solid.
    estimate
        What printing takes.
    material_g
        Mass of what printing takes.
    least_wall_mm, least_gap_mm
        The thinnest wall and the narrowest gap; None if none is below 12 or 4 mm.
    slots
        For a blade.
    least_finger_mm
        The thinnest plastic between two slots; None if there are no two.
    overhang_mm2
        Surface that hangs over by more than the process allows, bridges included.
    islands
        Layers that begin in the air.
    flaws
        What the process cannot print, and the estimate.
    """

    volume_mm3: float
    mass_g: float
    estimate: PrintEstimate
    material_g: float
    least_wall_mm: float | None
    least_gap_mm: float | None
    slots: tuple[FoundSlot, ...]
    least_finger_mm: float | None
    overhang_mm2: float
    islands: int
    flaws: tuple[Flaw, ...]

    def __str__(self) -> str:
        wall = "thicker than 12 mm" if self.least_wall_mm is None else f"{self.least_wall_mm:.2f} mm"
        return f"{self.volume_mm3 / 1000:.1f} mL, thinnest wall {wall}, {self._slots_text()}"

    def _slots_text(self) -> str:
        """Return for instance ``7 slots of 1.20 mm`` or ``2 slots of 0.90 to 1.20 mm``."""
        widths = sorted({f"{slot.width_mm:.2f}" for slot in self.slots}, key=float)
        if not widths:
            return "no slots"
        count = f"{len(self.slots)} slot{'' if len(self.slots) == 1 else 's'}"
        finger = "" if self.least_finger_mm is None else f", thinnest finger {self.least_finger_mm:.2f} mm"
        return f"{count} of {' to '.join(widths[:: max(1, len(widths) - 1)])} mm{finger}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, rounded to what they are worth."""
        values = {key: value for key, value in asdict(self).items() if key not in {"flaws", "estimate"}}
        values |= {"material_mm3": self.estimate.material_mm3, "print_seconds": self.estimate.seconds}
        return {key: _rounded(value) for key, value in values.items()}


def measure_part(name: str, mesh: TriangleMesh, printer: PrinterParameters) -> PrintMeasures:
    """Measure a closed mesh as it is printed: +Z up, standing on its lowest point.

    Raises
    ------
    GeometryError
        If it bounds no solid.
    """
    solid = Solid.from_mesh(mesh, name)
    samples = sample_surface(mesh)
    walls = narrowest(samples, samples.plastic_mm(solid, _WALL_REACH_MM), printer.least_wall_mm)
    air = samples.air_mm(solid, _GAP_REACH_MM)
    gaps = narrowest(samples, air, printer.least_gap_mm)
    slots = find_slots(samples, air)
    finger = thinnest_finger(slots)
    overhangs = find_overhangs(mesh, solid, printer)
    islands = find_islands(mesh, solid, printer.layer_mm)
    estimate = estimate_print(mesh, solid, printer)
    flaws = (
        *wall_flaws(name, walls, printer),
        *_slot_flaws(name, slots, printer),
        *_finger_flaws(name, finger),
        *overhang_flaws(name, overhangs, printer),
        *island_flaws(name, islands, printer),
        estimate_flaw(name, estimate, printer),
    )
    return PrintMeasures(
        volume_mm3=mesh.volume_mm3,
        mass_g=mesh.volume_mm3 / 1000 * printer.density_g_cm3,
        estimate=estimate,
        material_g=estimate.material_mm3 / 1000 * printer.density_g_cm3,
        least_wall_mm=_least(walls),
        least_gap_mm=_least(gaps),
        slots=slots,
        least_finger_mm=None if finger is None else finger.thickness_mm,
        overhang_mm2=sum(overhang.area_mm2 for overhang in overhangs),
        islands=len(islands),
        flaws=flaws,
    )


def growth_flaws(name: str, mesh: TriangleMesh, solid: Solid, printer: PrinterParameters) -> tuple[Flaw, ...]:
    """Return what cannot grow layer by layer: overhangs and islands."""
    return (
        *overhang_flaws(name, find_overhangs(mesh, solid, printer), printer),
        *island_flaws(name, find_islands(mesh, solid, printer.layer_mm), printer),
    )


def estimate_flaw(name: str, estimate: PrintEstimate, printer: PrinterParameters) -> Flaw:
    """Say what printing takes."""
    grams = estimate.material_mm3 / 1000 * printer.density_g_cm3
    what = "resin" if printer.layer_s else f"filament at {printer.infill_percent:g} % filling"
    return part_flaw(
        name,
        Severity.INFO,
        "print_estimate",
        f"takes about {_hours(estimate.seconds)} and {grams:.0f} g ({estimate.material_mm3 / 1000:.0f} cm3) "
        f"of {what} on the {printer.name}, within {ESTIMATE_PERCENT} %",
    )


def _slot_flaws(name: str, slots: tuple[FoundSlot, ...], printer: PrinterParameters) -> Iterator[Flaw]:
    narrow = sorted((s for s in slots if s.least_mm < printer.least_gap_mm), key=lambda slot: slot.least_mm)
    if narrow:
        yield part_flaw(
            name,
            Severity.WARNING,
            "narrow_slot",
            f"{len(narrow)} of {len(slots)} slots are narrow, down to {narrow[0].least_mm:.2f} mm "
            f"{at(narrow[0].middle_mm)}; below {printer.least_gap_mm:g} mm the {printer.name} closes them. "
            "Make them wider (--slot, --process)",
            np.array([slot.middle_mm for slot in narrow]),
        )


def _finger_flaws(name: str, finger: Finger | None) -> Iterator[Flaw]:
    if finger is not None and finger.thickness_mm < SMALLEST_FINGER_MM:
        yield part_flaw(
            name,
            Severity.WARNING,
            "thin_fingers",
            f"the plastic between two slots is {finger.thickness_mm:.2f} mm thick {at(finger.middle_mm)}; "
            f"printers want at least {SMALLEST_FINGER_MM:g} mm. Use thicker slabs or a narrower slot",
            [finger.middle_mm],
        )


def _least(found: Narrowness) -> float | None:
    return found.least_mm if np.isfinite(found.least_mm) else None


def _hours(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inside) for inside in value]
    return round(value, 3) if isinstance(value, float) else value
