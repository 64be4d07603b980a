"""Checks of the parts in a case folder as the printer sees them: walls, overhangs, slots and letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mouldgen.errors import Finding, GeometryError, InputError, ParameterError, Severity
from mouldgen.export.stl_files import read_stl
from mouldgen.export.stored_case import StoredCase

if TYPE_CHECKING:
    from mouldgen.meshes import TriangleMesh
    from mouldgen.params import PrinterParameters
    from mouldgen.printability.measure import PrintMeasures

__all__ = ["check_printing"]

_SLOT_TOLERANCE_MM = 0.05
_SLOT_PLACE_MM = 0.3
_NOT_PRINTED = {"specimen"}
"""Stems of bodies that are no part of the mould."""


def check_printing(case: StoredCase) -> Iterator[Finding]:
    """Examine every printed part, and compare the slots and letters of the base with what was asked."""
    from mouldgen.mould.parts import names_in_pieces
    from mouldgen.params import DesignParameters

    try:
        printer = case.printer or DesignParameters(**case.manifest.parameters).printer
    except ParameterError:
        return  # reported with the parameters
    paths = {path.stem: path for path in sorted((case.folder / "mould").glob("*.stl"))}
    not_printed = _NOT_PRINTED | names_in_pieces(paths)
    for path in paths.values():
        if path.stem in not_printed:
            continue
        try:
            mesh = read_stl(path)
        except (InputError, OSError):
            continue  # reported with the bodies
        yield from _check_part(case, path.stem, mesh, printer)


def _check_part(
    case: StoredCase, name: str, mesh: TriangleMesh, printer: PrinterParameters
) -> Iterator[Finding]:
    from mouldgen.mould.parts import is_round_below
    from mouldgen.printability.examine import examine_part
    from mouldgen.printability.flaws import as_information
    from mouldgen.printability.measure import GROWTH_CODES
    from mouldgen.printability.raw_mesh import RawMesh

    report = examine_part(RawMesh.of(name, mesh), printer, unfit=Severity.WARNING, has_unit=True)
    expected = GROWTH_CODES if is_round_below(name) else ()
    yield from (flaw.finding for flaw in as_information(report.flaws, expected) if flaw.is_fault)
    if report.measures is not None and case.document.mould.base_part.endswith(f"/{name}.stl"):
        yield from _check_slots(case, report.measures)
        yield from _check_letters(case, name, mesh, printer)


def _check_slots(case: StoredCase, measures: PrintMeasures) -> Iterator[Finding]:
    asked_mm = case.document.mould.slot_width_mm
    across_x = [slot for slot in measures.slots if abs(slot.normal_deg) < 1]
    for cut in case.document.cuts:
        near = [slot for slot in across_x if abs(slot.offset_mm - cut.x_mm) < _SLOT_PLACE_MM]
        if not near:
            yield Finding.warning(
                "slot_missing",
                f"the base has no slot of even width at x {cut.x_mm:.2f} mm for cut {cut.index}",
            )
        elif abs(near[0].width_mm - asked_mm) > _SLOT_TOLERANCE_MM:
            yield Finding.warning(
                "slot_width",
                f"the slot of cut {cut.index} at x {cut.x_mm:.2f} mm is {near[0].width_mm:.2f} mm wide, "
                f"expected {asked_mm:.2f} mm",
            )


def _check_letters(
    case: StoredCase, name: str, mesh: TriangleMesh, printer: PrinterParameters
) -> Iterator[Finding]:
    from mouldgen.printability.letters import letter_flaws, measure_letters
    from mouldgen.solids import Solid

    try:
        letters = measure_letters(mesh, Solid.from_mesh(mesh, name), case.document.mould.floor_z_mm)
    except GeometryError:
        return
    if letters is None:
        yield Finding.warning("letters_missing", f"nothing is engraved into the top of the {name}'s plate")
    else:
        yield from (flaw.finding for flaw in letter_flaws(name, letters, printer))
