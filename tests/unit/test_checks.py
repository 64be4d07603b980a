from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mouldgen.checks import check_map, check_mould, check_print
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.parts import Part
from mouldgen.params import DesignParameters, PrinterParameters
from mouldgen.pipeline import design_mould
from mouldgen.sampling.contents import SamplingMap
from mouldgen.solids import Solid
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen


@pytest.fixture(scope="module")
def design():
    grid = covering_grid((0, 0, 0), (20, 18, 16), (1.0, 1.0, 2.0))
    specimen = ellipsoid_specimen(Ellipsoid((0.0, 0.0, 0.0), (20.0, 18.0, 16.0)), grid)
    return design_mould(specimen, DesignParameters(surface={"grid_mm": 1.0}))


def with_plastic(design, low, high):
    """The mould with a block of plastic where none belongs."""
    base = Solid.from_mesh(design.mould.base.mesh, "base").plus(Solid.box(low, high, "block"))
    part = Part("base", "Mould base", base.to_mesh(), "#ffffff")
    return replace(design.mould, parts=(part, *design.mould.parts[1:]))


def codes(findings):
    return {finding.code for finding in findings}


def test_a_good_mould_has_no_finding(design):
    checks = check_mould(design.mould)
    assert checks.locked_mm3 == 0.0
    assert checks.findings == ()


def test_a_bar_across_the_cavity_locks_the_specimen(design):
    top = design.mould.parts[1].mesh.bounds_mm[1, 2]
    mould = with_plastic(design, (2, -30, top + 1), (6, 30, top + 3))
    checks = check_mould(mould)
    assert checks.locked_mm3 > 20
    assert "locked" in codes(checks.findings)


def test_plastic_in_a_slot_is_found(design):
    x = design.mould.slot_x_mm[0]
    low, high = design.mould.base.mesh.bounds_mm
    mould = with_plastic(design, (x - 1, high[1] - 40, 3.9), (x + 1, high[1] - 20, 20))
    assert "slot_blocked" in codes(check_mould(mould).findings)
    assert low[2] == pytest.approx(0)


def test_a_map_that_lost_tissue_is_an_error(design):
    short = SamplingMap(design.sampling.slabs[1:], design.sampling.kerf_loss_mm3)
    lying = _lying(design)
    assert "map_incomplete" in codes(check_map(design.specimen, design.plan, short, lying))
    assert "map_incomplete" not in codes(check_map(design.specimen, design.plan, design.sampling, lying))


def test_a_surface_of_another_volume_is_a_warning(design):
    lying = _lying(design)
    mesh = TriangleMesh(lying.mesh.vertices_mould * 1.01, lying.mesh.faces)
    findings = check_map(design.specimen, design.plan, design.sampling, replace(lying, mesh=mesh))
    assert "surface_volume" in codes(findings)


@pytest.mark.parametrize(("bed", "fits"), [((500, 500, 500), True), ((50, 500, 500), False)])
def test_the_bed_is_compared_lying_either_way(design, bed, fits):
    findings = check_print(design.mould, PrinterParameters(name="x", bed_mm=bed))
    assert ("too_large_for_bed" not in codes(findings)) == fits
    turned = check_print(design.mould, PrinterParameters(name="x", bed_mm=(bed[1], bed[0], bed[2])))
    assert codes(turned) == codes(findings)


def _lying(design):
    from mouldgen.mould.lying import LyingSpecimen
    from mouldgen.surface import build_distance, extract_surface, resample_distance

    field = build_distance(design.specimen.tissue, reach_mm=2.0)
    lying = resample_distance(field, design.frame.mould_from_patient, spacing_mm=1.0, pad_mm=2.0)
    mesh, level = extract_surface(lying)
    assert np.isfinite(level)
    return LyingSpecimen(lying, mesh, level)
