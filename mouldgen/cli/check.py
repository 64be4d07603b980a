"""``mouldgen check``: read a case folder again and say what does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.findings import count_findings, fatal_findings, finding_rows, finding_table
from mouldgen.cli.terminal import show, show_json
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

    They must be whole, unchanged and closed, and agree with each other.
    """
    from mouldgen.export.case_check import check_case

    findings = check_case(case)
    if json:
        show_json({"folder": str(case), "findings": finding_rows(findings)})
    elif findings:
        show(f"{case}: {count_findings(findings)}", finding_table(findings))
    else:
        show(f"{case}: all files are whole, unchanged and in agreement")
    if fatal_findings(findings, strict=strict):
        raise typer.Exit(int(ExitCode.CHECK_FAILED))
