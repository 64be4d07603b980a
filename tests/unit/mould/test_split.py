"""A base larger than the bed: pieces that fit it, hold together, and are the whole but for the gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from shapely import box

from mouldgen.mould.layout import Texts
from mouldgen.mould.marks import plate_texts
from mouldgen.mould.seams import Seam
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.solids import Solid
from mouldgen.testing.bodies import Box, Ellipsoid
from mouldgen.testing.phantoms import box_specimen, covering_grid, ellipsoid_specimen

BEDS = {
    "along": ((75.0, 120.0, 80.0), 2),
    "along, turned": ((120.0, 75.0, 80.0), 2),
    "across": ((110.0, 75.0, 80.0), 2),
    "both": ((75.0, 70.0, 80.0), 4),
}


def parameters(bed_mm, **sections):
    return DesignParameters(
        case="T1",
        surface={"grid_mm": 1.0},
        orientation={"plane": "sagittal", "base": "posterior"},
        printer={"name": "Toy", "bed_mm": bed_mm},
        **sections,
    )


@pytest.fixture(scope="module")
def specimen():
    grid = covering_grid((0, 0, 0), (35, 18, 24), (1.0, 1.0, 2.0))
    return ellipsoid_specimen(Ellipsoid((0.0, 0.0, 0.0), (35.0, 18.0, 24.0)), grid)


@pytest.fixture(scope="module", params=BEDS)
def split(request, specimen):
    """Return the design, the base, its pieces, and the bed."""
    bed_mm, count = BEDS[request.param]
    design = design_mould(specimen, parameters(bed_mm))
    pieces = [part for part in design.mould.parts if part.name.startswith("base-")]
    assert len(pieces) == count, (request.param, np.ptp(design.mould.base.mesh.bounds_mm, axis=0))
    solids = [Solid.from_mesh(piece.mesh, piece.name) for piece in pieces]
    return design, Solid.from_mesh(design.mould.base.mesh, "base"), solids, bed_mm


def test_every_piece_fits_the_bed(split):
    _, _, pieces, bed_mm = split
    for piece in pieces:
        size = np.ptp(piece.bounds_mm, axis=0)
        assert (np.sort(size[:2]) <= np.sort(bed_mm[:2])).all()
        assert size[2] <= bed_mm[2]


def test_pieces_lie_within_the_whole_and_do_not_overlap(split):
    _, whole, pieces, _ = split
    for n, piece in enumerate(pieces):
        assert piece.shared_mm3(whole) == pytest.approx(piece.volume_mm3, rel=1e-5)
        for other in pieces[n + 1 :]:
            assert piece.shared_mm3(other) == pytest.approx(0, abs=1e-3)


def test_what_is_missing_from_the_whole_is_as_thin_as_the_clearance_or_a_mark(split):
    design, whole, pieces, _ = split
    missing = whole
    for piece in pieces:
        missing = missing.minus(piece)
    assert 0 < missing.volume_mm3 < 0.05 * whole.volume_mm3
    clearance = design.parameters.split.clearance_mm
    floor, depth = design.mould.floor_z_mm, design.parameters.mould.letter_depth_mm
    for body in missing.pieces():
        if body.volume_mm3 < 1e-3:
            continue
        low, high = body.bounds_mm
        is_mark = low[2] > floor - depth - 0.01 and high[2] < floor + 0.01
        shifted = body.minus(body.shifted((1.3 * clearance,) * 3))
        assert is_mark or body.volume_mm3 < 1.0 or shifted.volume_mm3 > 0.95 * body.volume_mm3


def test_dovetails_hold_along_the_table_and_let_go_upwards(split):
    _, _, pieces, _ = split
    first, others = pieces[0], pieces[1:]
    rest = [other for other in others if touches(first, other)]
    assert rest
    for other in rest:
        apart = other.bounds_mm.mean(axis=0) - first.bounds_mm.mean(axis=0)
        away = np.where(np.abs(apart[:2]) == np.abs(apart[:2]).max(), np.sign(apart[:2]), 0.0)
        assert other.shifted((*(3.0 * away), 0.0)).shared_mm3(first) > 1.0
        for height in (0.5, 2.0, 10.0):
            assert other.shifted((0.0, 0.0, height)).shared_mm3(first) == pytest.approx(0, abs=1e-3)


def touches(one, other):
    """Return whether two pieces are neighbours along X or Y, and not only at a corner."""
    return any(
        one.shared_mm3(other.shifted(shift)) > 5.0
        for shift in ((-0.5, 0, 0), (0.5, 0, 0), (0, 0.5, 0), (0, -0.5, 0))
    )


def test_the_gap_is_the_clearance(split):
    design, _, pieces, _ = split
    clearance = design.parameters.split.clearance_mm
    axis = int(np.argmax(np.abs((pieces[1].bounds_mm - pieces[0].bounds_mm).mean(axis=0)[:2])))
    for share, touching in ((0.9, False), (1.3, True)):
        shift = np.zeros(3)
        shift[axis] = -share * clearance
        assert (pieces[1].shifted(shift).shared_mm3(pieces[0]) > 1e-3) == touching


def test_the_finding_says_what_was_made_and_replaces_the_warning(split):
    design, _, pieces, _ = split
    codes = {finding.code: finding for finding in design.findings}
    assert "too_large_for_bed" not in codes
    assert codes["split_for_bed"].severity == "info"
    assert f"base-{len(pieces)}" in codes["split_for_bed"].message


def test_a_split_along_the_slabs_leaves_the_fingers_whole(specimen):
    """In a slot there is only the baseplate: what the pieces lose above it are specks at most."""
    design = design_mould(specimen, parameters(BEDS["along"][0]))
    whole = Solid.from_mesh(design.mould.base.mesh, "base")
    for part in design.mould.parts:
        if part.name.startswith("base-"):
            whole = whole.minus(Solid.from_mesh(part.mesh, part.name))
    low, high = Solid.from_mesh(design.mould.base.mesh, "base").bounds_mm
    above = Solid.box((*low[:2], design.mould.floor_z_mm + 0.01), high, "above")
    assert whole.shared_mm3(above) < 0.01


def test_never_leaves_it_whole_and_warns(specimen):
    design = design_mould(specimen, parameters(BEDS["along"][0], split={"mode": "never"}))
    assert [part.name for part in design.mould.parts] == ["base", "specimen"]
    assert "--split auto" in next(f.message for f in design.findings if f.code == "too_large_for_bed")


def test_a_base_that_fits_is_not_split(specimen):
    design = design_mould(specimen, parameters((200.0, 200.0, 80.0)))
    assert [part.name for part in design.mould.parts] == ["base", "specimen"]
    assert not {"too_large_for_bed", "split_for_bed"} & {finding.code for finding in design.findings}


def test_a_base_too_high_names_the_turn_that_makes_it_fit():
    lower, upper = (-30.0, -12.0, -40.0), (30.0, 12.0, 40.0)
    grid = covering_grid((0, 0, 0), (30, 12, 40), (2.0, 2.0, 2.0))
    specimen = box_specimen(Box(np.array(lower), np.array(upper)), grid)
    values = parameters((200.0, 200.0, 60.0)).with_values({"orientation": {"base": "inferior"}})
    design = design_mould(specimen, values)
    message = next(f.message for f in design.findings if f.code == "too_large_for_bed")
    assert "turn the specimen by 90 degrees" in message
    turned = design_mould(specimen, values.with_values({"orientation": {"base": "posterior"}}))
    height = float(turned.mould.base.mesh.bounds_mm[1, 2])
    assert f"{height:.0f} mm high" in message
    assert "too_large_for_bed" not in {finding.code for finding in turned.findings}


def test_marks_with_strokes_below_the_line_stay_on_the_plate(specimen):
    """``_`` and ``g`` reach below the line: nowhere may an engraving open the plate's edge."""
    design = design_mould(specimen, parameters(BEDS["along"][0]).with_values({"case": "g_1"}))
    floor, depth = design.mould.floor_z_mm, design.parameters.mould.letter_depth_mm
    for part in design.mould.parts:
        if part.name.startswith("base-"):
            piece = Solid.from_mesh(part.mesh, part.name)
            (_, front, _), (_, back, _) = piece.bounds_mm
            for low, high in ((front, front + 0.3), (back - 0.3, back)):
                edge = box(-200, low, 200, high)
                engraved, below = (
                    piece.section(z).intersection(edge).area for z in (floor - depth / 2, floor - depth - 0.1)
                )
                assert engraved == pytest.approx(below, rel=1e-3)


def test_a_line_longer_than_a_piece_goes_on_in_the_next(long_layout):
    texts = Texts((), "L", "R", "A", "P", ("short", "03c3f3ea-03c3f3ea BASE P*"), bottom="P*")
    seams = [Seam(0, x) for x in (-75.0, 25.0, 125.0)]
    placed = {text.text: text.outline.bounds for text in plate_texts(long_layout, texts, seams)}
    assert {"short", "03c3f3ea-03c3f3ea", "BASE P*"} <= set(placed)
    edges = [long_layout.plate_x_mm[0], *(seam.at_mm for seam in seams), long_layout.plate_x_mm[1]]
    for low, _, high, _ in placed.values():
        assert any(start + 1.5 < low and high < stop - 1.5 for start, stop in pairwise(edges))
    first, second = placed["03c3f3ea-03c3f3ea"], placed["BASE P*"]
    assert first[2] < second[0]
    assert first[1] == pytest.approx(second[1], abs=0.3)


def test_a_word_longer_than_a_piece_is_parted_between_letters_at_the_seam(specimen):
    design = design_mould(specimen, parameters(BEDS["along"][0]).with_values({"case": "W" * 9}))
    pieces = [part for part in design.mould.parts if part.name.startswith("base-")]
    assert not [flaw for flaw in design.flaws if flaw.finding.code == "illegible_text"]
    chunks = [text for part in pieces for text in part.engraved if set(text.text) == {"W"}]
    assert "".join(text.text for text in chunks) == "W" * 9
    first, second = (text.outline.bounds for text in chunks)
    assert 2.0 < second[0] - first[2] < 6.0


def test_a_line_longer_than_all_pieces_together_crosses_a_seam_and_the_warning_says_so(specimen):
    """The plate is as long as the line, but seams take room, too."""
    design = design_mould(specimen, parameters(BEDS["along"][0]).with_values({"case": "W" * 24}))
    crossing = [flaw for flaw in design.flaws if flaw.finding.code == "illegible_text"]
    assert any("W" * 24 in flaw.finding.message for flaw in crossing)


def test_ceilings_of_sockets_are_bridges_that_need_no_supports(split):
    design, *_ = split
    hanging = [f for f in design.flaws if f.finding.code == "overhang" and f.part.startswith("base-")]
    bridging = [f for f in design.flaws if f.finding.code == "bridge" and f.part.startswith("base-")]
    assert not hanging
    assert bridging
