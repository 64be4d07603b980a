from __future__ import annotations

import numpy as np
import pytest
import trimesh

from mouldgen.errors import ParameterError
from mouldgen.mould.lettering import text_outline
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import chiral_specimen, covering_grid, ellipsoid_specimen


def parameters(**sections):
    surface = {"grid_mm": 1.0}
    return DesignParameters(**{"surface": surface, "case": "T1", **sections})


@pytest.fixture(scope="module")
def specimen():
    grid = covering_grid((0, 0, 0), (25, 18, 20), (1.0, 1.0, 2.0))
    return ellipsoid_specimen(Ellipsoid((0.0, 0.0, 0.0), (25.0, 18.0, 20.0)), grid)


@pytest.fixture(scope="module")
def design(specimen):
    return design_mould(specimen, parameters(orientation={"plane": "sagittal", "base": "posterior"}))


@pytest.fixture(scope="module")
def base(design):
    mesh = design.mould.base.mesh
    return trimesh.Trimesh(mesh.vertices_mould, mesh.faces, process=False)


def test_the_base_stands_on_zero_in_one_piece(base):
    assert base.is_watertight
    assert base.body_count == 1
    assert base.bounds[0, 2] == pytest.approx(0.0, abs=1e-6)


def test_heights_are_those_that_were_asked_for(design):
    mould = design.mould
    assert mould.floor_z_mm == 4.0
    top = design.mould.parts[1].mesh.bounds_mm[1, 2]
    assert mould.guide_z_mm == pytest.approx(top + 5.0, abs=0.05)
    assert mould.score_z_mm == pytest.approx(top - 2.0, abs=0.6)
    lowest = design.mould.parts[1].mesh.bounds_mm[0, 2]
    assert lowest == pytest.approx(4.0 + 1.0 + 0.5, abs=0.6)


def test_the_slots_are_open_to_the_baseplate_and_stop_there(design, base):
    for x in design.mould.slot_x_mm:
        y = np.linspace(-40, 40, 41)
        above = np.column_stack([np.full(41, x), y, np.full(41, design.mould.floor_z_mm + 0.2)])
        below = np.column_stack([np.full(41, x), y * 0.6, np.full(41, design.mould.floor_z_mm - 0.2)])
        assert not base.contains(above).any()
        assert base.contains(below).all()


def test_the_score_slot_runs_along_x_at_y_zero_through_both_posts(design, base):
    low, high = base.bounds[:, 0]
    x = np.linspace(low, high, 301)
    z = (design.mould.score_z_mm + design.mould.guide_z_mm) / 2
    in_slot = base.contains(np.column_stack([x, np.zeros(301), np.full(301, z)]))
    beside = base.contains(np.column_stack([x, np.full(301, 2.0), np.full(301, z)]))
    assert not in_slot.any()
    assert beside[:150].any()
    assert beside[150:].any()


@pytest.mark.parametrize(("text", "place"), [("R", "left"), ("L", "right")])
def test_letters_are_engraved_on_the_side_that_they_name_and_are_not_mirrored(design, base, text, place):
    """S01 is at the patient's right: +X of the mould runs to the left."""
    section = base.section(plane_origin=(0, 0, design.mould.floor_z_mm - 0.4), plane_normal=(0, 0, 1))
    flat, to_3d = section.to_2D()
    holes = []
    for polygon in flat.polygons_full:
        for ring in polygon.interiors:
            points = trimesh.transform_points(
                np.column_stack([np.array(ring.coords), np.zeros(len(ring.coords))]), to_3d
            )[:, :2]
            holes.append(points)
    wanted = text_outline(text, 6.0)
    size = np.array(wanted.bounds[2:]) - wanted.bounds[:2]
    at_side = [ring for ring in holes if (ring[:, 0].mean() < 0) == (place == "left")]
    matching = [
        ring
        for ring in at_side
        if np.allclose(np.ptp(ring, axis=0), size, atol=0.05) and abs(ring[:, 1].mean()) < 5
    ]
    assert matching, "no engraved outline of this size on this side"
    ring = matching[0] - matching[0].min(axis=0) + wanted.bounds[:2]
    wanted_points = np.concatenate([np.array(part.exterior.coords) for part in wanted.geoms])
    mirrored = np.column_stack(
        [wanted.bounds[0] + wanted.bounds[2] - wanted_points[:, 0], wanted_points[:, 1]]
    )

    def off(points):
        return max(np.linalg.norm(ring - p, axis=1).min() for p in points)

    assert off(wanted_points) < 0.3 < off(mirrored)


def test_every_slab_has_a_number_and_every_side_its_letter(design):
    count = len(design.plan.slabs)
    assert design.mould.marks[:count] == tuple(str(n) for n in range(1, count + 1))
    assert design.mould.marks[count : count + 4] == ("R", "L", "I", "S") or set(
        design.mould.marks[count : count + 4]
    ) == {"R", "L", "I", "S"}
    assert design.mould.marks[-2:] == ("T1", f"{design.design_hash} BASE P")


def test_a_specimen_that_shrinks_gets_a_smaller_cavity_and_the_map_stays(specimen):
    orientation = {"plane": "sagittal", "base": "posterior"}
    fresh = design_mould(specimen, parameters(orientation=orientation))
    fixed = design_mould(specimen, parameters(orientation=orientation, fit={"scale": 0.9}))
    ratio = fixed.mould.parts[1].mesh.volume_mm3 / fresh.mould.parts[1].mesh.volume_mm3
    assert ratio == pytest.approx(0.9**3, rel=0.005)
    assert fixed.mould.slot_x_mm == pytest.approx([0.9 * x for x in fresh.mould.slot_x_mm])
    for one, other in zip(fresh.sampling.slabs, fixed.sampling.slabs, strict=True):
        assert one.tissue_mm3 == pytest.approx(other.tissue_mm3)
    assert "scaled" in {finding.code for finding in fixed.findings}
    assert fixed.locked_mm3 == 0.0


def test_slabs_thinner_than_the_slot_are_refused_with_the_remedy(specimen):
    with pytest.raises(ParameterError, match=r"cuts 1 and 2 .* slots of 1\.20 mm leave .*--process sla"):
        design_mould(specimen, parameters(cuts={"slab_mm": 1.5}))


def test_thick_slabs_give_one_slab_and_no_slot(specimen):
    design = design_mould(specimen, parameters(cuts={"slab_mm": 100}))
    assert design.mould.slot_x_mm == ()
    assert [slab.slab.id for slab in design.sampling.slabs] == ["S01"]
    assert "no_cut" in {finding.code for finding in design.findings}


def test_a_mould_larger_than_the_bed_is_a_finding_with_both_sizes(specimen):
    design = design_mould(specimen, parameters(printer={"name": "Toy", "bed_mm": (60, 60, 60)}))
    finding = next(finding for finding in design.findings if finding.code == "too_large_for_bed")
    assert "60 x 60 x 60" in finding.message


@pytest.mark.parametrize("base_side", ["auto", "posterior", 33])
@pytest.mark.parametrize("normal", [(0, 0, 1), (0.5, 0.3, 0.8)])
def test_nothing_locks_whatever_the_pose(normal, base_side):
    design = design_mould(
        chiral_specimen(), parameters(orientation={"normal_lps": normal, "base": base_side})
    )
    assert design.locked_mm3 == 0.0
    assert not [finding for finding in design.findings if finding.severity == "error"]


def test_auto_leaves_no_more_void_than_the_anatomical_sides():
    specimen = chiral_specimen()

    def cost(side):
        design = design_mould(specimen, parameters(orientation={"base": side}))
        return design.mould.void_percent

    assert cost("auto") <= min(map(cost, ("posterior", "anterior", "left", "right"))) + 2.0
