"""What `make` and `demo` say about a design: figures for programs, a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import floor
from typing import TYPE_CHECKING, Any

from mouldgen.cli.findings import count_findings, finding_table
from mouldgen.cli.terminal import show
from mouldgen.errors import Finding

if TYPE_CHECKING:
    from mouldgen.frames import FloatArray
    from mouldgen.mould.parts import Part
    from mouldgen.pipeline import MouldDesign
    from mouldgen.sampling.site_plan import SitePlan

__all__ = ["design_figures", "show_summary"]


def design_figures(design: MouldDesign) -> dict[str, Any]:
    """Return the figures of a design that a user or a program wants to see at once."""
    low, high = design.mould.base.mesh.bounds_mm
    return {
        "case_id": design.case_id,
        "design_hash": design.design_hash,
        "specimen_ml": round(design.specimen.volume_mm3 / 1000, 3),
        "slabs": len(design.plan.slabs),
        "slab_mm": [round(slab.thickness_mm, 3) for slab in design.plan.slabs],
        "cut_normal_lps": [round(float(part), 6) + 0.0 for part in design.frame.cut_normal_lps],
        "insertion_lps": [round(float(part), 6) + 0.0 for part in design.frame.insertion_lps],
        "base_deg": round(design.frame.base_deg, 3),
        "slot_width_mm": design.mould.slot_width_mm,
        "clearance_mm": design.mould.clearance_mm,
        "floor_z_mm": round(design.mould.floor_z_mm, 3),
        "rim_z_mm": round(design.mould.rim_z_mm, 3),
        "void_percent": round(design.mould.void_percent, 2),
        "locked_mm3": round(design.locked_mm3, 3),
        "mould_size_mm": [round(float(side), 1) for side in high - low],
        "plastic_ml": round(design.mould.base.mesh.volume_mm3 / 1000, 1),
        "habitats": list(_habitat_figures(design)),
        "sites": len(design.sites.sites),
        "unreachable": [item.habitat for item in design.sites.unreachable],
    }


def _habitat_figures(design: MouldDesign) -> Iterator[dict[str, Any]]:
    if design.specimen.habitats is None:
        return
    for habitat in design.specimen.habitats.habitats:
        yield {
            "label": habitat.label,
            "name": habitat.name,
            "code": habitat.code,
            "ml": round(design.specimen.habitats.volume.volume_mm3(habitat.label) / 1000, 3),
        }


def show_summary(
    design: MouldDesign, findings: Iterable[Finding], folder: str, *, pictures: bool = True
) -> None:
    """Print what was made, what was found, and where it is; without pictures there is no paper, either."""
    from rich.table import Table
    from rich.text import Text

    findings = tuple(findings)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in (
        *_rows(design),
        *_file_rows(folder, design.mould.parts, pictures=pictures),
        ("findings", count_findings(findings)),
    ):
        table.add_row(name, text)
    title = Text.assemble((design.case_id, "bold"), "  ", (f"design {design.design_hash}", "dim"))
    show(title, "", table)
    if findings:
        show("", finding_table(findings))


def _rows(design: MouldDesign) -> Iterator[tuple[str, str]]:
    from mouldgen.frames import AxisLetters

    figures = design_figures(design)
    mould, printer = design.mould, design.parameters.printer
    yield "specimen", f"{figures['specimen_ml']:.2f} mL"
    yield from _habitat_rows(figures["habitats"])
    yield "slabs", f"{_slab_text(figures['slab_mm'])}; slots {mould.slot_width_mm:g} mm wide"
    letters = AxisLetters.of(design.frame.mould_from_patient.rotation)
    normal = _direction(design.frame.cut_normal_lps, letters.x[1])
    yield "angle", f"cuts across {normal}; S01 is the {_name(letters.x[0])} end"
    side = _direction(design.frame.insertion_lps, letters.z[0])
    yield "base side", f"{side}; base angle {round(design.frame.base_deg, 1) % 360:g} degrees"
    rim_mm = mould.rim_z_mm - mould.floor_z_mm
    yield "cavity", f"clearance {mould.clearance_mm:g} mm, rim {rim_mm:.1f} mm above the plate"
    yield "fit", f"void {mould.void_percent:.1f} %, locked {design.locked_mm3:.0f} mm3"
    yield "sites", _site_text(design.sites)
    yield "mould", f"{_box(figures['mould_size_mm'])} mm, {figures['plastic_ml']:.0f} mL of plastic"
    yield "printer", f"{printer.name}, {_box(printer.bed_mm)} mm"


def _habitat_rows(habitats: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    width = max((len(f"{habitat['ml']:.2f}") for habitat in habitats), default=0)
    for position, habitat in enumerate(habitats):
        text = f"{habitat['code']}  {habitat['ml']:{width}.2f} mL  {habitat['name']}"
        yield "" if position else "habitats", text


def _file_rows(folder: str, parts: Iterable[Part], *, pictures: bool) -> Iterator[tuple[str, str]]:
    yield "files", folder
    if pictures:
        yield "", "report.html to look at first, sampling_sheet.pdf for the laboratory"
    else:
        yield "", "sampling_map.csv and sites.csv for the laboratory"
    names = ", ".join(f"{part.name}.stl" for part in parts if part.printable)
    yield "", f"mould/{names} to print"


def _site_text(plan: SitePlan) -> str:
    """Return for instance ``9 in 4 slabs, each hits with 0.81 or more; out of reach: 1 habitat``."""
    sites = plan.sites
    if sites:
        slabs = len({site.slab_id for site in sites})
        worst = floor(100 * min(site.hit_probability for site in sites) + 1e-9) / 100
        text = f"{len(sites)} in {slabs} {_plural('slab', slabs)}, each hits with {worst:.2f} or more"
    else:
        text = "none"
    lost = len(plan.unreachable)
    return f"{text}; out of reach: {lost} {_plural('habitat', lost)}" if lost else text


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _slab_text(slab_mm: list[float]) -> str:
    if len(slab_mm) == 1:
        return f"1, {slab_mm[0]:.1f} mm thick"
    thinnest, thickest = min(slab_mm), max(slab_mm)
    span = f"{thinnest:.1f}" if thickest - thinnest < 0.05 else f"{thinnest:.1f} to {thickest:.1f}"
    return f"{len(slab_mm)}, {span} mm thick"


def _direction(direction_lps: FloatArray, letter: str) -> str:
    """Return the side by the letter that is engraved on it, and how far off it is."""
    from mouldgen.frames import ANATOMICAL_DIRECTIONS, angle_between_deg

    name = _name(letter)
    off_deg = angle_between_deg(direction_lps, ANATOMICAL_DIRECTIONS[name])
    return f"{name} ({off_deg:.1f} degrees off)" if off_deg >= 0.05 else name


def _name(letter: str) -> str:
    from mouldgen.frames import ANATOMICAL_DIRECTIONS

    return next(name for name in ANATOMICAL_DIRECTIONS if name[0].upper() == letter[0])


def _box(sides_mm: Iterable[float]) -> str:
    return " x ".join(f"{side:.0f}" for side in sides_mm)
