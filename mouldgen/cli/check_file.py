"""``mouldgen check FILE``: any mould before it is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mouldgen.cli.findings import count_findings, finding_rows, finding_table
from mouldgen.cli.terminal import show, show_json

if TYPE_CHECKING:
    from mouldgen.errors import Finding
    from mouldgen.io.mesh_files import MeshFile
    from mouldgen.printability.examine import PartReport

__all__ = ["check_file"]


def check_file(path: Path, *, printer: str | None, picture: Path | None, json: bool) -> tuple[Finding, ...]:
    """Examine every body of a file, show what was found, and return the findings."""
    from mouldgen.io.mesh_files import read_mesh_file
    from mouldgen.params import resolve_parameters
    from mouldgen.printability.examine import examine_part

    machine = resolve_parameters(printer=printer).printer
    file = read_mesh_file(path)
    reports = [examine_part(body, machine, has_unit=file.has_unit) for body in file.bodies]
    findings = (*file.findings, *(flaw.finding for report in reports for flaw in report.flaws))
    if picture is not None:
        findings = (*findings, *_draw(file, reports, picture))
    if json:
        rows = finding_rows(file.findings) + [row for report in reports for row in _flaw_rows(report)]
        parts = [_part_row(report) for report in reports]
        show_json({"file": file.name, "printer": machine.name, "parts": parts, "findings": rows})
        return findings
    for report in reports:
        show(f"{report.name}: {_summary(report)}")
    heading = f"{file.name}, to be printed on the {machine.name}: {count_findings(findings)}"
    show(heading, finding_table(findings)) if findings else show(heading)
    return findings


def _draw(file: MeshFile, reports: list[PartReport], picture: Path) -> tuple[Finding, ...]:
    """Draw where the findings are, and return one if there is nothing to draw, or it failed."""
    from tempfile import TemporaryDirectory

    from mouldgen.errors import Finding
    from mouldgen.export.findings_picture import drawn_flaws, findings_picture
    from mouldgen.export.output_errors import explain_os_errors
    from mouldgen.export.raw_stl import write_raw_stl

    flaws = drawn_flaws(flaw for report in reports for flaw in report.flaws)
    if not flaws:
        return (Finding.info("nothing_to_draw", "no finding has a place, so no picture was drawn"),)
    with explain_os_errors(f"the picture {picture.name}"), TemporaryDirectory(prefix="mouldgen-") as folder:
        parts = {
            body.name: write_raw_stl(body, Path(folder) / f"{n}.stl") for n, body in enumerate(file.bodies)
        }
        with findings_picture(flaws, parts, picture) as job:
            failure = job.finish()
    return (failure,) if failure else ()


def _flaw_rows(report: PartReport) -> list[dict[str, Any]]:
    rows = finding_rows(flaw.finding for flaw in report.flaws)
    return [
        {**row, "part": flaw.part, "places_mm": [list(place) for place in flaw.places_mm]}
        for row, flaw in zip(rows, report.flaws, strict=True)
    ]


def _part_row(report: PartReport) -> dict[str, Any]:
    size = None if report.size_mm is None else [round(side, 3) for side in report.size_mm]
    measures = None if report.measures is None else report.measures.to_dict()
    return {"name": report.name, "faces": report.faces, "size_mm": size, "measures": measures}


def _summary(report: PartReport) -> str:
    size = "no size" if report.size_mm is None else " x ".join(f"{side:.1f}" for side in report.size_mm)
    text = f"{report.faces} faces, {size} mm"
    return text if report.measures is None else f"{text}, {report.measures}"
