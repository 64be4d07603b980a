"""Engraved texts can be read on every part, and what crosses one is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import MultiPolygon, box
from shapely.affinity import scale

from mouldgen.checks import check_print
from mouldgen.mould.legibility import illegible_texts
from mouldgen.mould.lettering import text_drop_mm, text_outline
from mouldgen.solids import Solid, union

STROKE_MM = 0.4
EVERYTHING = {
    "lid": {"enabled": True},
    "windows": {"radius_mm": {"vein": 6, "hilum": 5, "duct": 6, "suture": 5}},
    "inlays": {"inlays_of": "habitats"},
    "openings": {"drains": 4, "finger_holes": True},
    "edges": {"feet": True},
    "extras": {"parts": ("replica", "ring", "coupon", "tray")},
}
BEDS = {"across": (150.0, 75.0, 120.0), "along": (75.0, 150.0, 120.0)}


def unread(design):
    return [finding.message for finding in design.findings if finding.code == "illegible_text"]


def texts(design, name):
    return [text.text for text in design.mould.part(name).engraved]


def test_with_every_option_all_texts_are_read_on_every_part(fitted):
    design = fitted(**EVERYTHING)
    assert unread(design) == []
    assert {part.name for part in design.mould.parts if part.engraved} == {
        "base",
        "lid",
        "ring",
        "coupon",
        "tray",
    }
    assert {"1", "T1", "DUCT", "VEIN"} <= set(texts(design, "base"))
    assert {"LID", "SUT."} <= set(texts(design, "lid"))
    assert {"S01", "T1"} <= set(texts(design, "tray"))


@pytest.mark.parametrize("bed", BEDS)
def test_a_split_base_keeps_its_texts_whole_beside_the_seams(fitted, bed):
    design = fitted(**EVERYTHING, printer={"name": "Small", "bed_mm": BEDS[bed]})
    pieces = [part for part in design.mould.parts if part.name.startswith("base-")]
    assert len(pieces) > 1
    # nothing but a line that is longer than a piece is parted
    assert all(f"{design.design_hash} BASE" in message for message in unread(design))
    engraved = [text.text for piece in pieces for text in piece.engraved]
    assert set(texts(design, "base")) <= set(engraved)
    for number, piece in enumerate(pieces, start=1):
        assert f"{number}/{len(pieces)}" in " ".join(texts(design, piece.name))


@pytest.mark.parametrize("case", ["g_y-7", "pqyj"])
def test_strokes_below_the_line_keep_clear_of_the_next_line(fitted, case):
    assert text_drop_mm(case, 12.0) > 1.5  # farther than lines are apart
    assert unread(fitted(case=case, mould={"letter_mm": 12.0}, extras={"parts": ("tray",)})) == []


def test_narrow_trays_keep_the_letters_of_their_upper_edge_apart(fitted):
    design = fitted(
        orientation={"normal_lps": (0.3, 0.5, 0.8), "base": "0"},  # oblique letters have an asterisk
        cuts={"slab_mm": 60},
        mould={"letter_mm": 12.0},
        extras={"parts": ("tray",)},
    )
    assert unread(design) == []


def test_letters_on_both_sides_of_a_thin_plate_do_not_meet(fitted):
    plate = {"plate_mm": 2.5, "letter_depth_mm": 1.2, "letter_mm": 8.0}
    assert unread(fitted(mould=plate, windows={"radius_mm": {"duct": 4.0}})) == []


def spoiled(design, name, change):
    """Return the texts that cannot be read, by reason, after a change to a part."""
    part = design.mould.part(name)
    changed = change(Solid.from_mesh(part.mesh, name))
    return {bad.engraving.text: bad.reason for bad in illegible_texts(part, changed, STROKE_MM)}


def first_text(design, name, wanted):
    return next(text for text in design.mould.part(name).engraved if text.text == wanted)


def test_a_slot_a_hole_and_a_wall_across_a_text_are_found_and_named(fitted):
    design = fitted(**EVERYTHING)
    x, y, z = first_text(design, "base", "T1").middle_mm
    slot = Solid.box((x - 0.5, y - 30, z - 0.9), (x + 0.5, y + 30, z + 1), "slot")
    assert "opening" in spoiled(design, "base", lambda base: base.minus(slot))["T1"]
    pit = Solid.box((x - 2, y - 2, -1.0), (x + 2, y + 2, z - 0.85), "drain")
    assert "below it are open" in spoiled(design, "base", lambda base: base.minus(pit))["T1"]
    wall = Solid.box((x - 3, y - 3, z), (x + 3, y + 3, z + 5), "wall")
    assert "stands on" in spoiled(design, "base", lambda base: base.plus(wall))["T1"]
    filled = union([Solid.box((x - 9, y - 5, z - 1), (x + 9, y + 5, z), "fill")], "fill")
    assert "are not cut" in spoiled(design, "base", lambda base: base.plus(filled))["T1"]


def test_a_name_below_the_plate_and_one_on_the_lid_are_judged_from_their_own_side(fitted):
    design = fitted(**EVERYTHING)
    x, y, _ = first_text(design, "base", "DUCT").middle_mm
    hole = Solid.box((x - 1, y - 1, -1), (x + 1, y + 1, 0.9), "hole")
    assert set(spoiled(design, "base", lambda base: base.minus(hole))) == {"DUCT"}
    part = design.mould.part("lid")
    x, y, z = part.mould_from_part.inverse().apply(first_text(design, "lid", "SUT.").middle_mm)
    hole = Solid.box((x - 1, y - 1, z - 1), (x + 1, y + 1, z + 0.7), "hole")
    assert set(spoiled(design, "lid", lambda lid: lid.minus(hole))) == {"SUT."}


def test_strokes_that_the_printer_fills_are_found(fitted):
    design = fitted()
    base = design.mould.part("base")
    reasons = [bad.reason for bad in illegible_texts(base, Solid.from_mesh(base.mesh, "base"), 2.0)]
    assert len(reasons) == len(base.engraved)
    assert all("thinner than the 2 mm" in reason for reason in reasons)


def test_the_finding_names_the_text_and_its_place(fitted):
    design = fitted()
    text = first_text(design, "base", "T1")
    x, y, z = text.middle_mm
    slot = Solid.box((x - 0.5, y - 30, z - 0.9), (x + 0.5, y + 30, z + 1), "slot")
    base = design.mould.part("base")
    cut = replace(base, mesh=Solid.from_mesh(base.mesh, "base").minus(slot).to_mesh())
    mould = replace(design.mould, parts=(cut, *design.mould.parts[1:]))
    found = [f for f in check_print(mould, design.parameters.printer) if f.code == "illegible_text"]
    (about,) = [finding for finding in found if "'T1'" in finding.message]
    assert about.severity == "warning"
    assert f"x {x:.1f}" in about.message


def test_no_text_is_mirrored_for_its_reader(fitted):
    """Sections of the files, below the surface, seen from the side that the text is read from."""
    design = fitted(**EVERYTHING)
    for name in ("base", "lid", "ring", "coupon", "tray"):
        part = design.mould.part(name)
        solid = Solid.from_mesh(part.mesh, name).moved(part.mould_from_part)
        for text in part.engraved:
            plastic = solid.section(text.height_mm(0.5))
            ink = box(*text.outline.bounds).difference(plastic)
            letters = text_outline(text.text, 10.0)
            seen = scale(ink, -1.0, 1.0) if text.is_underneath else ink
            assert likeness(seen, letters) > 0.97, (name, text.text)


def likeness(ink, letters):
    """Return the share of the ink that letters cover, turned by quarter turns and stretched onto it."""
    from shapely.affinity import rotate, translate

    best = 0.0
    for turn in (0, 90, -90):
        turned = MultiPolygon(rotate(letters, turn))
        have, want = np.reshape(turned.bounds, (2, 2)), np.reshape(ink.bounds, (2, 2))
        fitted = scale(turned, *(np.ptp(want, axis=0) / np.ptp(have, axis=0)).tolist())
        shift = want.mean(axis=0) - np.reshape(fitted.bounds, (2, 2)).mean(axis=0)
        best = max(best, translate(fitted, *shift.tolist()).buffer(0).intersection(ink).area / ink.area)
    return best
