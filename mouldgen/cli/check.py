"""``mouldgen check``: read a case folder again and say what does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.reporting import finding_rows, print_findings, print_json, worst_findings
from mouldgen.errors import ExitCode

__all__ = ["check"]


def check(
    case: Annotated[Path, typer.Argument(help="Case folder.", metavar="CASE", show_default=False)],
    *,
    json: opt.Json = False,
    strict: opt.Strict = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """Check the files of a case folder again.

    They must be whole, unchanged, closed, and in agreement with each other.
    """
    from mouldgen.export.case_check import check_case

    findings = check_case(case)
    if json:
        print_json({"findings": finding_rows(findings)})
    elif findings:
        print_findings(findings)
    if worst_findings(findings, strict=strict):
        raise typer.Exit(int(ExitCode.CHECK_FAILED))
    if not json:
        typer.echo(f"{case}: all files are whole, unchanged and in agreement")
