"""``mouldgen inspect``: what is in a file, and what looks odd."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.reporting import print_json

if TYPE_CHECKING:
    from mouldgen.io.inspection import VolumeReport

__all__ = ["inspect"]


def inspect(
    files: Annotated[
        list[Path], typer.Argument(help="NIfTI, NRRD, MHA or MHD.", metavar="FILE...", show_default=False)
    ],
    *,
    json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """Show grid, spacing, axes and labels of files, and what looks odd."""
    from mouldgen.io.inspection import inspect_volume

    reports = [inspect_volume(path) for path in files]
    if json:
        print_json({"files": [report.to_dict() for report in reports]})
        return
    for report in reports:
        _print_report(report)


def _print_report(report: VolumeReport) -> None:
    raise NotImplementedError
