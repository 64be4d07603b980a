"""Drains reach the cavity between the slots; finger holes, inlays and feet fit and are where they belong."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from mouldgen.mould.assembly import assemble

PLAY_MM = 0.3


def rings_at(plastic):
    return [ring for polygon in plastic.geoms for ring in polygon.interiors]


@pytest.mark.parametrize("count", [1, 4])
def test_so_many_drains_lead_through_the_baseplate_into_the_cavity(fitted, body, section, count):
    design = fitted(openings={"drains": count, "drain_mm": 5.0})
    base = body(design, "base")
    holes = rings_at(section(base, 1.5))
    assert len(holes) == count
    specimen = body(design, "specimen")
    for hole in holes:
        x, y = hole.centroid.x, hole.centroid.y
        tissue_z = specimen.ray.intersects_location([[x, y, -5.0]], [[0, 0, 1.0]])[0][:, 2].min()
        column = np.column_stack([np.full(40, x), np.full(40, y), np.linspace(-1, tissue_z, 40)])
        assert not base.contains(column).any()
        assert np.ptp(np.array(hole.coords)[:, 0]) == pytest.approx(5.0, abs=0.1)
        assert min(abs(x - slot) for slot in design.mould.slot_x_mm) > 2.5 + design.mould.slot_width_mm / 2


def test_the_first_drain_is_at_the_lowest_place(fitted, body, section):
    """Of an ellipsoid that is its middle, or the nearest place to it between two slots."""
    design = fitted(openings={"drains": 1})
    (hole,) = rings_at(section(body(design, "base"), 1.5))
    slots = np.array(design.mould.slot_x_mm)
    reach = 2.5 + 0.8 + design.mould.slot_width_mm / 2
    nearest = min(abs(slots)) if np.abs(slots).min() > reach else reach
    assert abs(hole.centroid.y) < 1.5
    assert abs(hole.centroid.x) < nearest + 1.5


def test_drains_get_narrower_between_close_slots(fitted, body, section):
    design = fitted(openings={"drains": 3}, cuts={"slab_mm": 5.0})
    holes = rings_at(section(body(design, "base"), 1.5))
    assert len(holes) == 3
    for hole in holes:
        x = hole.centroid.x
        width = np.ptp(np.array(hole.coords)[:, 0])
        assert min(abs(x - slot) for slot in design.mould.slot_x_mm) > width / 2 + 0.6


def test_drains_without_room_are_a_finding(fitted, found):
    assert "fewer_drains" in found(fitted(openings={"drains": 150}))


def test_finger_holes_open_the_wall_at_both_ends_and_leave_the_posts(fitted, body):
    plain, notched = fitted(), fitted(openings={"finger_holes": True, "finger_mm": 12.0})
    assert "no_finger_holes" not in {f.code for f in notched.findings}
    removed = [
        np.array([x, y, z])
        for x in np.linspace(-40, 40, 81)
        for y in np.linspace(-22, 22, 45)
        for z in (notched.mould.rim_z_mm - 2.0,)
    ]
    was, is_now = (body(design, "base").contains(removed) for design in (plain, notched))
    taken = np.array(removed)[was & ~is_now]
    assert not (is_now & ~was).any()
    left, right = taken[taken[:, 0] < 0], taken[taken[:, 0] > 0]
    assert len(left) > 10
    assert len(right) > 10
    assert np.sign(left[:, 1].mean()) == -np.sign(right[:, 1].mean())
    assert np.abs(taken[:, 1]).min() > 7.5
    assert notched.locked_mm3 == 0.0
    assert body(notched, "base").body_count == 1


def test_a_small_specimen_has_no_room_for_fingers_and_is_told_so(fitted, found):
    design = fitted(openings={"finger_holes": True}, fit={"scale": 0.6})
    assert "no_finger_holes" in found(design)


@pytest.fixture(scope="module")
def inlaid(fitted):
    return fitted(inlays={"inlays_of": "habitats"}, joints={"play_mm": PLAY_MM})


def test_every_habitat_has_an_inlay_of_its_colour_below_its_middle(inlaid, body):
    parts = [part for part in inlaid.mould.parts if part.name.startswith("inlay-")]
    habitats = inlaid.specimen.habitats.habitats
    assert [part.color for part in parts] == [habitat.color for habitat in habitats]
    labels = inlaid.specimen.habitats.volume
    for part, habitat in zip(parts, habitats, strict=True):
        points = labels.grid.to_points(np.argwhere(labels.voxels == habitat.label))
        middle = inlaid.frame.mould_from_patient.apply(points).mean(axis=0)
        low, high = body(inlaid, part.name).bounds
        assert np.linalg.norm((low + high)[:2] / 2 - middle[:2]) < 6.0


def test_inlays_fit_their_holes_with_play_and_end_in_the_floor(inlaid, body, section):
    base = body(inlaid, "base")
    specimen = body(inlaid, "specimen")
    for part in inlaid.mould.parts[2:]:
        pin = body(inlaid, part.name)
        assert pin.is_watertight
        assert pin.body_count == 1
        assert pin.bounds[0, 2] == 0.0
        for z in (0.5, 3.0):
            assert section(pin, z).distance(section(base, z)) == pytest.approx(PLAY_MM, abs=0.05)
        x, y = pin.bounds[:, :2].mean(axis=0)
        tops = [
            solid.ray.intersects_location([[x, y, -5.0]], [[0, 0, 1.0]])[0][:, 2] for solid in (pin, specimen)
        ]
        assert tops[1].min() - tops[0].max() == pytest.approx(0.5, abs=0.12)
    assert all(volume <= 1.0 for volume in assemble(inlaid.mould).overlaps_mm3().values())


def test_inlays_keep_off_the_slots(inlaid, body):
    for part in inlaid.mould.parts[2:]:
        low, high = body(inlaid, part.name).slice_plane([0, 0, 2.0], [0, 0, 1]).bounds[:, 0]
        for slot in inlaid.mould.slot_x_mm:
            half = inlaid.mould.slot_width_mm / 2
            assert slot + half < low - 1.0 or slot - half > high + 1.0


def test_inlays_between_close_slots_have_no_room_and_are_told_so(fitted, found):
    design = fitted(inlays={"inlays_of": "habitats"}, cuts={"slab_mm": 4.0})
    assert "inlay_without_room" in found(design)
    assert len(design.mould.parts) == 2


def test_inlays_between_close_slots_are_narrow_and_long(fitted, body, section):
    design = fitted(inlays={"inlays_of": "habitats", "inlay_mm": 8.0}, cuts={"slab_mm": 5.0})
    base = body(design, "base")
    parts = design.mould.parts[2:]
    assert len(parts) == 2
    for part in parts:
        pin = body(design, part.name)
        assert pin.is_watertight
        x_low, y_low, x_high, y_high = section(pin, 3.0).bounds
        assert x_high - x_low == pytest.approx(5.0 - 1.2 - 2 * (0.8 + PLAY_MM), abs=0.02)
        assert y_high - y_low == pytest.approx(8.0, abs=0.02)
        assert section(pin, 3.0).distance(section(base, 3.0)) == pytest.approx(PLAY_MM, abs=0.05)
    assert base.body_count == 1


def test_inlays_of_landmarks_lie_below_them(fitted):
    design = fitted(inlays={"inlays_of": "landmarks"})
    titles = {part.title for part in design.mould.parts[2:]}
    assert "Inlay duct" in titles


def test_feet_carry_the_plate_and_peg_into_it(fitted, body, section):
    design = fitted(edges={"feet": True, "foot_mm": 8.0}, joints={"play_mm": PLAY_MM})
    base = body(design, "base")
    for side in ("left", "right"):
        part = design.mould.part(f"foot-{side}")
        printed = trimesh.Trimesh(part.mesh.vertices_mould, part.mesh.faces, process=False)
        assert printed.is_watertight
        assert printed.bounds[0, 2] == 0.0
        foot = body(design, f"foot-{side}")
        assert foot.bounds[0, 2] == pytest.approx(-8.0)
        assert section(foot, 1.0).distance(section(base, 1.0)) == pytest.approx(PLAY_MM, abs=0.05)
    assert all(volume <= 1.0 for volume in assemble(design.mould).overlaps_mm3().values())
    assert base.bounds[0, 2] == pytest.approx(0.0, abs=1e-6)


def test_a_thin_plate_has_no_room_for_pegs_and_is_told_so(fitted, found):
    assert "no_feet" in found(fitted(edges={"feet": True}, mould={"plate_mm": 2.0}))
