"""Whether the base fits the printer's bed; if it does not, pieces that do, or what else would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Finding, GeometryError
from mouldgen.frames import FloatArray
from mouldgen.mould.layout import Layout, Texts
from mouldgen.mould.parts import Part, names_in_pieces
from mouldgen.mould.pieces import SplitBase, split_base
from mouldgen.mould.seam_choice import choose_seams, fits_bed
from mouldgen.mould.seams import Seam, seam_place, sides_text
from mouldgen.mould.workpiece import Workpiece
from mouldgen.params import DesignParameters, SplitMode, list_presets, load_preset

__all__ = ["BedFit", "fit_to_bed", "parts_larger_than_bed", "seams_for_bed"]

_TURN_DEG = 15


@dataclass(frozen=True, eq=False)
class BedFit:
    """Pieces of the base, if it was split, and what was found."""

    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()


def seams_for_bed(layout: Layout, texts: Texts, parameters: DesignParameters) -> tuple[Seam, ...]:
    """Return the seams that make every piece of the base fit; none if it fits whole, or no seams help."""
    bed, split = parameters.printer.bed_mm, parameters.split
    if split.mode is SplitMode.NEVER or fits_bed(layout.size_mm, bed):
        return ()
    return choose_seams(layout, texts, layout.size_mm, bed, split.margin_mm) or ()


def fit_to_bed(workpiece: Workpiece, parameters: DesignParameters, color: str) -> BedFit:
    """Return the pieces of a base that is larger than the bed.

    Parameters
    ----------
    workpiece
        The finished mould.
    parameters
        Printer, and how to split.
    color
        Of the pieces.
    """
    size = np.ptp(workpiece.base_mesh.bounds_mm, axis=0)
    bed, split = parameters.printer.bed_mm, parameters.split
    if fits_bed(size, bed):
        return BedFit()
    if split.mode is SplitMode.NEVER:
        return BedFit(findings=(_too_large(workpiece, parameters, "let it be split (--split auto), or "),))
    if not workpiece.seams:
        return BedFit(findings=(_too_large(workpiece, parameters, ""),))
    try:
        whole = split_base(workpiece, split.clearance_mm)
    except GeometryError as error:
        return BedFit(findings=(_too_large(workpiece, parameters, f"it cannot be split ({error}); "),))
    sizes = [np.ptp(piece.bounds_mm, axis=0) for piece in whole.pieces]
    if not all(fits_bed(piece, bed) for piece in sizes):
        return BedFit(findings=(_too_large(workpiece, parameters, ""),))
    count = len(whole.pieces)
    parts = tuple(
        Part(
            f"base-{n}",
            f"Mould base, piece {n} of {count}",
            piece.to_mesh(),
            color,
            is_assembled=False,
            engraved=engraved,
        )
        for n, (piece, engraved) in enumerate(zip(whole.pieces, whole.engraved, strict=True), start=1)
    )
    return BedFit(parts, (_split_finding(whole, size, sizes, workpiece, parameters), *whole.findings))


def parts_larger_than_bed(parts: Iterable[Part], parameters: DesignParameters) -> tuple[Finding, ...]:
    """Name parts to print, besides a whole base, that the printer cannot print."""
    parts = tuple(parts)
    wholes = {"base"} | names_in_pieces({part.name for part in parts})
    large = [
        f"{part.name} ({sides_text(size)} mm)"
        for part in parts
        if part.printable
        and part.name not in wholes
        and not fits_bed(size := np.ptp(part.mesh.bounds_mm, axis=0), parameters.printer.bed_mm)
    ]
    if not large:
        return ()
    return (
        Finding.warning(
            "part_too_large_for_bed",
            f"{', '.join(large)} do not fit the {parameters.printer.name}, which prints "
            f"{sides_text(parameters.printer.bed_mm)} mm, and are on no plate; choose a larger printer "
            "(--printer) or another angle",
        ),
    )


def _split_finding(
    whole: SplitBase,
    size: FloatArray,
    sizes: list[FloatArray],
    workpiece: Workpiece,
    parameters: DesignParameters,
) -> Finding:
    places = [seam_place(seam, workpiece.layout) for seam in whole.seams]
    return Finding.info(
        "split_for_bed",
        f"the base of {sides_text(size)} mm is larger than the {sides_text(parameters.printer.bed_mm)} mm of "
        f"the {parameters.printer.name}, so print base-1 to base-{len(sizes)} instead: "
        f"{', '.join(sides_text(piece) for piece in sizes)} mm, parted {' and '.join(places)}, with "
        f"dovetails in the baseplate and {parameters.split.clearance_mm:g} mm clearance. Put them together "
        "on a flat table, the piece with the sockets from above",
    )


def _too_large(workpiece: Workpiece, parameters: DesignParameters, first: str) -> Finding:
    size = np.ptp(workpiece.base_mesh.bounds_mm, axis=0)
    remedies = ", or ".join(_remedies(workpiece, parameters, size))
    return Finding.warning(
        "too_large_for_bed",
        f"the base of {sides_text(size)} mm does not fit the {parameters.printer.name}, which prints "
        f"{sides_text(parameters.printer.bed_mm)} mm; {first}{remedies}",
    )


def _remedies(workpiece: Workpiece, parameters: DesignParameters, size: FloatArray) -> Iterator[str]:
    """Yield what would help, with figures."""
    higher_mm = size[2] - parameters.printer.bed_mm[2]
    if higher_mm > 0:
        turn_deg, height_mm = _lowest_turn(workpiece, float(size[2]))
        if height_mm <= parameters.printer.bed_mm[2]:
            yield (
                f"turn the specimen by {turn_deg} degrees about the cut normal (--base), which makes the "
                f"base {height_mm:.0f} mm high instead of {size[2]:.0f} mm"
            )
        else:
            yield (
                f"choose another angle: about this cut normal the base is at least {height_mm:.0f} mm high, "
                "and only its length and depth can be split"
            )
        spare_mm = parameters.mould.guide_above_mm + parameters.mould.plate_mm - 2.0
        if higher_mm <= spare_mm:
            yield f"make guides and plate lower by {higher_mm:.1f} mm (mould.guide_above_mm, mould.plate_mm)"
    larger = _larger_printers(size)
    if larger:
        yield f"choose a larger printer (--printer {larger[0][0]}: {sides_text(larger[0][1])} mm)"
    else:
        yield "choose thicker slabs or thinner walls (mould.wall_mm); no printer that ships prints it whole"


def _lowest_turn(workpiece: Workpiece, height_mm: float) -> tuple[int, float]:
    """Return the turn about X that makes the base lowest, in degrees, and its height."""
    points = workpiece.replica_mesh.vertices_mould[:, 1:]
    around_mm = height_mm - float(np.ptp(points[:, 1]))
    heights = {}
    for turn in range(0, 180, _TURN_DEG):
        angle = np.radians(turn)
        heights[turn] = float(np.ptp(points @ [np.sin(angle), np.cos(angle)])) + around_mm
    best = min(heights, key=lambda turn: round(heights[turn], 3))
    return best, heights[best]


def _larger_printers(size: FloatArray) -> list[tuple[str, tuple[float, ...]]]:
    """Return the printers that ship and would print the base whole, the smallest first."""
    printers = []
    for name in list_presets("printers"):
        bed = load_preset("printers", name).values()["printer"]["bed_mm"]
        if fits_bed(size, bed):
            printers.append((name, tuple(bed)))
    return sorted(printers, key=lambda printer: float(np.prod(printer[1])))
