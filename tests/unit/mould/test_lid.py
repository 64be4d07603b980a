"""The lid goes on from above, holds the specimen, fits with its play, and lets the blade through."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from mouldgen.mould.assembly import assemble

PLAY_MM = 0.4


@pytest.fixture(scope="module")
def design(fitted):
    return fitted(lid={"enabled": True}, joints={"play_mm": PLAY_MM})


@pytest.fixture(scope="module")
def lid(design, body):
    return body(design, "lid")


@pytest.fixture(scope="module")
def base(design, body):
    return body(design, "base")


def test_it_is_one_closed_body_that_stands_on_its_roof_in_print(design):
    part = design.mould.part("lid")
    printed = trimesh.Trimesh(part.mesh.vertices_mould, part.mesh.faces, process=False)
    assert printed.is_watertight
    assert printed.body_count == 1
    assert printed.bounds[0, 2] == pytest.approx(0.0, abs=1e-6)
    assert np.linalg.det(part.mould_from_part.matrix) == pytest.approx(1.0)
    roof = part.mesh.vertices_mould[part.mesh.vertices_mould[:, 2] < 1e-6]
    assert np.ptp(roof[:, 0]) > 50
    assert np.ptp(roof[:, 1]) > 50


def test_nothing_overhangs_in_print(design):
    """No face looks down more steeply than 45 degrees, but for the floors of letters on the bed."""
    part = design.mould.part("lid")
    printed = trimesh.Trimesh(part.mesh.vertices_mould, part.mesh.faces, process=False)
    looks_down = (printed.face_normals[:, 2] < -0.72) & (printed.triangles_center[:, 2] > 1.1)
    assert printed.area_faces[looks_down].sum() < 0.01


def test_base_lid_and_specimen_do_not_overlap(design):
    assert all(volume <= 1.0 for volume in assemble(design.mould).overlaps_mm3().values())


def test_no_point_of_the_specimen_is_in_the_plastic(design, lid, base, body):
    specimen = body(design, "specimen")
    points, _ = trimesh.sample.sample_surface(specimen, 4000, seed=1)
    assert not lid.contains(points).any()
    assert not base.contains(points).any()


@pytest.mark.parametrize("lift_mm", [0.5, 3.0, 8.0, 15.0, 30.0])
def test_nothing_stops_it_on_its_way_on(design, lid, base, body, lift_mm):
    """A lifted lid meets neither specimen nor base: its points move straight up through air."""
    points, _ = trimesh.sample.sample_surface(lid, 6000, seed=2)
    lifted = points + [0.0, 0.0, lift_mm]
    assert not body(design, "specimen").contains(lifted).any()
    assert not base.contains(lifted).any()


def test_plug_keeps_its_play_from_guides_and_posts(design, lid, base, section):
    mould = design.mould
    for z in np.linspace(mould.rim_z_mm + 1.0, mould.guide_z_mm - 2.0, 4):
        apart = section(lid, z).distance(section(base, z))
        assert apart == pytest.approx(PLAY_MM, abs=0.05)


def test_plug_keeps_its_play_from_the_rim(design, lid, base):
    assert lid.bounds[0, 2] - design.mould.rim_z_mm == pytest.approx(PLAY_MM, abs=0.05)
    assert base.bounds[1, 2] > design.mould.rim_z_mm


def test_dowels_fill_their_sockets_but_for_the_play(design, lid, base, section):
    z = design.mould.guide_z_mm + 2.0
    dowels = list(section(base, z).geoms)
    assert len(dowels) == 2
    sockets = [ring for polygon in section(lid, z).geoms for ring in polygon.interiors]
    for dowel in dowels:
        socket = min(sockets, key=lambda ring: ring.centroid.distance(dowel.centroid))
        gap = (np.ptp(np.array(socket.coords), axis=0) - np.ptp(np.array(dowel.exterior.coords), axis=0)) / 2
        np.testing.assert_allclose(gap, PLAY_MM, atol=0.05)


def test_roof_lies_on_the_guides(design, lid, base):
    z = design.mould.guide_z_mm
    assert np.isclose(lid.vertices[:, 2], z, atol=1e-4).any()
    assert np.isclose(base.vertices[:, 2], z, atol=1e-4).any()


def test_it_holds_the_specimen_with_the_clearance_on_top(design, lid, body):
    specimen = body(design, "specimen")
    top = specimen.vertices[specimen.vertices[:, 2].argmax()]
    x, y = top[:2] + [3.0, 4.0]
    below, above = [x, y, top[2] - 30.0], [x, y, top[2] - 3.0]
    on_specimen = specimen.ray.intersects_location([below], [[0, 0, 1.0]])[0][:, 2].max()
    on_lid = lid.ray.intersects_location([above], [[0, 0, 1.0]])[0][:, 2].min()
    assert on_lid - on_specimen == pytest.approx(0.5, abs=0.12)


def test_slots_run_through_it_in_line_with_those_of_the_base(design, lid):
    mould = design.mould
    (front, back), top = mould.slot_y_mm, lid.bounds[1, 2]
    grids = np.meshgrid(np.linspace(front, back - 0.1, 60), np.linspace(20, top, 30))
    y, z = (grid.ravel() for grid in grids)
    for x in mould.slot_x_mm:
        for side in (-0.58, 0.0, 0.58):
            assert not lid.contains(np.column_stack([np.full(y.size, x + side), y, z])).any()
        assert lid.contains(np.column_stack([np.full(y.size, x + 2.0), y, z])).any()


def test_the_blade_enters_from_the_front_and_the_spine_joins_the_fingers_behind(design, lid, section):
    mould = design.mould
    roof = section(lid, mould.guide_z_mm + 3.0)
    assert len(roof.geoms) == 1
    from shapely import box

    in_front = roof.intersection(box(-200, -200, 200, mould.slot_y_mm[1] - 0.1))
    assert len(in_front.geoms) == len(mould.slot_x_mm) + 1


def test_it_says_what_it_belongs_to(design):
    assert {"LID", design.design_hash} <= set(design.mould.marks)


def test_without_it_there_are_two_parts(fitted):
    assert [part.name for part in fitted().mould.parts] == ["base", "specimen"]


def test_a_rim_at_the_top_gives_a_flat_lid(fitted):
    design = fitted(
        lid={"enabled": True}, mould={"rim_share": 1.0, "lowest_rim_share": 1.0, "guide_above_mm": 2.0}
    )
    assert design.mould.part("lid") is not None
    assert design.locked_mm3 == 0.0


def test_long_thin_fingers_of_the_lid_are_told(fitted, found):
    assert "slender_lid" in found(fitted(lid={"enabled": True}, cuts={"slab_mm": 4.0}))
    assert "slender_lid" not in found(fitted(lid={"enabled": True}))
