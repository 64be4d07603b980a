"""Findings on the terminal and in JSON, and whether they fail a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mouldgen.errors import CheckFailed, Finding, Severity

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["count_findings", "fatal_findings", "finding_rows", "finding_table", "refuse_fatal"]

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "dim"}
"""The gravest first."""

_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "info"}


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as plain values."""
    return [
        {"code": finding.code, "severity": finding.severity.value, "message": finding.message}
        for finding in findings
    ]


def fatal_findings(findings: Iterable[Finding], *, strict: bool) -> tuple[Finding, ...]:
    """Return the findings that fail a run: errors, and with `strict` warnings too."""
    fatal = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return tuple(finding for finding in findings if finding.severity in fatal)


def refuse_fatal(findings: Iterable[Finding], *, strict: bool) -> None:
    """Fail a run that has a fatal finding.

    Raises
    ------
    CheckFailed
        With all of them; nothing is written then.
    """
    fatal = fatal_findings(findings, strict=strict)
    if fatal:
        listed = "".join(f"\n  {item.severity.value} {item.code}: {item.message}" for item in fatal)
        message = f"nothing was written, because of{listed}"
        raise CheckFailed(message)


def finding_table(findings: Iterable[Finding]) -> Table:
    """Return one row a finding, the gravest first."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    order = list(_STYLES)
    for finding in sorted(findings, key=lambda item: order.index(item.severity)):
        severity = Text(finding.severity.value, _STYLES[finding.severity])
        table.add_row(severity, Text.assemble(finding.message, " ", (f"[{finding.code}]", "dim")))
    return table


def count_findings(findings: Iterable[Finding]) -> str:
    """Return for instance ``1 warning, 3 info``."""
    counts = Counter(finding.severity for finding in findings)
    words = [
        f"{counts[severity]} {plural if counts[severity] > 1 else severity.value}"
        for severity, plural in _PLURALS.items()
        if counts[severity]
    ]
    return ", ".join(words) or "no findings"
