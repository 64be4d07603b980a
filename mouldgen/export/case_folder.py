"""Writing a case folder, whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from mouldgen.errors import Finding
from mouldgen.export.output_errors import explain_os_errors
from mouldgen.export.reservation import reserve_case
from mouldgen.memory import return_freed_memory

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.overview import OverviewJob
    from mouldgen.mould.parts import Mould
    from mouldgen.params import MeshFormat
    from mouldgen.pipeline import MouldDesign, StageCallback

__all__ = [
    "CaseWriteResult",
    "StageClock",
    "begin_case",
    "fill_case",
    "make_folders",
    "prepare_overview",
    "reserve_case",
    "write_case",
    "write_laboratory",
]

P = ParamSpec("P")
R = TypeVar("R")
Subject = TypeVar("Subject")

FOLDERS = ("mould", "maps", "slicer")
PICTURE_FOLDERS = ("slabs",)


@dataclass(frozen=True)
class CaseWriteResult:
    """What writing a case folder took, and what it found.

    Parameters
    ----------
    findings
        About the writing, such as a missing overview picture; the design has its own.
    seconds
        Of every stage, by name, with those that were handed in. Some stages run side by side.
    """

    findings: tuple[Finding, ...]
    seconds: Mapping[str, float]


def write_case(
    design: MouldDesign,
    folder: str | Path,
    *,
    overwrite: bool = False,
    pictures: bool = True,
    on_stage: StageCallback | None = None,
    seconds: Mapping[str, float] | None = None,
) -> CaseWriteResult:
    """Write a design to a case folder: the whole of it, or nothing.

    Parameters
    ----------
    design
        What `mouldgen.pipeline.design_mould` returned.
    folder
        The case folder; its parent exists.
    overwrite
        Replace `folder` if it is a case of mouldgen, or empty.
    pictures
        Draw the slabs and the overview, too.
    on_stage
        Called with the name of each stage when it begins.
    seconds
        Time of earlier stages, for the manifest.

    Raises
    ------
    OutputError
        If the folder cannot be written, with the reason and what to do.
    CheckFailed
        If a file, read back, does not hold what was to be written.

    Examples
    --------
    >>> write_case(design_mould(specimen), "case-01")  # doctest: +SKIP
    """
    with reserve_case(folder, overwrite=overwrite) as temporary:
        return fill_case(design, temporary, pictures=pictures, on_stage=on_stage, seconds=seconds)


def begin_case(
    mould: Mould, formats: tuple[MeshFormat, ...], folder: Path, overview: OverviewJob | None
) -> None:
    """Write the bodies of a mould into `folder`, which `reserve_case` gave, and start to draw them.

    `fill_case` does so itself; whoever does it first lets the overview be drawn while the mould is checked.

    Parameters
    ----------
    mould
        Built, and not checked yet.
    formats
        What the bodies are written as.
    folder
        The same as for `fill_case`.
    overview
        From `prepare_overview`; None without pictures.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    from mouldgen.export.case_writers import write_bodies

    return_freed_memory()  # the overview is drawn beside this process
    with explain_os_errors("the bodies of the mould"):
        make_folders(folder, pictures=overview is not None)
        write_bodies(mould, formats, folder)
        if overview:
            overview.draw(_lift_mm(mould))


def fill_case(
    design: MouldDesign,
    folder: Path,
    *,
    pictures: bool = True,
    overview: OverviewJob | None = None,
    write_more: Callable[[Path], None] | None = None,
    has_begun: bool = False,
    on_stage: StageCallback | None = None,
    seconds: Mapping[str, float] | None = None,
) -> CaseWriteResult:
    """Write all files of a case into `folder`, which `reserve_case` gave; parameters as in `write_case`.

    `write_more` writes further files that belong to the case.
    `has_begun` says that `begin_case` has written the bodies, with `overview` as it was given to it.
    """
    from mouldgen.export.laboratory import LaboratoryCase

    clock = StageClock(on_stage, seconds)
    if pictures and overview is None:
        overview = prepare_overview(folder)
    with overview or nullcontext(), explain_os_errors(f"the files of {design.case_id}"):
        if not has_begun:
            formats = design.parameters.files.formats
            clock.announced("bodies", begin_case)(design.mould, formats, folder, overview)
        return_freed_memory()
        lab = clock.announced("map document", LaboratoryCase.of_design)(design)
        with _start_findings_picture(design, folder) if pictures else nullcontext() as marked:
            found = _run_writers(design, lab, folder, pictures=pictures, clock=clock)
            findings = (*found, *_await_picture("overview", overview, clock))
            findings += _await_picture("findings picture", marked, clock)
        if write_more is not None:
            clock.announced("habitat files", write_more)(folder)
        _write_manifest(design, folder, findings, clock.seconds)
    return CaseWriteResult(findings, MappingProxyType(clock.seconds))


def make_folders(folder: Path, *, pictures: bool) -> None:
    """Make the folders that files of a case lie in, where they are missing."""
    for name in (*FOLDERS, *(PICTURE_FOLDERS if pictures else ())):
        (folder / name).mkdir(exist_ok=True)


def write_laboratory(
    lab: LaboratoryCase, folder: Path, *, pictures: bool, clock: StageClock
) -> tuple[Finding, ...]:
    """Write all files that are made from the laboratory's view of a case; return what was found.

    Parameters
    ----------
    lab
        The case.
    folder
        The case folder, with the bodies in it.
    pictures
        Draw slabs, sheet and report, too.
    clock
        Takes the time of every stage.
    """
    from mouldgen.export.case_writers import (
        LABORATORY_BACKGROUND_WRITERS,
        LABORATORY_PICTURE_WRITERS,
        LABORATORY_WRITERS,
    )

    findings: list[Finding] = []
    with _beside(LABORATORY_BACKGROUND_WRITERS, lab, folder, clock):
        writers = {**LABORATORY_WRITERS, **(LABORATORY_PICTURE_WRITERS if pictures else {})}
        for stage, writer in writers.items():
            found = clock.announced(stage, writer)(lab, folder)
            findings.extend(found if isinstance(found, tuple) else ())
    return tuple(findings)


@contextmanager
def _beside(
    writers: Mapping[str, Callable[[Subject, Path], object]],
    subject: Subject,
    folder: Path,
    clock: StageClock,
) -> Iterator[None]:
    """Run writers in threads of their own while the block runs, and wait for them."""
    with ThreadPoolExecutor(len(writers)) as background:
        started = [
            background.submit(clock.announced(stage, writer), subject, folder)
            for stage, writer in writers.items()
        ]
        yield
        for job in started:
            job.result()


def _run_writers(
    design: MouldDesign, lab: LaboratoryCase, folder: Path, *, pictures: bool, clock: StageClock
) -> tuple[Finding, ...]:
    from mouldgen.export.case_writers import BACKGROUND_WRITERS

    with _beside(BACKGROUND_WRITERS, design, folder, clock):
        return write_laboratory(lab, folder, pictures=pictures, clock=clock)


def prepare_overview(folder: Path) -> OverviewJob:
    """Start the program that will draw the overview of the case in `folder`; it loads for half a second."""
    from mouldgen.export.overview import start_overview

    mould = folder / "mould"
    return start_overview(mould / "base.stl", mould / "specimen.stl", mould / "overview.png")


def _lift_mm(mould: Mould) -> float:
    lowest, highest = mould.base.mesh.bounds_mm
    return 1.25 * float(highest[2] - lowest[2])


def _start_findings_picture(design: MouldDesign, folder: Path) -> AbstractContextManager[OverviewJob | None]:
    """Start to draw what the printer cannot print, if there is anything."""
    from mouldgen.export.findings_picture import drawn_flaws, findings_picture

    flaws = drawn_flaws(design.flaws)
    if not flaws:
        return nullcontext()
    mould = folder / "mould"
    parts = {part.name: mould / f"{part.name}.stl" for part in design.mould.parts}
    return findings_picture(flaws, parts, mould / "findings.png")


def _await_picture(stage: str, job: OverviewJob | None, clock: StageClock) -> tuple[Finding, ...]:
    if job is None:
        return ()
    finding = clock.announced(stage, job.finish)()
    return (finding,) if finding else ()


def _write_manifest(
    design: MouldDesign, folder: Path, findings: tuple[Finding, ...], seconds: Mapping[str, float]
) -> None:
    from mouldgen.export.case_writers import write_text
    from mouldgen.export.manifest import MANIFEST_NAME, manifest_of

    manifest = manifest_of(design, folder, findings=(*design.findings, *findings), seconds=seconds)
    write_text(folder / MANIFEST_NAME, manifest.to_text())


def _ignore(_stage: str) -> None:
    """Do nothing: nobody listens to the stages."""


class StageClock:
    """Announces stages and measures how long each takes, also in another thread."""

    def __init__(self, on_stage: StageCallback | None, seconds: Mapping[str, float] | None) -> None:
        self._on_stage = on_stage or _ignore
        self.seconds = dict(seconds or {})

    def announced(self, name: str, work: Callable[P, R]) -> Callable[P, R]:
        """Announce a stage now, and return its work, which notes its time when it is done."""
        self._on_stage(name)

        def timed(*arguments: P.args, **options: P.kwargs) -> R:
            begin = time.perf_counter()
            result = work(*arguments, **options)
            self.seconds[name] = time.perf_counter() - begin
            return result

        return timed
