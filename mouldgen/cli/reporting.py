"""What people and programs see of a result: tables, findings, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mouldgen.errors import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console

    from mouldgen.pipeline import MouldDesign

__all__ = [
    "console",
    "design_figures",
    "finding_rows",
    "print_findings",
    "print_json",
    "print_summary",
    "worst_findings",
]

_STYLES = {Severity.INFO: "dim", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}


def console() -> Console:
    """Return a console on stdout; plain text where that is not a terminal."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as plain values."""
    return [
        {"code": finding.code, "severity": finding.severity.value, "message": finding.message}
        for finding in findings
    ]


def worst_findings(findings: Iterable[Finding], *, strict: bool) -> tuple[Finding, ...]:
    """Return the findings that fail a run: errors, and with `strict` warnings too."""
    fatal = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return tuple(finding for finding in findings if finding.severity in fatal)


def print_findings(findings: Iterable[Finding]) -> None:
    """Print one line a finding, the gravest first."""
    out = console()
    order = list(_STYLES)
    for finding in sorted(findings, key=lambda item: -order.index(item.severity)):
        style = _STYLES[finding.severity]
        out.print(f"[{style}]{finding.severity.value:>8}[/]  [bold]{finding.code}[/]  ", end="")
        out.print(finding.message, markup=False)


def design_figures(design: MouldDesign) -> dict[str, Any]:
    """Return the figures of a design that a user or a program wants to see at once."""
    low, high = design.mould.base.mesh.bounds_mm
    sampling = design.sampling
    habitats = design.specimen.habitats.habitats if design.specimen.habitats else ()
    return {
        "case_id": design.case_id,
        "design_hash": design.design_hash,
        "specimen_ml": round(design.specimen.volume_mm3 / 1000, 3),
        "slabs": len(design.plan.slabs),
        "slab_mm": [round(slab.thickness_mm, 3) for slab in design.plan.slabs],
        "cut_normal_lps": [round(float(part), 6) for part in design.frame.cut_normal_lps],
        "insertion_lps": [round(float(part), 6) for part in design.frame.insertion_lps],
        "base_deg": round(design.frame.base_deg, 3),
        "slot_width_mm": design.mould.slot_width_mm,
        "clearance_mm": design.mould.clearance_mm,
        "rim_z_mm": round(design.mould.rim_z_mm, 3),
        "void_percent": round(design.mould.void_percent, 2),
        "locked_mm3": round(design.locked_mm3, 3),
        "mould_size_mm": [round(float(side), 1) for side in high - low],
        "plastic_ml": round(design.mould.base.mesh.volume_mm3 / 1000, 1),
        "habitats": [
            {
                "label": habitat.label,
                "name": habitat.name,
                "code": habitat.code,
                "ml": round(sum(slab.habitat_mm3[habitat.label] for slab in sampling.slabs) / 1000, 3),
            }
            for habitat in habitats
        ],
    }


def print_summary(design: MouldDesign, findings: Iterable[Finding], folder: str) -> None:
    """Print what was made, what was found, and where it is."""
    from rich.table import Table

    out = console()
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    for name, text in _summary_rows(design):
        table.add_row(name, text)
    out.print(f"[bold]{design.case_id}[/]  design {design.design_hash}")
    out.print(table)
    print_findings(findings)
    out.print(f"Written to {folder}", markup=False)


def _summary_rows(design: MouldDesign) -> Iterable[tuple[str, str]]:
    from mouldgen.frames import anatomical_name

    figures = design_figures(design)
    thickness = figures["slab_mm"]
    printer = design.parameters.printer
    normal, normal_off = anatomical_name(design.frame.cut_normal_lps)
    side, side_off = anatomical_name(design.frame.insertion_lps)
    yield "specimen", f"{figures['specimen_ml']:.2f} mL"
    span = (
        f"{min(thickness):.1f} to {max(thickness):.1f}" if len(set(thickness)) > 1 else f"{thickness[0]:.1f}"
    )
    yield "slabs", f"{len(thickness)}, {span} mm thick; slots {figures['slot_width_mm']:g} mm wide"
    yield "cut normal", f"{normal}{_off(normal_off)}; S01 at the other end"
    yield "base side", f"{side}{_off(side_off)}, {figures['base_deg']:g} degrees"
    void = f"void {figures['void_percent']:.1f} %, locked {figures['locked_mm3']:g} mm3"
    yield "fit", f"clearance {figures['clearance_mm']:g} mm, {void}"
    size = " x ".join(f"{part:.0f}" for part in figures["mould_size_mm"])
    bed = " x ".join(f"{part:.0f}" for part in printer.bed_mm)
    yield "mould", f"{size} mm, {figures['plastic_ml']:.0f} mL of plastic; {printer.name} prints {bed} mm"
    for habitat in figures["habitats"]:
        yield f"habitat {habitat['code']}", f"{habitat['name']}, {habitat['ml']:.2f} mL"


def _off(angle_deg: float) -> str:
    return f" ({angle_deg:.1f} degrees off)" if angle_deg >= 0.05 else ""
