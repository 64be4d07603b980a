"""``mouldgen check``: read a case folder or a file for printing again and say what does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.findings import count_findings, fatal_findings, finding_rows, finding_table
from mouldgen.cli.terminal import show, show_json
from mouldgen.errors import ExitCode

if TYPE_CHECKING:
    from mouldgen.errors import Finding

__all__ = ["check"]

Picture = Annotated[
    Path | None,
    typer.Option(
        "--picture",
        help="Draw where the findings of a FILE are.",
        rich_help_panel=opt.OUTPUT,
        metavar="PNG",
        show_default=False,
    ),
]


def check(
    case: Annotated[
        Path,
        typer.Argument(
            help="Case folder, or any .stl, .3mf, .obj or .ply for printing.",
            metavar="CASE|FILE",
            show_default=False,
        ),
    ],
    *,
    printer: opt.PrinterName = None,
    picture: Picture = None,
    json: opt.Json = False,
    strict: opt.Strict = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """Check a case folder again, or any mould before it is printed.

    The files of a case must be whole, unchanged and closed, and agree with each other. A mould, also one that
    was made elsewhere, must be one closed solid that the printer can print.
    """
    from mouldgen.io.mesh_files import MESH_SUFFIXES

    if case.suffix.lower() in MESH_SUFFIXES and not case.is_dir():
        from mouldgen.cli.check_file import check_file

        findings = check_file(case, printer=printer, picture=picture, json=json)
    else:
        if picture is not None:
            message = "it is for a FILE; what cannot be printed of a CASE is drawn in its mould/findings.png"
            raise typer.BadParameter(message, param_hint="--picture")
        findings = _check_case(case, printer=printer, json=json)
    if fatal_findings(findings, strict=strict):
        raise typer.Exit(int(ExitCode.CHECK_FAILED))


def _check_case(folder: Path, *, printer: str | None, json: bool) -> tuple[Finding, ...]:
    from mouldgen.export.case_check import check_case
    from mouldgen.params import resolve_parameters

    machine = None if printer is None else resolve_parameters(printer=printer).printer
    findings = check_case(folder, printer=machine)
    if json:
        show_json({"folder": str(folder), "findings": finding_rows(findings)})
    elif findings:
        show(f"{folder}: {count_findings(findings)}", finding_table(findings))
    else:
        show(f"{folder}: all files are whole, unchanged and in agreement")
    return findings
