"""The way from a specimen to a case folder that `make` and `demo` share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.cli.progress import show_stages
from mouldgen.cli.reporting import (
    design_figures,
    finding_rows,
    print_json,
    print_summary,
    worst_findings,
)
from mouldgen.errors import CheckFailed, Finding

if TYPE_CHECKING:
    from mouldgen.images import Specimen
    from mouldgen.params import DesignParameters

__all__ = ["RunChoices", "make_case"]

STAGE_COUNT = 18


@dataclass(frozen=True)
class RunChoices:
    """How a run behaves, besides its parameters.

    Parameters
    ----------
    folder
        Case folder.
    overwrite, strict, quiet, json, pictures
        As on the command line.
    """

    folder: Path
    overwrite: bool = False
    strict: bool = False
    quiet: bool = False
    json: bool = False
    pictures: bool = True


def make_case(read: Callable[[], Specimen], parameters: DesignParameters, choices: RunChoices) -> None:
    """Reserve the folder, read, design, write, and show the result.

    Parameters
    ----------
    read
        Returns the specimen; called once the folder is reserved.
    parameters
        Resolved.
    choices
        How the run behaves.

    Raises
    ------
    CheckFailed
        If a finding is an error, or with ``strict`` a warning; nothing is written then.
    """
    from mouldgen.export.case_folder import fill_case, reserve_case
    from mouldgen.pipeline import design_mould

    with (
        show_stages(STAGE_COUNT, quiet=choices.quiet) as clock,
        reserve_case(choices.folder, overwrite=choices.overwrite) as temporary,
    ):
        clock.begin("reading")
        specimen = read()
        design = design_mould(specimen, parameters, on_stage=clock.begin)
        _refuse(design.findings, strict=choices.strict)
        clock.end()
        written = fill_case(
            design, temporary, pictures=choices.pictures, on_stage=clock.begin, seconds=clock.seconds
        )
        _refuse(written.findings, strict=choices.strict)
    findings = (*design.findings, *written.findings)
    if choices.json:
        seconds = {stage: round(value, 3) for stage, value in written.seconds.items()}
        figures = {"folder": str(choices.folder), **design_figures(design)}
        print_json({**figures, "findings": finding_rows(findings), "seconds": seconds})
    elif not choices.quiet:
        print_summary(design, findings, str(choices.folder))


def _refuse(findings: tuple[Finding, ...], *, strict: bool) -> None:
    fatal = worst_findings(findings, strict=strict)
    if fatal:
        listed = "\n".join(
            f"  {finding.severity.value} {finding.code}: {finding.message}" for finding in fatal
        )
        message = f"nothing was written, because of:\n{listed}"
        raise CheckFailed(message)
