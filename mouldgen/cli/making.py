"""The way from a specimen to a case folder that `make` and `demo` share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.cli.findings import finding_rows, refuse_fatal
from mouldgen.cli.progress import show_stages
from mouldgen.cli.summary import design_figures, show_summary
from mouldgen.cli.terminal import show_json

if TYPE_CHECKING:
    from mouldgen.cli.pose_choice import Settle
    from mouldgen.export.case_folder import CaseWriteResult
    from mouldgen.mould.parts import Mould
    from mouldgen.params import DesignParameters
    from mouldgen.pipeline import MouldDesign
    from mouldgen.specimen import Specimen

__all__ = ["ReadSpecimen", "RunChoices", "make_case"]

ReadSpecimen = Callable[[Callable[[str], None]], "Specimen"]
"""Takes a listener to stages and returns the specimen."""


@dataclass(frozen=True, kw_only=True)
class RunChoices:
    """How a run behaves, besides its parameters.

    Parameters
    ----------
    folder
        Case folder.
    overwrite, strict, quiet, json, pictures
        As on the command line.
    settle
        Searches the pose once the specimen is read.
    write_more
        Writes further files into the case folder before its manifest.
    """

    folder: Path
    overwrite: bool
    strict: bool
    quiet: bool
    json: bool
    pictures: bool
    settle: Settle | None = None
    write_more: Callable[[Path], None] | None = None


def make_case(read: ReadSpecimen, parameters: DesignParameters, choices: RunChoices) -> None:
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
    design, written = _make(read, parameters, choices)
    findings = (*design.findings, *written.findings)
    if choices.json:
        seconds = {stage: round(value, 3) for stage, value in written.seconds.items()}
        figures = {"folder": str(choices.folder), **design_figures(design)}
        show_json({**figures, "findings": finding_rows(findings), "seconds": seconds})
    elif not choices.quiet:
        show_summary(design, findings, str(choices.folder), pictures=choices.pictures)


def _make(
    read: ReadSpecimen, parameters: DesignParameters, choices: RunChoices
) -> tuple[MouldDesign, CaseWriteResult]:
    """Return the design, and what writing it took."""
    from mouldgen.export.case_folder import begin_case, fill_case, prepare_overview, reserve_case
    from mouldgen.export.lims_table import check_lims_columns

    check_lims_columns(parameters.lims)
    with (
        show_stages(quiet=choices.quiet) as stages,
        reserve_case(choices.folder, overwrite=choices.overwrite) as temporary,
    ):
        stages.begin("reading")
        specimen = read(stages.begin)
        if choices.settle is not None:
            specimen, parameters = choices.settle(specimen, parameters, stages.begin)
        with prepare_overview(temporary) if choices.pictures else nullcontext() as overview:

            def begin_files(mould: Mould) -> None:
                stages.begin("bodies")
                begin_case(mould, parameters.files.formats, temporary, overview)

            design = _design(specimen, parameters, stages.begin, begin_files)
            stages.end()
            refuse_fatal(design.findings, strict=choices.strict)
            written = fill_case(
                design,
                temporary,
                pictures=choices.pictures,
                overview=overview,
                write_more=choices.write_more,
                has_begun=True,
                on_stage=stages.begin,
                seconds=stages.seconds,
            )
        refuse_fatal(written.findings, strict=choices.strict)
    return design, written


def _design(
    specimen: Specimen,
    parameters: DesignParameters,
    on_stage: Callable[[str], None],
    on_mould: Callable[[Mould], None],
) -> MouldDesign:
    from mouldgen.pipeline import design_mould  # after reading: a file that cannot be read is said at once
    from mouldgen.simplification import collapsing_beside

    with collapsing_beside() as end_collapsing:

        def leave_room(mould: Mould) -> None:
            end_collapsing()
            on_mould(mould)

        return design_mould(specimen, parameters, on_stage=on_stage, on_mould=leave_room)
