"""A lid larger than the bed: pieces that fit it, lie on their dowels, and are the whole but for the gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mouldgen.mould.plates import parts_to_print
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.solids import Solid
from mouldgen.specimen import Landmark
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen

BEDS_MM = {"as it lies": (125.0, 140.0, 80.0), "turned": (140.0, 125.0, 80.0)}
RADII_MM = (70.0, 20.0, 22.0)


@pytest.fixture(scope="module")
def long_specimen():
    ellipsoid = Ellipsoid((0.0, 0.0, 0.0), RADII_MM)
    specimen = ellipsoid_specimen(ellipsoid, covering_grid((0, 0, 0), RADII_MM, (1.0, 1.0, 1.0)))
    return replace(specimen, landmarks=(Landmark("suture", np.array([20.0, -18.0, 0.0])),))


@pytest.fixture(scope="module")
def designed(long_specimen):
    """Return a function that designs the mould with its lid for a bed, each once."""
    designs = {}

    def design(bed_mm, mode="auto"):
        if (bed_mm, mode) not in designs:
            sections = {
                "surface": {"grid_mm": 1.0},
                "orientation": {"plane": "sagittal", "base": "posterior"},
                "lid": {"enabled": True},
                "windows": {"radius_mm": {"suture": 4.0}},
                "printer": {"name": "Toy", "bed_mm": bed_mm},
                "split": {"mode": mode},
            }
            designs[bed_mm, mode] = design_mould(long_specimen, DesignParameters(case="T1", **sections))
        return designs[bed_mm, mode]

    return design


@pytest.fixture(scope="module", params=BEDS_MM)
def split(request, designed):
    """Return a design whose lid is larger than the bed, and the bed."""
    bed_mm = BEDS_MM[request.param]
    return designed(bed_mm), bed_mm


def in_place(design, name):
    """Return a part as a solid where it belongs in the mould."""
    part = design.mould.part(name)
    return Solid.from_mesh(part.mesh, name).moved(part.mould_from_part)


def pieces_of(design):
    return [part for part in design.mould.parts if part.name.startswith("lid-")]


def test_every_piece_fits_the_bed_and_is_printed_instead_of_the_whole(split):
    design, bed_mm = split
    pieces = pieces_of(design)
    assert len(pieces) == 2
    for piece in pieces:
        size = np.ptp(piece.mesh.bounds_mm, axis=0)
        assert (np.sort(size[:2]) <= np.sort(bed_mm[:2])).all()
        assert piece.mesh.bounds_mm[0, 2] == pytest.approx(0.0, abs=1e-6)
    printed = [part.name for part in parts_to_print(design.mould)]
    assert "lid" not in printed
    assert {"lid-1", "lid-2"} <= set(printed)
    assert "part_too_large_for_bed" not in {finding.code for finding in design.findings}


def test_pieces_are_the_whole_but_for_the_gap_and_the_marks(split):
    design, _ = split
    whole, pieces = in_place(design, "lid"), [in_place(design, part.name) for part in pieces_of(design)]
    assert pieces[0].shared_mm3(pieces[1]) == pytest.approx(0.0, abs=1e-3)
    assert pieces[0].bounds_mm[1, 0] < pieces[1].bounds_mm[0, 0]
    missing = whole
    for piece in pieces:
        missing = missing.minus(piece)
    clearance, depth = design.parameters.split.clearance_mm, design.parameters.mould.letter_depth_mm
    top = whole.bounds_mm[1, 2]
    for gone in missing.pieces():
        (x_low, _, z_low), (x_high, _, _) = gone.bounds_mm
        is_gap = x_high - x_low <= clearance + 1e-3
        is_mark = z_low >= top - depth - 1e-3
        assert is_gap or is_mark or gone.volume_mm3 < 1e-3
    for piece in pieces:
        # the whole has a mark in another place: what a piece has more than the whole fills letters
        for more in piece.minus(whole).pieces():
            assert more.bounds_mm[0, 2] >= top - depth - 1e-3 or more.volume_mm3 < 1e-3


def test_a_seam_in_a_slot_parts_the_spine_alone(split):
    design, _ = split
    one, other = (in_place(design, name) for name in ("lid-1", "lid-2"))
    seam = (one.bounds_mm[1, 0] + other.bounds_mm[0, 0]) / 2
    assert np.abs(np.subtract(design.mould.slot_x_mm, seam)).min() < 1e-3
    assert in_place(design, "base-1").bounds_mm[0, 0] < seam < in_place(design, "base-2").bounds_mm[1, 0]


def test_each_piece_lies_on_two_dowels_of_its_own(split):
    design, _ = split
    base, z = in_place(design, "base"), design.mould.guide_z_mm + 2.0
    dowels = list(base.section(z).geoms)
    assert len(dowels) == 4
    for name in ("lid-1", "lid-2"):
        piece = in_place(design, name)
        rings = [ring for polygon in piece.section(z).geoms for ring in polygon.interiors]
        inside = [
            dowel
            for dowel in dowels
            if any(_holds(ring, dowel, design.parameters.joints.play_mm) for ring in rings)
        ]
        assert len(inside) == 2
        assert piece.shared_mm3(base) < 1.0


def _holds(ring, dowel, play_mm):
    from shapely import Polygon

    hole = Polygon(ring)
    return hole.contains(dowel) and ring.distance(dowel) == pytest.approx(play_mm, abs=0.05)


def test_each_piece_carries_its_number_and_the_hash(split):
    design, _ = split
    for number, part in enumerate(pieces_of(design), start=1):
        texts = {text.text for text in part.engraved}
        assert {f"LID {number}/2", design.design_hash} <= texts
    assert not [flaw for flaw in design.flaws if flaw.finding.code == "illegible_text"]


def test_each_piece_lifts_off_straight_up(split):
    design, _ = split
    standing = [in_place(design, name) for name in ("base", "specimen")]
    for part in pieces_of(design):
        piece = in_place(design, part.name)
        for lift_mm in (0.5, 3.0, 10.0):
            lifted = piece.shifted((0.0, 0.0, lift_mm))
            assert all(lifted.shared_mm3(other) < 1e-3 for other in standing)


def test_the_finding_says_what_to_print_and_where_it_is_parted(split):
    design, _ = split
    found = {finding.code: finding for finding in design.findings}["lid_split_for_bed"]
    assert found.severity == "info"
    assert "lid-1 to lid-2" in found.message
    assert "in the slot of cut" in found.message


def test_windows_in_a_piece_are_engraved_on_that_piece(split):
    design, _ = split
    (window,) = design.mould.windows
    (piece,) = (part for part in pieces_of(design) if window.mark in {text.text for text in part.engraved})
    low, high = in_place(design, piece.name).bounds_mm
    assert low[0] < window.position_mould[0] < high[0]


def test_a_lid_that_fits_stays_whole_though_the_base_is_split(designed):
    design = designed((160.0, 130.0, 80.0))
    assert not pieces_of(design)
    assert {"base-1", "lid"} <= {part.name for part in parts_to_print(design.mould)}
    assert len(in_place(design, "base").section(design.mould.guide_z_mm + 2.0).geoms) == 2


def test_split_never_leaves_it_whole_and_says_that_it_does_not_fit(designed):
    design = designed(BEDS_MM["as it lies"], mode="never")
    assert not pieces_of(design)
    found = {finding.code: finding.message for finding in design.findings}
    assert "lid_split_for_bed" not in found
    assert "lid (" in found["part_too_large_for_bed"]
