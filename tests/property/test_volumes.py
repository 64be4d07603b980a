"""Volumes, clearances and slots agree with formulas and with what was asked for."""

import numpy as np
import pytest

from mouldgen import DesignParameters, design_mould, write_case
from mouldgen.testing.bodies import BumpyEllipsoid, Ellipsoid, HalfSpace
from mouldgen.testing.measures import gaps_below_mm, lifting_hits, slot_widths_mm
from mouldgen.testing.phantoms import (
    bumpy_ellipsoid_specimen,
    covering_grid,
    demo_specimen,
    rotation_about,
    two_habitat_ellipsoid,
)

TURN = rotation_about([1, 2, 3], 25)
LEFT_HANDED = rotation_about([1, 1, 0], 13) * np.array([1, -1, 1])
CENTER = np.array([-40.0, 25.0, 110.0])
ELLIPSOID = Ellipsoid(CENTER, np.array([27.0, 21.0, 16.0]), TURN)
BUMPY = BumpyEllipsoid(Ellipsoid(CENTER, np.array([30.0, 23.0, 18.0]), TURN), 0.22)

GRIDS = {
    "1 x 1 x 1": ((1.0, 1.0, 1.0), np.eye(3)),
    "1 x 1 x 1 oblique": ((1.0, 1.0, 1.0), rotation_about([0, 1, 1], 20)),
    "0.8 x 0.8 x 2 left-handed": ((0.8, 0.8, 2.0), LEFT_HANDED),
    "0.6 x 0.6 x 3": ((0.6, 0.6, 3.0), np.eye(3)),
    "0.5 x 0.5 x 5": ((0.5, 0.5, 5.0), np.eye(3)),
    "0.5 x 0.5 x 5 oblique": ((0.5, 0.5, 5.0), rotation_about([1, 0, 1], 15)),
}
CLEARANCES_MM = {"0.6 x 0.6 x 3": 0.3, "1 x 1 x 1 oblique": 1.0}


def part(design, name):
    return next(p.mesh for p in design.mould.parts if p.name == name)


@pytest.fixture(scope="module", params=GRIDS)
def design(request):
    """Return the design of a bumpy ellipsoid of 52 mL, cut obliquely, on one of several grids."""
    spacing, directions = GRIDS[request.param]
    half_size = BUMPY.ellipsoid.half_size_mm * 1.22
    specimen = bumpy_ellipsoid_specimen(
        BUMPY, covering_grid(CENTER, half_size, spacing, directions=directions)
    )
    clearance_mm = CLEARANCES_MM.get(request.param, 0.5)
    return design_mould(
        specimen,
        DesignParameters(
            case="bumpy",
            orientation={"normal_lps": (0.5, 0.3, 0.8), "base": "posterior"},
            fit={"clearance_mm": clearance_mm},
        ),
    )


def test_the_replica_has_the_volume_of_the_labels(design):
    assert part(design, "specimen").volume_mm3 == pytest.approx(design.specimen.volume_mm3, rel=5e-3)


def test_the_replica_has_the_volume_of_the_formula(design):
    """Half a per cent for the replica, and what 5 mm slices miss of the body itself."""
    slice_mm = design.specimen.tissue.grid.spacing_mm.max()
    assert part(design, "specimen").volume_mm3 == pytest.approx(BUMPY.volume_mm3, rel=5e-3 + 1e-3 * slice_mm)


def test_the_clearance_is_as_asked_where_only_clearance_is_between(design):
    chamfer_depth_mm = 1.5 * design.parameters.mould.chamfer_mm
    gaps = gaps_below_mm(
        part(design, "specimen"),
        design.mould.base.mesh,
        below_z_mm=design.mould.rim_z_mm - chamfer_depth_mm - 1.0,
        slot_x_mm=design.mould.slot_x_mm,
        keep_off_mm=design.mould.slot_width_mm / 2 + design.mould.clearance_mm + 0.5,
    )
    assert len(gaps) > 300
    np.testing.assert_allclose(gaps, design.mould.clearance_mm, atol=0.1)


def test_nothing_is_locked(design):
    assert design.locked_mm3 == 0
    assert lifting_hits(part(design, "specimen"), design.mould.base.mesh) == 0


def test_slabs_and_kerf_add_up_to_the_specimen(design):
    total = sum(slab.tissue_mm3 for slab in design.sampling.slabs) + design.sampling.kerf_loss_mm3
    assert total == pytest.approx(design.specimen.volume_mm3, rel=1e-3)


def test_void_is_reported_and_plausible(design):
    assert 0 <= design.mould.void_percent < 60


@pytest.mark.parametrize("kerf_mm", [0.0, 1.3])
@pytest.mark.parametrize("normal", [(0, 0, 1), (0.5, 0.3, 0.8), (1.0, -0.9, 0.15), (-0.3, 0.8, -0.1)])
def test_habitat_volumes_of_slabs_follow_the_formula(normal, kerf_mm):
    first = HalfSpace(
        np.array([0.61, -0.47, 0.2913]), float(np.array([0.61, -0.47, 0.2913]) @ CENTER / 0.8231)
    )
    grid = covering_grid(
        CENTER, ELLIPSOID.half_size_mm, (0.4, 0.4, 0.4), directions=rotation_about([1, 0, 2], 11)
    )
    design = design_mould(
        two_habitat_ellipsoid(ELLIPSOID, first, grid),
        DesignParameters(
            orientation={"normal_lps": normal, "base": "30"},
            cuts={"slab_mm": 7.0, "kerf_mm": kerf_mm},
            surface={"grid_mm": 1.0},
        ),
    )
    assert len(design.sampling.slabs) > 3
    move_mm = float(design.frame.mould_from_patient.translation_mm[0])
    kerf_mm3 = ELLIPSOID.volume_mm3
    for content in design.sampling.slabs:
        bounds = formula_bounds(content.slab, design.plan, move_mm)
        cut = design.frame.cut_normal_lps, *bounds
        whole, one = ELLIPSOID.slab_mm3(*cut), ELLIPSOID.slab_mm3(*cut, within=first)
        kerf_mm3 -= whole
        assert content.tissue_mm3 == pytest.approx(whole, rel=5e-3, abs=5)
        assert content.habitat_mm3.get(1, 0.0) == pytest.approx(one, rel=5e-3, abs=5)
        assert content.habitat_mm3.get(2, 0.0) == pytest.approx(whole - one, rel=5e-3, abs=5)
    assert design.sampling.kerf_loss_mm3 == pytest.approx(kerf_mm3, rel=1e-2, abs=20)


def formula_bounds(slab, plan, move_mm):
    """Return a slab's faces along the cut normal in LPS; the end slabs reach beyond all tissue."""
    lower = -1e4 if slab.index == 1 else slab.x_lower_mm - move_mm
    upper = 1e4 if slab.index == len(plan.slabs) else slab.x_upper_mm - move_mm
    return lower, upper


@pytest.mark.parametrize(
    ("blade", "wanted_mm"),
    [
        ({"thickness_mm": 0.4, "process": "fdm"}, 1.2),
        ({"thickness_mm": 0.4, "process": "sla"}, 0.9),
        ({"slot_mm": 1.6}, 1.6),
    ],
    ids=["fdm", "sla", "given"],
)
def test_slots_in_the_file_are_as_wide_as_asked(tmp_path, blade, wanted_mm):
    design = design_mould(
        demo_specimen(), DesignParameters(case="slots", blade=blade, orientation={"tilt_deg": (12, -7)})
    )
    write_case(design, tmp_path / "case", pictures=False)
    base = tmp_path / "case" / "mould" / "base.stl"
    heights = np.linspace(design.mould.floor_z_mm + 1, design.mould.guide_z_mm - 1, 12)
    assert design.mould.slot_x_mm
    for x_mm in design.mould.slot_x_mm:
        widths = slot_widths_mm(base, x_mm, heights, most_mm=wanted_mm)
        assert len(widths) > 60
        np.testing.assert_allclose(widths, wanted_mm, atol=0.05)
