"""What must hold of a finished design, measured on its parts -> findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Finding, Severity
from mouldgen.mould.assembly import Assembly, assemble
from mouldgen.mould.legibility import illegible_texts
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.parts import Mould, Part, is_round_below
from mouldgen.mould.plates import parts_to_print
from mouldgen.params import PrinterParameters
from mouldgen.printability.estimate import estimate_print
from mouldgen.printability.flaws import Flaw, as_information, at, findings_of, part_flaw
from mouldgen.printability.measure import (
    GROWTH_CODES,
    SMALLEST_FINGER_MM,
    estimate_flaw,
    growth_flaws,
)
from mouldgen.printability.size import bed_flaws
from mouldgen.sampling.contents import SamplingMap
from mouldgen.slicing import CutPlan
from mouldgen.specimen import Specimen

__all__ = [
    "MouldChecks",
    "check_map",
    "check_mould",
    "check_print",
    "check_score",
    "check_stability",
    "print_flaws",
    "unscored_slabs",
]

LOCKED_LIMIT_MM3 = 1.0
VOLUME_LIMIT = 0.005
LARGE_SPECIMEN_MM3 = 20_000.0
LEAST_CLEARANCE_MM = 0.2
"""With less clearance the surfaces of cavity and replica, each simplified by itself, cross here and there."""

SUM_LIMIT = 1e-6
_BED_FINDINGS = {"too_large_for_bed", "split_for_bed", "lid_split_for_bed", "part_too_large_for_bed"}
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
    """Measure that specimen and lid go in and on, that parts do not overlap, and that the slots are open."""
    assembly = assemble(mould)
    locked_mm3 = assembly.locked_mm3()
    findings = [
        _out_of_order("locked", f"{locked_mm3:.1f} mm3 of plastic lie in the specimen's way", locked_mm3),
        *(_blocked_slots(name, assembly.blocked_mm3(name)) for name in ("base", "lid")),
        *_lid_locked(assembly),
        *_overlaps(mould, assembly),
    ]
    return MouldChecks(locked_mm3, tuple(finding for finding in findings if finding is not None))


def _blocked_slots(name: str, blocked_mm3: float) -> Finding | None:
    where = "in the slots" if name == "base" else f"in the slots of the {name}"
    return _out_of_order("slot_blocked", f"{blocked_mm3:.1f} mm3 of plastic lie {where}", blocked_mm3)


def _lid_locked(assembly: Assembly) -> Iterator[Finding | None]:
    locked_mm3 = assembly.locked_in_lid_mm3()
    what = f"{locked_mm3:.1f} mm3 of the lid lie in the specimen's way as it goes on"
    yield _out_of_order("lid_locked", what, locked_mm3)


def _overlaps(mould: Mould, assembly: Assembly) -> Iterator[Finding | None]:
    touching_mm3 = mould.parts[1].mesh.area_mm2 * max(0.0, LEAST_CLEARANCE_MM - mould.clearance_mm)
    for (one, other), shared_mm3 in assembly.overlaps_mm3().items():
        what = f"{one} and {other} overlap by {shared_mm3:.1f} mm3 when they are put together"
        allowed_mm3 = touching_mm3 if "specimen" in {one, other} else 0.0
        yield _out_of_order("parts_overlap", what, shared_mm3 - allowed_mm3)


def _out_of_order(code: str, what: str, volume_mm3: float) -> Finding | None:
    """Return a finding if plastic is where none may be."""
    if volume_mm3 <= LOCKED_LIMIT_MM3:
        return None
    return Finding.error(
        code,
        f"{what}; expected none. Do not print. Use a finer grid (surface.grid_mm); if that does not help, "
        "please report this with the input",
    )


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
    # building a mould that is split, or too large, has said what to do
    said = [finding for finding in mould.findings if finding.code in _BED_FINDINGS]
    flaws = [_base_flaw(mould, finding) for finding in said if finding.code == "too_large_for_bed"]
    for part in parts_to_print(mould):
        if not said:
            flaws += bed_flaws(part.name, part.mesh.vertices_mould, printer, Severity.WARNING)
        flaws += _layer_flaws(part, printer)
    return (*flaws, *_finger_flaws(mould))


def _base_flaw(mould: Mould, finding: Finding) -> Flaw:
    (x_low, y_low, z_low), (x_high, y_high, z_high) = mould.base.mesh.bounds_mm.round(3).tolist()
    return Flaw(mould.base.name, finding, ((x_low, y_low, z_low), (x_high, y_high, z_high)))


def _layer_flaws(part: Part, printer: PrinterParameters) -> Iterator[Flaw]:
    flaws = growth_flaws(part.name, part.mesh, part.solid, printer)
    yield from as_information(flaws, GROWTH_CODES) if is_round_below(part.name) else flaws
    yield from _text_flaws(part, printer)
    estimate = estimate_print(part.mesh, part.solid, printer, sections=_SECTIONS)
    yield estimate_flaw(part.name, estimate, printer)


def _text_flaws(part: Part, printer: PrinterParameters) -> Iterator[Flaw]:
    for illegible in illegible_texts(part, part.solid, printer.least_gap_mm):
        text = illegible.engraving
        place = part.mould_from_part.inverse().apply(text.middle_mm)
        yield part_flaw(
            part.name,
            Severity.WARNING,
            "illegible_text",
            f"the text {text.text!r} {at(place)} cannot be read: {illegible.reason}. Write it by hand, or "
            "change what is in its way",
            [place],
        )


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


def check_stability(specimen: Specimen, least_dice: float) -> Iterator[Finding]:
    """Give the habitats whose labels do not repeat well enough to rely on."""
    for habitat in specimen.habitats.habitats if specimen.habitats else ():
        if not habitat.is_stable and habitat.stability is not None:
            yield Finding.warning(
                "habitat_unstable",
                f"the labels of habitat {habitat.code} ({habitat.name}) repeat only to "
                f"{habitat.stability:.2f} (Dice) when images and outline change a little; expected is "
                f"{least_dice:g} or more. Do not rest a result on its samples alone: fewer habitats, or "
                "better images, are more stable",
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
