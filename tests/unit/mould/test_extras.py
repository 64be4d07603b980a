"""Parts beside the mould, measured on their meshes and compared with the labels and with formulas."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import trimesh
from shapely import MultiPoint, Polygon
from shapely.affinity import scale, translate

from mouldgen.mould.lettering import text_outline
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.solids import Solid
from mouldgen.testing.phantoms import chiral_specimen

ALL = ("replica", "ring", "coupon", "tray")
CLEARANCE_MM = 1.0


@pytest.fixture(scope="module")
def specimen():
    return chiral_specimen()


def parameters(**sections):
    return DesignParameters(
        case="T1",
        surface={"grid_mm": 0.7},
        orientation={"normal_lps": (0.8, 0.3, 0.5)},
        cuts={"slab_mm": 8},
        **{"extras": {"parts": ALL}, **sections},
    )


@pytest.fixture(scope="module")
def design(specimen):
    return design_mould(specimen, parameters())


@pytest.fixture(scope="module")
def solids(design):
    """Return the parts where they are in the mould."""
    return {
        part.name: Solid.from_mesh(part.mesh, part.name).moved(part.mould_from_part)
        for part in design.mould.parts
    }


@pytest.fixture(scope="module")
def meshes(design):
    return {
        part.name: trimesh.Trimesh(
            part.mould_from_part.apply(part.mesh.vertices_mould), part.mesh.faces, process=False
        )
        for part in design.mould.parts
    }


def section_along_x(mesh, x_mm):
    """Return the area that a plane across X meets."""
    section = mesh.section([1, 0, 0], [x_mm, 0, 0])
    return section.to_2D()[0].area


def test_each_part_is_one_closed_body(meshes):
    assert set(meshes) == {"base", "specimen", *ALL}
    for mesh in meshes.values():
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume > 0
        assert mesh.body_count == 1


def test_extras_change_neither_mould_nor_specimen_nor_the_engraved_hash(design, specimen):
    plain = design_mould(specimen, parameters(extras={}))
    assert plain.design_hash == design.design_hash
    for mine, theirs in zip(plain.mould.parts, design.mould.parts, strict=False):
        np.testing.assert_array_equal(mine.mesh.vertices_mould, theirs.mesh.vertices_mould)


def test_grooves_lie_in_the_cut_planes_as_deep_as_asked_and_nowhere_else(design, meshes):
    depth = design.parameters.extras.groove_depth_mm
    half = design.parameters.extras.groove_width_mm / 2
    whole, scored = meshes["specimen"], meshes["replica"]
    for x in design.mould.slot_x_mm:
        outline, _ = whole.section([1, 0, 0], [x, 0, 0]).to_2D()
        shaved = sum(polygon.buffer(-depth).area for polygon in outline.polygons_full)
        assert section_along_x(scored, x) <= shaved + 0.5
        assert section_along_x(scored, x) >= shaved - 15.0  # the score mark and numbers take some more
        for beside in (x - half - 0.3, x + half + 0.3):
            assert section_along_x(scored, beside) == pytest.approx(section_along_x(whole, beside), abs=12.0)


def test_the_score_mark_ends_where_the_score_slot_ends(design, solids):
    cut_away = solids["specimen"].minus(solids["replica"])
    half = design.mould.slot_width_mm / 2
    low, high = solids["specimen"].bounds_mm
    blade = Solid.box((low[0], -half, design.mould.score_z_mm), (high[0], half, high[2]), "blade")
    assert cut_away.shared_mm3(blade) == pytest.approx(solids["specimen"].shared_mm3(blade), abs=0.01)
    assert solids["replica"].shared_mm3(blade) == pytest.approx(0, abs=0.01)


def test_the_ring_goes_over_the_specimen_with_the_clearance(design, solids):
    ring, specimen = solids["ring"], solids["specimen"]
    assert np.ptp(ring.bounds_mm[:, 2]) == pytest.approx(6.0, abs=1e-5)
    assert ring.bounds_mm[1, 2] <= design.mould.rim_z_mm
    assert ring.volume_above_mm3(specimen, 1.0) == pytest.approx(0, abs=0.05)
    middle = float(ring.bounds_mm[:, 2].mean())
    gap = ring.section(middle).distance(specimen.section(middle))
    assert 0.3 < gap < design.mould.clearance_mm + 0.2


def test_the_ring_is_a_slice_of_the_mould_where_the_mould_has_plastic(solids):
    """All of the base at that height near the cavity is in the ring; the ring has no slots."""
    ring, base = solids["ring"], solids["base"]
    z = float(ring.bounds_mm[1, 2]) - 0.5
    opening = Polygon(max(ring.section(z).geoms, key=lambda part: part.area).interiors[0])
    assert base.section(z).intersection(opening.buffer(-0.05)).area == pytest.approx(0, abs=0.05)


def test_the_coupon_has_slots_from_0_2_below_to_0_6_above_the_width(design, solids):
    coupon = solids["coupon"]
    top = float(coupon.bounds_mm[1, 2])
    fingers = sorted(coupon.section(top - 5).geoms, key=lambda finger: finger.bounds[0])
    widths = [b.bounds[0] - a.bounds[2] for a, b in pairwise(fingers)]
    expected = design.mould.slot_width_mm + np.arange(-0.2, 0.65, 0.1)
    np.testing.assert_allclose(widths, expected, atol=1e-4)
    depths = {round(finger.bounds[3] - finger.bounds[1], 3) for finger in fingers}
    assert depths == {design.parameters.mould.guide_depth_mm}
    height = top - design.mould.floor_z_mm
    assert height == pytest.approx(min(40, design.mould.guide_z_mm - design.mould.floor_z_mm), abs=1e-5)


def wells(tray):
    """Return the wells as polygons, row by row from the upper left one."""
    top = float(tray.bounds_mm[1, 2])
    plate = max(tray.section(top - 1.5).geoms, key=lambda part: part.area)
    holes = sorted((Polygon(ring) for ring in plate.interiors), key=lambda hole: -hole.bounds[3])
    rows = []
    for hole in holes:
        if rows and rows[-1][0].bounds[3] - hole.bounds[3] < 1.0:
            rows[-1].append(hole)
        else:
            rows.append([hole])
    return [hole for row in rows for hole in sorted(row, key=lambda hole: hole.bounds[0])]


def slab_points(design, slab):
    """Return [y, z] of the centres of the specimen's own voxels between a slab's faces."""
    tissue = design.specimen.tissue
    points = design.frame.mould_from_patient.apply(tissue.grid.to_points(np.argwhere(tissue.voxels > 0)))
    inside = (points[:, 0] > slab.x_lower_mm) & (points[:, 0] < slab.x_upper_mm)
    return points[inside][:, 1:]


def centred(shape):
    low_x, low_y, high_x, high_y = shape.bounds
    return translate(shape, -(low_x + high_x) / 2, -(low_y + high_y) / 2)


def test_every_well_holds_its_slab_upper_face_up_and_not_mirrored(design, solids):
    found = wells(solids["tray"])
    slabs = design.plan.slabs
    assert len(found) == len(slabs)
    mirrored_outside = 0
    for slab, well in zip(slabs, found, strict=True):
        points = MultiPoint(slab_points(design, slab))
        place = centred(well)
        # voxel centres stay half a voxel and the clearance away from the edge
        assert place.buffer(-0.5 * CLEARANCE_MM).contains(centred(points))
        assert place.area < 1.9 * points.buffer(1.0).buffer(CLEARANCE_MM).area
        mirror = scale(centred(points), xfact=-1, origin=(0, 0))
        mirrored_outside += sum(not place.contains(point) for point in mirror.geoms)
    assert mirrored_outside > 50


def test_the_tray_shows_the_letters_of_its_sides(design, solids):
    """Seen from above: +Y of the mould to the right, +Z up the tray, and +X, the upper faces, to the eye."""
    tray = solids["tray"]
    (x_low, y_low, _), (x_high, y_high, top) = tray.bounds_mm
    marks = [Polygon(ring) for part in tray.section(top - 0.3).geoms for ring in part.interiors]
    texts = dict(zip(("left", "right", "front", "back"), design.mould.marks[-6:-2], strict=True))
    for text, place in (
        (texts["front"], (x_low + 8, (y_low + y_high) / 2)),
        (texts["back"], (x_high - 8, (y_low + y_high) / 2)),
    ):
        near = [mark for mark in marks if mark.distance(MultiPoint([place])) < 12 and mark.area < 60]
        ink = text_outline(text, 6.0)
        assert sum(mark.area for mark in near) >= 0.9 * sum(Polygon(p.exterior).area for p in ink.geoms)


def test_slabs_that_need_more_room_get_several_trays(specimen):
    bed = {"name": "Small", "bed_mm": (110, 110, 110)}
    design = design_mould(
        specimen, parameters(extras={"parts": "tray"}, printer=bed, split={"mode": "never"})
    )
    trays = [part for part in design.mould.parts if part.name.startswith("tray-")]
    assert len(trays) > 1
    for tray in trays:
        assert (np.ptp(tray.mesh.bounds_mm, axis=0) <= 110).all()
    count = sum(len(wells(Solid.from_mesh(tray.mesh, tray.name))) for tray in trays)
    assert count == len(design.plan.slabs)


def test_a_slab_larger_than_the_bed_is_said_and_leaves_the_tray_out(specimen):
    bed = {"name": "Toy", "bed_mm": (50, 50, 100)}
    design = design_mould(specimen, parameters(extras={"parts": "tray"}, printer=bed))
    assert not [part for part in design.mould.parts if part.name.startswith("tray")]
    finding = next(finding for finding in design.findings if finding.code == "no_tray")
    assert "50 x 50" in finding.message


def test_a_tray_follows_the_size_of_the_plastic(specimen, solids):
    scaled = design_mould(specimen, parameters(extras={"parts": "tray"}, fit={"scale": (1.0, 1.2, 1.2)}))
    large = wells(Solid.from_mesh(scaled.mould.parts[-1].mesh, "tray"))
    for before, after in zip(wells(solids["tray"]), large, strict=True):
        grown = (np.ptp(np.reshape(after.bounds, (2, 2)), axis=0) - 2 * CLEARANCE_MM) / (
            np.ptp(np.reshape(before.bounds, (2, 2)), axis=0) - 2 * CLEARANCE_MM
        )
        np.testing.assert_allclose(grown, 1.2, rtol=0.03)


def test_only_the_extras_that_were_asked_for_are_made(specimen):
    design = design_mould(specimen, parameters(extras={"parts": ["coupon", "ring"]}))
    assert [part.name for part in design.mould.parts] == ["base", "specimen", "ring", "coupon"]


def test_without_cuts_there_is_nothing_to_score_but_all_parts_are_made(specimen):
    design = design_mould(specimen, parameters().with_values({"cuts": {"slab_mm": 150}}))
    assert {part.name for part in design.mould.parts} == {"base", "specimen", *ALL}
