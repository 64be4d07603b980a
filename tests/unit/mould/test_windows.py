"""Windows lead from landmarks out of the mould, carry their names, and lock nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mouldgen.errors import ParameterError
from mouldgen.mould.targets import Target
from mouldgen.mould.windows import window_marks
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.solids import Solid
from mouldgen.specimen import Landmark

ALL = {"vein": 6.0, "hilum": 6.0, "duct": 7.0, "suture": 6.0}


@pytest.fixture(scope="module")
def design(fitted):
    return fitted(windows={"radius_mm": ALL}, lid={"enabled": True})


@pytest.fixture(scope="module")
def windows(design):
    return {window.landmark: window for window in design.mould.windows}


def test_each_leads_out_where_the_surface_is_nearest(windows):
    assert {name: window.way.value for name, window in windows.items()} == {
        "vein": "wall",
        "hilum": "wall",
        "duct": "base",
        "suture": "lid",
    }


def test_below_the_landmark_the_baseplate_is_open_over_the_whole_disc(design, body, windows):
    base, (x, y, z) = body(design, "base"), windows["duct"].position_mould
    turns = np.linspace(0, 2 * np.pi, 24)
    for radius in (0.0, 3.5, 6.8):
        disc = np.column_stack([x + radius * np.cos(turns), y + radius * np.sin(turns), np.zeros(24)])
        for height in np.linspace(-0.5, z - 2.0, 8):
            assert not base.contains(disc + [0, 0, height]).any()
    ring = np.column_stack([x + 7.5 * np.cos(turns), y + 7.5 * np.sin(turns), np.full(24, 2.0)])
    assert base.contains(ring).all()


def test_beside_the_landmark_the_wall_is_open_upward(design, body, windows):
    base, (x, y, z) = body(design, "base"), windows["vein"].position_mould
    outward = np.sign(x)
    along = np.linspace(0.0, 25.0, 50) * outward
    for across in (-5.5, 0.0, 5.5):
        for up in (0.5, 4.0, 12.0):
            points = np.column_stack([x + along, np.full(50, y + across), np.full(50, z + up)])
            assert not base.contains(points).any()
    beside = np.column_stack([x + along, np.full(50, y - 9.0), np.full(50, z)])
    assert base.contains(beside).any()


def test_above_the_landmark_the_lid_is_open_within_its_finger(design, body, windows):
    lid, (x, y, z) = body(design, "lid"), windows["suture"].position_mould
    low, high = (
        max(s for s in (-100, *design.mould.slot_x_mm) if s < x),
        min(s for s in (*design.mould.slot_x_mm, 100) if s > x),
    )
    middle = np.clip(x, low + 4.2, high - 4.2)
    up = np.linspace(z + 0.5, lid.bounds[1, 2] + 1, 30)
    assert not lid.contains(np.column_stack([np.full(30, middle), np.full(30, y), up])).any()


def test_nothing_locks_and_all_stays_in_one_piece(design, body):
    assert design.locked_mm3 == 0.0
    assert body(design, "base").body_count == 1
    assert body(design, "lid").body_count == 1
    assert not {"locked", "lid_locked", "parts_overlap", "slot_blocked"} & {f.code for f in design.findings}


def test_their_names_are_engraved(design, windows):
    marks = {name: window.mark for name, window in windows.items()}
    assert marks == {"vein": "VEIN", "hilum": "HILUM", "duct": "DUCT", "suture": "SUT."}
    assert set(marks.values()) <= set(design.mould.marks)


def letters(solid, section, z_mm, reference_z_mm):
    """Return what is engraved at a height: plastic of another height that is missing there."""
    return section(solid, reference_z_mm).difference(section(solid, z_mm).buffer(1e-3)).buffer(-0.02)


def test_the_name_below_is_read_from_below(design, body, section):
    """Seen from below, +X runs to the left: the D of DUCT lies at greater X than its T."""
    base = body(design, "base")
    engraved = letters(base, section, 0.4, 1.5)
    parts = sorted(
        (part for part in engraved.geoms if part.area > 2.0), key=lambda part: part.centroid.x, reverse=True
    )
    assert len(parts) == 4
    first, last = parts[0], parts[-1]
    assert first.interiors  # D has a hole
    assert not last.interiors
    assert min(part.bounds[3] - part.bounds[1] for part in parts) >= 5.0


def test_a_landmark_above_the_rim_needs_no_window_without_a_lid(fitted, found):
    design = fitted(windows={"radius_mm": {"suture": 6.0}})
    assert "window_not_needed" in found(design)
    assert design.mould.windows == ()


def test_a_window_in_a_guide_says_which_cuts_it_costs(fitted):
    design = fitted(windows={"radius_mm": {"hilum": 6.0}})
    finding = next(f for f in design.findings if f.code == "window_in_guide")
    assert "cuts" in finding.message
    assert design.locked_mm3 == 0.0


def test_a_window_through_a_dowel_of_the_lid_is_not_made_and_said(landmarked):
    """Of two windows at one end of the guides, the one in front is made: dowels stand behind."""
    places = {"hilum": (14.0, 3.0, 20.5), "duct": (14.0, 3.0, -20.5)}
    marks = tuple(Landmark(name, np.array(place)) for name, place in places.items())
    given = {"case": "T1", "surface": {"grid_mm": 1.0}, "lid": {"enabled": True, "roof_mm": 6.0}}
    design = design_mould(
        replace(landmarked, landmarks=marks),
        DesignParameters(
            **given,
            orientation={"plane": "sagittal", "base": "posterior"},
            windows={"radius_mm": {"hilum": 15.0, "duct": 15.0}},
        ),
    )
    (finding,) = [finding for finding in design.findings if finding.code == "window_without_room"]
    assert "dowel" in finding.message
    assert len(design.mould.windows) == 1
    base = Solid.from_mesh(design.mould.base.mesh, "base")
    dowels = base.section(design.mould.guide_z_mm + 2.0)
    # circles of 32 corners, 1.6 mm from the edges of a tie that is as wide as letters of 6 mm need
    area_mm2 = 16 * 2.9**2 * np.sin(np.pi / 16)
    assert [dowel.area for dowel in dowels.geoms] == pytest.approx([area_mm2] * 2, rel=1e-3)


def test_an_unknown_landmark_is_refused_with_those_that_there_are(fitted):
    with pytest.raises(ParameterError, match=r"'ureter', which is no landmark.*duct, hilum, suture, vein"):
        fitted(windows={"radius_mm": {"ureter": 6.0}})


def test_marks_are_short_and_unlike_and_keep_their_numbers():
    names = ("superior mesenteric artery", "superior mesenteric vein", "suture 12", "clip 1", "v1")
    targets = [Target(name, str(n), "#000000", np.zeros(3)) for n, name in enumerate(names)]
    marks = window_marks(dict.fromkeys(names, 5.0), targets)
    assert marks["v1"][0] == "V1"
    assert marks["suture 12"] == ("SUTURE 12", "S.12")
    assert marks["clip 1"] == ("CLIP 1", "CL.1")
    longer, shorter = ({pair[n] for pair in marks.values()} for n in (0, 1))
    assert len(longer) == len(shorter) == len(names)
