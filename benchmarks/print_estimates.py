"""How far the estimate of filament and time is from PrusaSlicer: a table over moulds of real cases.

::

    python benchmarks/print_estimates.py PRINTER[,PRINTER...] BASE.stl ...
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from mouldgen.export.stl_files import read_stl
from mouldgen.params import PrinterParameters, resolve_parameters
from mouldgen.printability.estimate import estimate_print
from mouldgen.solids import Solid
from mouldgen.testing.slicer_process import gcode_totals, prusaslicer_settings


def main() -> None:
    """Print the table, row by row as PrusaSlicer finishes."""
    printers, *stl_files = sys.argv[1:]
    print("| mould | printer | filament | estimate | error | time | estimate | error |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in printers.split(","):
        printer = resolve_parameters(printer=name).printer
        for path in map(Path, stl_files):
            print(row(path, name, printer), flush=True)


def row(path: Path, name: str, printer: PrinterParameters) -> str:
    """Return the row of one part on one printer."""
    mesh = read_stl(path)
    estimate = estimate_print(mesh, Solid.from_mesh(mesh, "part"), printer)
    sliced_mm3, sliced_s = gcode_totals(sliced(path, printer))
    material, time = estimate.material_mm3, estimate.seconds
    return (
        f"| {path.parent.parent.name} | {name} | {sliced_mm3 / 1000:.1f} cm3 | {material / 1000:.1f} cm3 | "
        f"{100 * (material / sliced_mm3 - 1):+.1f} % | {sliced_s / 3600:.2f} h | {time / 3600:.2f} h | "
        f"{100 * (time / sliced_s - 1):+.1f} % |"
    )


def sliced(path: Path, printer: PrinterParameters) -> str:
    """Return the G-code of a part."""
    with tempfile.TemporaryDirectory() as folder:
        settings, gcode = Path(folder) / "process.ini", Path(folder) / "part.gcode"
        settings.write_text(prusaslicer_settings(printer))
        arguments = ["-g", "--load", str(settings), "--center", "250,250", "-o", str(gcode), str(path)]
        subprocess.run(["prusa-slicer", "--loglevel", "1", *arguments], check=True, capture_output=True)
        return gcode.read_text()


if __name__ == "__main__":
    main()
