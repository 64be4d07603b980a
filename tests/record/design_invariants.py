"""What must hold of every design, measured on its finished parts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from mouldgen.errors import Severity
from mouldgen.mould.assembly import Assembly, assemble
from mouldgen.mould.engravings import Engraving
from mouldgen.mould.lettering import text_outline
from mouldgen.mould.parts import Part, names_in_pieces
from mouldgen.pipeline import MouldDesign
from mouldgen.printability.raw_mesh import RawMesh
from mouldgen.printability.soundness import examine_mesh
from mouldgen.solids import Solid

__all__ = ["broken_invariants", "reads_right"]

MOST_MM3 = 1.0
MOST_SHARED_MM3 = 0.01
STANDS_MM = 1e-4
SLOT_MM = 0.02
SPECKLED = ("specimen", "replica", "ring")
"""May have several bodies: a specimen in several pieces has them too."""


def broken_invariants(design: MouldDesign) -> list[str]:
    """Return what does not hold, in words; nothing if the design is valid."""
    assembly = assemble(design.mould)
    return [
        *_errors(design),
        *(words for part in design.mould.parts for words in _part(part)),
        *_texts(design),
        *_together(assembly, design),
        *_pieces(design),
        *_slots(assembly, design),
    ]


def _errors(design: MouldDesign) -> Iterator[str]:
    for finding in design.findings:
        if finding.severity is Severity.ERROR:
            yield f"error {finding.code}: {finding.message}"


def _part(part: Part) -> Iterator[str]:
    """Yield faults of a mesh as a file would hold it: 32 bits, and equal corners are one."""
    mesh = part.mesh
    if mesh.volume_mm3 <= 0:
        yield f"{part.name}: volume {mesh.volume_mm3:.3f} mm3"
    if not np.array_equal(mesh.vertices_mould, mesh.vertices_mould.astype(np.float32)):
        yield f"{part.name}: more than 32 bits"
    if part.printable and abs(float(mesh.bounds_mm[0, 2])) > STANDS_MM:
        yield f"{part.name}: stands on z = {mesh.bounds_mm[0, 2]:.4f} mm"
    flaws, _ = examine_mesh(RawMesh.of(part.name, mesh))
    for flaw in flaws:
        code = flaw.finding.code
        if flaw.finding.severity is Severity.ERROR or (
            code == "several_bodies" and not part.name.startswith(SPECKLED)
        ):
            yield f"mesh {code}: {flaw.finding.message}"


def _texts(design: MouldDesign) -> Iterator[str]:
    """Yield texts that cannot be read, or are mirrored; those longer than a piece of a base may cross."""
    for flaw in design.flaws:
        if flaw.finding.code == "illegible_text" and not flaw.part.startswith("base-"):
            yield f"text: {flaw.finding.message}"
    for part in design.mould.parts:
        yield from (
            f"{part.name}: {text.text!r} is mirrored" for text in part.engraved if not reads_right(text)
        )


def reads_right(text: Engraving) -> bool:
    """Return whether a text is drawn as it is read: turned perhaps, but never mirrored for its reader."""
    from shapely import intersection
    from shapely.affinity import rotate, scale, translate

    letters = text_outline(text.text, 10.0)
    drawn = scale(text.outline, -1.0, 1.0) if text.is_underneath else text.outline
    overlaps = []
    for turn in (0, 90, -90, 180):
        turned = rotate(letters, turn)
        ours, theirs = np.reshape(drawn.bounds, (2, 2)), np.reshape(turned.bounds, (2, 2))
        factors = np.ptp(ours, axis=0) / np.ptp(theirs, axis=0)
        fitted = scale(turned, *factors.tolist())
        shift = ours.mean(axis=0) - np.reshape(fitted.bounds, (2, 2)).mean(axis=0)
        fitted = translate(fitted, *shift.tolist()).buffer(0)
        # GEOS gives wrong areas of all but equal outlines without a grid
        overlaps.append(intersection(fitted, drawn.buffer(0), grid_size=1e-6).area / drawn.area)
    return max(overlaps) > 0.99


def _together(assembly: Assembly, design: MouldDesign) -> Iterator[str]:
    figures = {
        "locked": assembly.locked_mm3(),
        "locked in lid": assembly.locked_in_lid_mm3(),
        "slots of the base blocked": assembly.blocked_mm3("base"),
        "slots of the lid blocked": assembly.blocked_mm3("lid"),
        **{f"{one} in {other}": shared for (one, other), shared in assembly.overlaps_mm3().items()},
    }
    yield from (f"{what}: {volume:.2f} mm3" for what, volume in figures.items() if volume > MOST_MM3)
    if design.locked_mm3 > MOST_MM3:
        yield f"locked_mm3 of the map: {design.locked_mm3:.2f}"


def _pieces(design: MouldDesign) -> Iterator[str]:
    """Yield what does not hold of pieces: each lies in its whole, but for marks, and they share nothing."""
    for name in sorted(names_in_pieces({part.name for part in design.mould.parts})):
        parts = [part for part in design.mould.parts if part.name.startswith(f"{name}-")]
        pieces = [Solid.from_mesh(part.mesh, part.name) for part in parts]
        whole = design.mould.part(name)
        if whole is None or any(not _lie_alike(whole, part) for part in parts):
            yield f"{name} and its pieces are not in one place"
            continue
        for piece in pieces:
            beyond = piece.volume_mm3 - piece.shared_mm3(Solid.from_mesh(whole.mesh, name))
            if beyond > MOST_MM3 + sum(text.outline.area * text.depth_mm for text in whole.engraved):
                yield f"a piece of the {name} has {beyond:.1f} mm3 that the whole has not"
        shared = max(one.shared_mm3(other) for one, other in combinations(pieces, 2))
        if shared > MOST_SHARED_MM3:
            yield f"pieces of the {name} share {shared:.4f} mm3"


def _lie_alike(one: Part, other: Part) -> bool:
    return np.array_equal(one.mould_from_part.matrix, other.mould_from_part.matrix)


def _slots(assembly: Assembly, design: MouldDesign) -> Iterator[str]:
    """Measure every slot where the plan says it is, across the front guide, by rays from its middle."""
    mould, base = design.mould, assembly.solids["base"]
    wanted = [cut.x_mm * design.parameters.fit.scale[0] for cut in design.plan.cuts]
    if not np.allclose(mould.slot_x_mm, wanted, atol=1e-9):
        yield "slots are not where the plan says"
    depth = max(design.parameters.mould.guide_depth_mm, design.parameters.mould.wall_mm)
    mouth = design.parameters.edges.slot_mouth_mm
    for side in (-1.0, 1.0):
        yield from _widths(base, design, side, depth, mouth)


def _widths(base: Solid, design: MouldDesign, side: float, depth: float, mouth: float) -> Iterator[str]:
    mould = design.mould
    x = np.array(mould.slot_x_mm)
    if not len(x):
        return
    z = mould.floor_z_mm + 0.3 * max(mould.guide_z_mm - mouth - mould.floor_z_mm, 0.5)
    corner = min(design.parameters.edges.corner_mm, design.parameters.mould.wall_mm / 2)
    y = mould.slot_y_mm[0] + corner + 0.3 * max(depth - corner, 0.1)
    starts = np.column_stack([x, np.full(len(x), y), np.full(len(x), z)])
    lengths, _ = base.first_hits(starts, starts + [side * mould.slot_width_mm * 5, 0.0, 0.0])
    for number, (length, at) in enumerate(zip(lengths, x, strict=True), start=1):
        off = abs(length - mould.slot_width_mm / 2)
        # a window through the guide may have taken the finger away
        if off > SLOT_MM and not (mould.windows and length > mould.slot_width_mm / 2):
            yield f"slot {number} at x = {at:.2f}: {length:.3f} mm to its {'left' if side < 0 else 'right'}"
