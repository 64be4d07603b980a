"""Void below the rim with ``--base auto``: ``python tests/record/void_below_rim.py [--grid 1.0]``.

Every shared case is laid down for axial, coronal and sagittal cuts, as `make` does it, and its cavity is
built. What the upward sweep leaves empty below the rim is counted a second time, on the cavity's mesh: its
volume below the rim, less the specimen with its clearance there. Plastic that would lock the specimen is
measured on walls around that cavity. This is a recorded run, not part of pytest.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_HERE = Path(__file__).resolve().parent
if str(_HERE) not in sys.path:
    sys.path.insert(0, str(_HERE))

from shared_cases import ALL_CASES, SharedCase  # noqa: E402

from mouldgen.mould.cavity import RimRules, build_cavity, choose_rim, opened, sweep_upward  # noqa: E402
from mouldgen.params import DesignParameters  # noqa: E402
from mouldgen.pipeline import distance_in_patient, lay_out  # noqa: E402
from mouldgen.solids import Solid  # noqa: E402
from mouldgen.surface import iso_surface  # noqa: E402

PLANES = ("axial", "coronal", "sagittal")
MEDIAN_PERCENT = 5.0
STEP_MM = 2.0


@dataclass(frozen=True)
class Fit:
    """One case in one plane: as the program says, and measured on the meshes."""

    case: str
    plane: str
    void_percent: float
    measured_percent: float
    rim_share: float
    locked_mm3: float


def fits(name: str, case: SharedCase, grid_mm: float) -> Iterator[Fit]:
    """Yield how a case fits its cavity in every plane."""
    specimen = case.read()
    for plane in PLANES:
        parameters = DesignParameters(
            case="void",
            specimen=case.section,
            orientation={"plane": plane, "base": "auto"},
            surface={"grid_mm": grid_mm},
        )
        field = distance_in_patient(specimen, parameters)
        lying = lay_out(specimen, field, parameters, lambda _stage: None).lying
        swept = sweep_upward(lying.field)
        level_mm = parameters.fit.clearance_mm + lying.level_mm
        rim = choose_rim(lying.field, swept, level_mm, RimRules.from_parameters(parameters.mould))
        top_mm = lying.top_mm + 10.0
        # without the chamfer, which is open on purpose
        cavity = build_cavity(
            opened(swept, rim.z_mm, 0.0), level_mm=level_mm, top_z_mm=top_mm, tolerance_mm=0.03
        )
        held = Solid.from_mesh(iso_surface(lying.field.values_mm, lying.field.grid, level_mm), "held")
        body = Solid.from_mesh(lying.mesh, "specimen")
        low, high = cavity.bounds_mm
        below = Solid.box(low - 1.0, (*(high[:2] + 1.0), rim.z_mm), "below the rim")
        held_mm3, open_mm3 = held.shared_mm3(below), cavity.shared_mm3(below)
        walls = Solid.box(low - 5.0, (*(high[:2] + 5.0), rim.z_mm), "walls").minus(cavity)
        yield Fit(
            name,
            plane,
            rim.void_percent,
            100 * (open_mm3 - held_mm3) / held_mm3,
            rim.share,
            walls.volume_above_mm3(body, STEP_MM),
        )


def main() -> int:
    """Run and print a row for every case and plane; return 1 if too much is empty, or anything locks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--grid", type=float, default=1.0, help="spacing of the grid, mm")
    arguments = parser.parse_args()
    titles = ("case", "plane", "void %", "measured %", "rim %", "locked mm3")
    print("{:18}{:10}{:>8}{:>12}{:>8}{:>12}".format(*titles))  # noqa: T201
    found = []
    for name, case in ALL_CASES.items():
        for fit in fits(name, case, arguments.grid):
            figures = f"{fit.void_percent:8.2f}{fit.measured_percent:12.2f}{100 * fit.rim_share:8.0f}"
            print(f"{name:18}{fit.plane:10}{figures}{fit.locked_mm3:12.3f}", flush=True)  # noqa: T201
            found.append(fit)
    for plane in (*PLANES, "all"):
        alike = [fit.measured_percent for fit in found if plane in {"all", fit.plane}]
        low, middle, high = np.min(alike), np.median(alike), np.max(alike)
        print(f"| {plane} | {len(alike)} | {low:.2f} | {middle:.2f} | {high:.2f} |")  # noqa: T201
    locked = max(fit.locked_mm3 for fit in found)
    print(f"most plastic in a specimen's way: {locked:.3f} mm3")  # noqa: T201
    median = float(np.median([fit.measured_percent for fit in found]))
    return int(median > MEDIAN_PERCENT or locked > 1.0)


if __name__ == "__main__":
    sys.exit(main())
