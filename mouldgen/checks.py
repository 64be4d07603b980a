"""What must hold of a finished design, measured on its parts -> findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Finding, Severity
from mouldgen.images import Specimen
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.parts import Mould
from mouldgen.params import PrinterParameters
from mouldgen.printability.estimate import estimate_print
from mouldgen.printability.flaws import Flaw, findings_of
from mouldgen.printability.measure import SMALLEST_FINGER_MM, estimate_flaw, growth_flaws
from mouldgen.printability.size import bed_flaws
from mouldgen.sampling.contents import SamplingMap
from mouldgen.slicing import CutPlan
from mouldgen.solids import Solid, compose

__all__ = [
    "MouldChecks",
    "check_map",
    "check_mould",
    "check_print",
    "check_score",
    "print_flaws",
    "unscored_slabs",
]

LOCKED_LIMIT_MM3 = 1.0
SECTION_STEP_MM = 2.0
VOLUME_LIMIT = 0.005
LARGE_SPECIMEN_MM3 = 20_000.0
SUM_LIMIT = 1e-6
_SECTIONS = 24


@dataclass(frozen=True)
class MouldChecks:
    """What was measured on the base and the replica.

    Parameters
    ----------
    locked_mm3
        Plastic in the way of the specimen as it goes in.
    findings
        What does not hold.
    """

    locked_mm3: float
    findings: tuple[Finding, ...]


def check_mould(mould: Mould) -> MouldChecks:
    """Measure that the specimen goes in, that nothing overlaps, and that the slots are open."""
    base = Solid.from_mesh(mould.base.mesh, "base")
    replica = Solid.from_mesh(mould.parts[1].mesh, "specimen")
    locked_mm3 = base.volume_above_mm3(replica, SECTION_STEP_MM)
    findings = []
    if locked_mm3 > LOCKED_LIMIT_MM3:
        findings.append(
            Finding.error(
                "locked",
                f"{locked_mm3:.1f} mm3 of plastic lie in the specimen's way; expected none. Do not print; "
                "please report this with the input",
            )
        )
    blocked_mm3 = _blocked_mm3(mould, base)
    if blocked_mm3 > LOCKED_LIMIT_MM3:
        findings.append(
            Finding.error(
                "slot_blocked",
                f"{blocked_mm3:.1f} mm3 of plastic lie in the slots; expected none. Do not print; "
                "please report this with the input",
            )
        )
    return MouldChecks(locked_mm3, tuple(findings))


def check_map(
    specimen: Specimen, plan: CutPlan, sampling: SamplingMap, lying: LyingSpecimen
) -> tuple[Finding, ...]:
    """Compare the map with the labels, and the surface with both."""
    findings = []
    total = sum(slab.tissue_mm3 for slab in sampling.slabs) + sampling.kerf_loss_mm3
    if abs(total - specimen.volume_mm3) > SUM_LIMIT * specimen.volume_mm3:
        findings.append(
            Finding.error(
                "map_incomplete",
                f"slabs and kerf add up to {total:.2f} mm3, but the specimen has "
                f"{specimen.volume_mm3:.2f} mm3. Do not use the map; please report this with the input",
            )
        )
    enclosed = lying.field.enclosed_mm3
    off = lying.mesh.volume_mm3 / enclosed - 1
    if abs(off) > VOLUME_LIMIT and enclosed > LARGE_SPECIMEN_MM3:
        findings.append(
            Finding.warning(
                "surface_volume",
                f"the specimen's surface encloses {100 * off:+.2f} % of the labels' volume; expected within "
                f"{100 * VOLUME_LIMIT:g} %. Use a finer surface.grid_mm",
            )
        )
    empty = [slab.slab.id for slab in sampling.slabs if slab.tissue_mm3 <= 0]
    if empty:
        findings.append(
            Finding.warning("empty_slab", f"{', '.join(empty)} hold no tissue; move or remove their cuts")
        )
    if len(plan.cuts) == 0:
        findings.append(
            Finding.warning("no_cut", "the specimen is thinner than one slab, so there is no cut")
        )
    return tuple(findings)


def check_print(mould: Mould, printer: PrinterParameters) -> tuple[Finding, ...]:
    """Return the findings of `print_flaws`."""
    return findings_of(print_flaws(mould, printer))


def print_flaws(mould: Mould, printer: PrinterParameters) -> tuple[Flaw, ...]:
    """Check what can be checked at once: that every part fits the bed and grows in layers, and the fingers.

    ``mouldgen check`` measures walls, slots and letters too, and looks for faults of the mesh.
    """
    flaws: list[Flaw] = []
    for part in mould.parts:
        if part.printable:
            solid = Solid.from_mesh(part.mesh, part.name)
            flaws += bed_flaws(part.name, part.mesh.vertices_mould, printer, Severity.WARNING)
            flaws += growth_flaws(part.name, part.mesh, solid, printer)
            estimate = estimate_print(part.mesh, solid, printer, sections=_SECTIONS)
            flaws.append(estimate_flaw(part.name, estimate, printer))
    return (*flaws, *_finger_flaws(mould))


def _finger_flaws(mould: Mould) -> Iterator[Flaw]:
    gaps = np.diff(mould.slot_x_mm) - mould.slot_width_mm
    if gaps.size and gaps.min() < SMALLEST_FINGER_MM:
        x_mm = mould.slot_x_mm[int(gaps.argmin())] + (mould.slot_width_mm + float(gaps.min())) / 2
        low, high = mould.base.mesh.bounds_mm[:, 1]
        yield Flaw(
            mould.base.name,
            Finding.warning(
                "thin_fingers",
                f"the plastic between two slots is {gaps.min():.2f} mm thick; printers want at least "
                f"{SMALLEST_FINGER_MM:g} mm. Use thicker slabs or a narrower slot",
            ),
            ((round(x_mm, 3), float(low + high) / 2, mould.guide_z_mm),),
        )


def unscored_slabs(mould: Mould, plan: CutPlan, lying: LyingSpecimen, scale_z: float) -> tuple[str, ...]:
    """Return the ids of slabs that lie so low along y = 0 that the score slot does not mark them."""
    score_z_mm = lying.bottom_mm + (mould.score_z_mm - lying.bottom_mm) / scale_z
    return tuple(
        slab.id
        for slab in plan.slabs
        if lying.top_along_middle_mm(slab.x_lower_mm, slab.x_upper_mm) < score_z_mm
    )


def check_score(unscored: tuple[str, ...]) -> tuple[Finding, ...]:
    """Name the slabs that the score slot does not mark."""
    if not unscored:
        return ()
    return (
        Finding.info(
            "score_misses",
            f"the score slot ends above the tissue at y = 0 in {', '.join(unscored)}; mark the top there by "
            "hand before cutting",
        ),
    )


def _blocked_mm3(mould: Mould, base: Solid) -> float:
    """Return the plastic in boxes that are a little narrower than the slots, over the whole base."""
    if not mould.slot_x_mm:
        return 0.0
    low, high = mould.base.mesh.bounds_mm
    half = mould.slot_width_mm / 2 - 0.02
    boxes = [
        Solid.box(
            (x - half, low[1] - 1, mould.floor_z_mm + 0.02), (x + half, high[1] + 1, high[2] + 1), "slot"
        )
        for x in mould.slot_x_mm
    ]
    return base.shared_mm3(compose(boxes, "slots"))
