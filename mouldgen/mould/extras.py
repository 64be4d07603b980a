"""The parts beside the mould that a user asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import Rigid
from mouldgen.mould.engravings import Engraving, engraved_between
from mouldgen.mould.fit_ring import fit_ring
from mouldgen.mould.flat_cuts import parted_at, parting_planes_mm
from mouldgen.mould.lettered import lettered
from mouldgen.mould.parts import Part
from mouldgen.mould.scored_replica import scored_replica
from mouldgen.mould.slab_tray import slab_trays
from mouldgen.mould.slot_coupon import slot_coupon
from mouldgen.mould.workpiece import Workpiece
from mouldgen.params import DesignParameters, ExtraKind, SplitMode
from mouldgen.solids import Solid

__all__ = ["Extras", "build_extras"]

REPLICA_COLOR = "#b8584c"
RING_COLOR = "#7f9fb5"
COUPON_COLOR = "#b9a06a"
TRAY_COLOR = "#8fa88a"


@dataclass(frozen=True, eq=False)
class Extras:
    """Parts beside the mould, and what was found while they were made."""

    parts: tuple[Part, ...] = ()
    findings: tuple[Finding, ...] = ()


def build_extras(workpiece: Workpiece, parameters: DesignParameters) -> Extras:
    """Return the parts that `extras.parts` names, in its order.

    Raises
    ------
    GeometryError
        If a boolean fails.
    """
    made = [_MAKERS[kind](workpiece, parameters) for kind in parameters.extras.parts]
    return Extras(
        tuple(part for extras in made for part in extras.parts),
        tuple(finding for extras in made for finding in extras.findings),
    )


def _replica(workpiece: Workpiece, parameters: DesignParameters) -> Extras:
    solid, numbers = scored_replica(workpiece, parameters.extras)
    pieces = _pieces(solid, workpiece, parameters)
    parts = _numbered("replica", "Scored replica", pieces, REPLICA_COLOR)
    missing = [text for text in workpiece.texts.slabs if text not in numbers]
    if not missing:
        return Extras(parts)
    return Extras(
        parts,
        (
            Finding.info(
                "replica_unnumbered",
                f"the numbers of slabs {', '.join(missing)} do not fit on the replica: letters of "
                f"{parameters.mould.letter_mm:g} mm need slabs wide and level enough",
            ),
        ),
    )


def _ring(workpiece: Workpiece, parameters: DesignParameters) -> Extras:
    made = fit_ring(workpiece, parameters)
    if made is None:
        message = "the cavity is too shallow for a fit ring; make the rim higher (mould.rim_share)"
        return Extras(findings=(Finding.warning("no_ring", message),))
    planes_x_mm = _parting_planes_mm(made[0], workpiece, parameters)
    # the tab moves off the planes
    ring, letter = (fit_ring(workpiece, parameters, planes_x_mm) if planes_x_mm else None) or made
    pieces = [
        lettered(piece, _engraved_on(piece, (letter,)), "fit ring") for piece in parted_at(ring, planes_x_mm)
    ]
    solids, engraved = [piece.solid for piece in pieces], [piece.engraved for piece in pieces]
    findings = tuple(finding for piece in pieces for finding in piece.findings)
    return Extras(_numbered("ring", "Fit ring", solids, RING_COLOR, engraved), findings)


def _coupon(workpiece: Workpiece, parameters: DesignParameters) -> Extras:
    solid, engraved = slot_coupon(workpiece.layout, parameters)
    return Extras((_standing("coupon", "Slot coupon", solid, COUPON_COLOR, engraved),))


def _tray(workpiece: Workpiece, parameters: DesignParameters) -> Extras:
    trays = slab_trays(workpiece, parameters)
    if trays is None:
        bed = " x ".join(f"{side:g}" for side in parameters.printer.bed_mm[:2])
        message = (
            f"a slab is larger than the bed of {bed} mm of the {parameters.printer.name}, so there is no "
            "tray; choose a larger printer (--printer)"
        )
        return Extras(findings=(Finding.warning("no_tray", message),))
    solids, engraved = [tray.solid for tray in trays], [tray.engraved for tray in trays]
    return Extras(_numbered("tray", "Slab tray", solids, TRAY_COLOR, engraved))


def _pieces(solid: Solid, workpiece: Workpiece, parameters: DesignParameters) -> tuple[Solid, ...]:
    """Return a part, in pieces if it is longer than the bed and may be split."""
    return parted_at(solid, _parting_planes_mm(solid, workpiece, parameters))


def _parting_planes_mm(solid: Solid, workpiece: Workpiece, parameters: DesignParameters) -> tuple[float, ...]:
    """Return at which cuts a part is parted for the bed; none if it stays whole."""
    if parameters.split.mode is SplitMode.NEVER:
        return ()
    bed, margin_mm = parameters.printer.bed_mm, parameters.split.margin_mm
    return parting_planes_mm(solid, workpiece.layout.slot_x_mm, bed, margin_mm)


def _engraved_on(piece: Solid, engraved: Sequence[Engraving]) -> tuple[Engraving, ...]:
    """Return the texts whose middle is on a piece, in plan."""
    (x_low, y_low, _), (x_high, y_high, _) = piece.bounds_mm.tolist()
    return engraved_between(engraved, (x_low, x_high), (y_low, y_high))


def _numbered(
    name: str,
    title: str,
    solids: Sequence[Solid],
    color: str,
    engraved: Sequence[tuple[Engraving, ...]] | None = None,
) -> tuple[Part, ...]:
    texts = engraved or [()] * len(solids)
    if len(solids) == 1:
        return (_standing(name, title, solids[0], color, texts[0]),)
    return tuple(
        _standing(f"{name}-{n}", f"{title} {n} of {len(solids)}", solid, color, on_it)
        for n, (solid, on_it) in enumerate(zip(solids, texts, strict=True), start=1)
    )


def _standing(name: str, title: str, solid: Solid, color: str, engraved: tuple[Engraving, ...] = ()) -> Part:
    """Return a part that stands on z = 0, and knows how high it was in the mould."""
    lift = np.array([0.0, 0.0, solid.bounds_mm[0, 2]])
    mesh = solid.shifted((-lift).tolist()).to_mesh()
    in_mould = Rigid.from_parts(np.eye(3), lift)
    return Part(name, title, mesh, color, mould_from_part=in_mould, is_assembled=False, engraved=engraved)


_MAKERS: Mapping[ExtraKind, Callable[[Workpiece, DesignParameters], Extras]] = {
    ExtraKind.REPLICA: _replica,
    ExtraKind.RING: _ring,
    ExtraKind.COUPON: _coupon,
    ExtraKind.TRAY: _tray,
}
