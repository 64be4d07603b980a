"""A new plan of sites for a case folder whose mould is already made."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from mouldgen.errors import InputError, ParameterError
from mouldgen.export.case_folder import CaseWriteResult, StageClock, make_folders, write_laboratory
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.manifest import MANIFEST_NAME, Manifest, read_manifest, renewed_manifest
from mouldgen.export.map_of_sites import with_sites
from mouldgen.export.output_errors import explain_os_errors
from mouldgen.export.stored_laboratory import read_laboratory_case

if TYPE_CHECKING:
    from mouldgen.params import DesignParameters
    from mouldgen.pipeline import StageCallback
    from mouldgen.specimen import Source, Specimen

__all__ = ["OpenedCase", "fill_replanned_case", "open_case", "replan_sites"]

_KEPT_FOLDERS = ("mould/", "maps/", "habitats/")
_DECISIVE = {"sampling_map.json", "parameters.toml"}


@dataclass(frozen=True, eq=False)
class OpenedCase:
    """A case folder that is whole.

    Parameters
    ----------
    folder
        Where it lies.
    manifest
        Its manifest.
    lab
        What its laboratory files are made from.
    """

    folder: Path
    manifest: Manifest
    lab: LaboratoryCase


def open_case(folder: Path) -> OpenedCase:
    """Return a case folder whose mould, map and volumes are those that were written.

    Files that a new plan makes anew, such as the sheet and the tables, may have been edited.

    Raises
    ------
    InputError
        If it is no case folder, or files are missing or changed: a plan for them could be wrong.
    """
    from mouldgen.export.check_stored_files import check_listed

    manifest = read_manifest(folder)
    needed = [output for output in manifest.outputs if _is_needed(output.path)]
    checked = manifest.model_copy(update={"outputs": needed})
    wrong = [finding for finding in check_listed(folder, checked) if finding.code != "file_extra"]
    if wrong:
        message = f"no sites are planned for {folder.name}: {wrong[0].message}"
        raise InputError(message)
    return OpenedCase(folder, manifest, read_laboratory_case(folder))


def replan_sites(lab: LaboratoryCase, parameters: DesignParameters, specimen: Specimen) -> LaboratoryCase:
    """Return a case with a new plan of sites and blocks; mould and slabs stay as they are.

    Parameters
    ----------
    lab
        The case.
    parameters
        Its own, but for those of sites, blocks and paper.
    specimen
        Its own, but for what is reserved and the given sites; its findings are about these alone.

    Raises
    ------
    ParameterError
        If parameters differ that decide the mould, or do not suit the case.
    """
    from mouldgen.sampling.planning import plan_sites

    old, new = lab.parameters.printed_values(), parameters.printed_values()
    different = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    if different:
        message = (
            f"{', '.join(different)} would change a mould that is already made; sites can be planned anew, "
            "all else needs a new run of 'mouldgen make'"
        )
        raise ParameterError(message)
    plan = plan_sites(
        specimen,
        lab.frame,
        lab.sampling,
        parameters,
        lattice=lab.lattice,
        case_id=lab.document.case_id,
    )
    document = with_sites(lab.document, plan, parameters.sites, specimen.findings)
    return replace(lab, document=document, specimen=specimen, parameters=parameters)


def fill_replanned_case(
    case: OpenedCase,
    lab: LaboratoryCase,
    folder: Path,
    *,
    sources: Iterable[Source] = (),
    pictures: bool = True,
    on_stage: StageCallback | None = None,
    seconds: Mapping[str, float] | None = None,
) -> CaseWriteResult:
    """Write a replanned case into `folder`, which `reserve_case` gave.

    Parameters
    ----------
    case
        As it was; files of the mould are copied from it.
    lab
        What `replan_sites` returned for it.
    folder
        Where to write.
    sources
        Inputs that were read for the new plan.
    pictures
        Draw slabs, sheet and report anew; else they are left out, since the old ones would lie.
    on_stage, seconds
        As in `write_case`.
    """
    from mouldgen.export.case_writers import write_text

    clock = StageClock(on_stage, seconds)
    with explain_os_errors(f"the files of {lab.document.case_id}"):
        make_folders(folder, pictures=pictures)
        for name in _kept_files(case.manifest):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(case.folder / name, folder / name)
        findings = write_laboratory(lab, folder, pictures=pictures, clock=clock)
        found = (*(entry.to_finding() for entry in lab.document.findings), *findings)
        manifest = renewed_manifest(
            case.manifest,
            folder,
            parameters=lab.parameters,
            sources=sources,
            findings=found,
            seconds=clock.seconds,
        )
        write_text(folder / MANIFEST_NAME, manifest.to_text())
    return CaseWriteResult(findings, MappingProxyType(clock.seconds))


def _is_needed(path: str) -> bool:
    """Return whether a plan of sites depends on a file."""
    return path.startswith(("mould/", "maps/")) or path.endswith(".nrrd") or path in _DECISIVE


def _kept_files(manifest: Manifest) -> tuple[str, ...]:
    """Return the files that a new plan of sites leaves as they are."""
    return tuple(output.path for output in manifest.outputs if output.path.startswith(_KEPT_FOLDERS))
