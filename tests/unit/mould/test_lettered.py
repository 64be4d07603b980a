"""A text is engraved where it is whole; where it would not be, a finding says which and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import Point, box

from mouldgen.mould.engravings import Engraving
from mouldgen.mould.fittings import Fittings
from mouldgen.mould.layout import Texts
from mouldgen.mould.lettered import lettered
from mouldgen.mould.lettering import centered_text
from mouldgen.mould.lid import lid_marks, piece_marks
from mouldgen.mould.parts import MadeWindow, Way
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.solids import Solid
from mouldgen.specimen import Landmark

PLATE_MM = 4.0
SAGITTAL = {"plane": "sagittal", "base": "posterior"}


@pytest.fixture(scope="module")
def plate():
    return Solid.box((-30, -15, 0), (30, 15, PLATE_MM), "plate")


def on_top(text, x_mm, depth_mm=1.0):
    return Engraving(text, centered_text(text, x_mm, -3.0, 6.0), PLATE_MM, depth_mm)


def below(text, x_mm, depth_mm=1.0):
    return replace(on_top(text, x_mm, depth_mm), surface_z_mm=0.0, is_underneath=True)


def written(made):
    return [text.text for text in made.engraved]


def test_texts_with_room_are_cut_as_they_are_drawn(plate):
    made = lettered(plate, [on_top("AB", -10.0), below("C", 10.0)], "plate")
    assert written(made) == ["AB", "C"]
    assert made.findings == ()
    ink = sum(text.outline.area * text.depth_mm for text in made.engraved)
    assert plate.volume_mm3 - made.solid.volume_mm3 == pytest.approx(ink, rel=1e-6)


OBSTACLES = {
    "hole through it": ("opening or", lambda: Solid.box((8, -1, -1), (10, 1, 9), "hole"), False),
    "pocket below it": ("opening or", lambda: Solid.box((8, -1, -1), (10, 1, 2.95), "pocket"), False),
    "wall on it": ("plastic stands", lambda: Solid.box((8, -9, 3), (9, 9, 9), "wall"), True),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_text_that_something_crosses_is_left_out_and_the_finding_says_why(plate, obstacle):
    reason, make, is_plastic = OBSTACLES[obstacle]
    body = plate.plus(make()) if is_plastic else plate.minus(make())
    made = lettered(body, [on_top("AB", -10.0), on_top("VEIN", 10.0)], "plate")
    assert written(made) == ["AB"]
    (finding,) = made.findings
    assert (finding.code, finding.severity) == ("text_left_out", "warning")
    assert "'VEIN' is not engraved on the plate at x 10.0, y 0.0 mm" in finding.message
    assert reason in finding.message
    ink = made.engraved[0].outline.area
    assert body.volume_mm3 - made.solid.volume_mm3 == pytest.approx(ink, rel=1e-6)


def test_of_two_texts_in_one_place_the_first_stays(plate):
    made = lettered(plate, [on_top("AB", 0.0), on_top("VEIN", 6.0)], "plate")
    assert written(made) == ["AB"]
    assert "the text 'AB' takes some of its place" in made.findings[0].message


@pytest.mark.parametrize(("depth_mm", "both"), [(1.0, True), (1.9, False)])
def test_texts_on_both_sides_stay_as_long_as_there_is_plastic_between_them(plate, depth_mm, both):
    made = lettered(plate, [on_top("AB", 0.0, depth_mm), below("VEIN", 0.0, depth_mm)], "plate")
    assert written(made) == (["AB", "VEIN"] if both else ["AB"])


def test_a_window_whose_name_is_left_out_stays_without_a_name():
    names = on_top("VEIN", 0.0), on_top("DUCT", 9.0)
    windows = tuple(MadeWindow(n.text.lower(), n.text, Way.WALL, np.zeros(3), 4.0) for n in names)
    left = Fittings(engraved=names, windows=windows).without_texts(names[:1])
    assert left.engraved == names[1:]
    assert [(window.landmark, window.mark) for window in left.windows] == [("vein", ""), ("duct", "DUCT")]


def unread(design):
    return [finding.message for finding in design.findings if finding.code == "illegible_text"]


def with_landmarks(specimen, places, **sections):
    marks = tuple(Landmark(name, np.array(place)) for name, place in places.items())
    given = {"case": "T1", "surface": {"grid_mm": 1.0}, "orientation": SAGITTAL, **sections}
    return design_mould(replace(specimen, landmarks=marks), DesignParameters(**given))


def test_the_texts_of_the_lid_keep_clear_of_its_windows(landmarked):
    """Two windows in one finger, and one where the lid's number would be."""
    places = {"vein": (1.0, -21.0, -5.0), "duct": (1.0, -21.0, 9.0), "hilum": (-20.0, -18.0, 0.0)}
    design = with_landmarks(
        landmarked,
        places,
        lid={"enabled": True},
        cuts={"slab_mm": 16.0},
        windows={"radius_mm": {"vein": 4.0, "duct": 4.0, "hilum": 6.0}},
    )
    assert {window.way for window in design.mould.windows} == {"lid"}
    assert unread(design) == []
    texts = [text.text for text in design.mould.part("lid").engraved]
    assert {"LID", design.design_hash} <= set(texts)
    # every window has its name, or a finding says that it has none
    named = [window.mark for window in design.mould.windows if window.mark]
    assert set(named) <= set(texts)
    said = [finding for finding in design.findings if finding.code in {"window_unnamed", "text_left_out"}]
    assert len(named) + len(said) == len(places)


def test_a_lid_without_room_for_its_number_says_so(landmarked):
    design = with_landmarks(landmarked, {}, lid={"enabled": True}, mould={"letter_mm": 12.0})
    (finding,) = [finding for finding in design.findings if finding.code == "lid_unmarked"]
    assert design.design_hash in finding.message
    assert design.design_hash not in [text.text for text in design.mould.part("lid").engraved]


@pytest.mark.parametrize("letter_mm", [5.0, 12.0])
def test_slash_and_all_a_piece_of_a_lid_says_on_its_spine_which_it_is(long_layout, letter_mm):
    """Plastic is kept free around a text by 0.2 mm, on a spine 3 mm wider than capitals are high."""
    layout = replace(long_layout, letter_mm=letter_mm, tie_mm=letter_mm + 3.0)
    texts = Texts(("1",), "L", "R", "A", "P", ("T1", "12345678 BASE I"), lid=("LID", "12345678"))
    for number, marks in enumerate(piece_marks(layout, texts, ((-150.0, 0.0), (0.0, 150.0)), Point()), 1):
        spoken = dict(marks)[f"LID {number}/2"]
        low, high = spoken.bounds[1] - 0.2, spoken.bounds[3] + 0.2
        assert layout.guide_y_mm[1] <= low < high <= layout.back_y_mm


@pytest.mark.parametrize("at_mm", [0.0, 20.0])
def test_what_a_window_takes_of_the_lid_moves_its_texts_as_little_as_needed(long_layout, at_mm):
    texts = Texts(("1",), "L", "R", "A", "P", ("T1",), lid=("LID", "12345678"))
    taken = box(-200.0, at_mm - 5.0, -100.0, at_mm + 5.0)
    (_, number) = (outline for _, outline in lid_marks(long_layout, texts, ((-150.0, 150.0),), taken))
    low, high = number.bounds[1], number.bounds[3]
    assert not number.intersects(taken)
    assert min(abs(low - taken.bounds[3]), abs(high - taken.bounds[1])) < 1.6


@pytest.mark.parametrize("offset_mm", [2.0, 4.0])
def test_holes_of_pins_keep_clear_of_names_below_the_plate(landmarked, offset_mm):
    """Pins are wider at their foot, where the names are."""
    design = with_landmarks(
        landmarked,
        {"duct": (2.0, 21.0, 4.0), "vein": (2.0 + offset_mm, 5.0, 4.0 - 2 * offset_mm)},
        cuts={"slab_mm": 60.0},
        windows={"radius_mm": {"duct": 2.0}},
        inlays={"inlays_of": "landmarks", "inlay_mm": 6.0},
    )
    assert "DUCT" in [text.text for text in design.mould.base.engraved]
    assert unread(design) == []


@pytest.mark.parametrize("letter_mm", [6.0, 12.0])
def test_the_letter_of_a_parted_ring_is_whole_on_one_of_its_pieces(fitted, letter_mm):
    design = fitted(
        cuts={"positions_mm": (-12.0, 0.0, 12.0)},
        mould={"letter_mm": letter_mm},
        extras={"parts": ("ring",)},
        printer={"name": "Small", "bed_mm": (75.0, 60.0, 150.0)},
    )
    rings = [part for part in design.mould.parts if part.name.startswith("ring-")]
    assert len(rings) > 1
    assert [text.text for part in rings for text in part.engraved] == ["I"]
    assert [message for message in unread(design) if message.startswith("ring")] == []
