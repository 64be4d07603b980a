"""Specimens at the edge of what grid, chamfer and size allow: a sound mould, or a reason."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mouldgen.errors import GeometryError
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould, distance_in_patient, lay_out
from mouldgen.solids import Solid
from mouldgen.surface import extract_surface, iso_surface
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen


def ellipsoid(radii_mm, voxel_mm):
    grid = covering_grid((0, 0, 0), radii_mm, (voxel_mm,) * 3)
    return ellipsoid_specimen(Ellipsoid((0.0, 0.0, 0.0), radii_mm), grid)


@pytest.mark.parametrize("chamfer_mm", [1.5, 4.0])
def test_the_chamfer_may_be_wider_than_voxels_and_grid(chamfer_mm):
    specimen = ellipsoid((9.0, 8.0, 7.0), 0.4)
    mould = {"chamfer_mm": chamfer_mm, "rim_share": 0.5}
    design = design_mould(specimen, DesignParameters(case="T1", mould=mould))
    base, rim = Solid.from_mesh(design.mould.base.mesh, "base"), design.mould.rim_z_mm
    opening = base.section(rim - 0.01)
    # half-way up the surface is upright, and the nearest wall is level with it
    held = Solid.from_mesh(design.mould.parts[1].mesh, "specimen").section(rim - 0.01)
    gap = opening.distance(held)
    assert gap == pytest.approx(design.mould.clearance_mm + chamfer_mm, abs=0.3)


@pytest.mark.parametrize("scale", [(1.5, 1.5, 1.5), (0.7, 1.2, 1.0)])
def test_the_surface_of_a_scaled_specimen_stays_at_its_level(scale):
    """What is cut out around a level keeps its distance, however far the level is from zero."""
    parameters = DesignParameters(case="T1", surface={"grid_mm": 0.8}, orientation={"base": "0"})
    specimen = ellipsoid((12.0, 10.0, 11.0), 1.0)
    lying = lay_out(specimen, distance_in_patient(specimen, parameters), parameters, lambda _: None).lying
    level_mm = 0.4
    mesh = iso_surface(lying.field.values_mm, lying.field.grid, level_mm)
    scaled = LyingSpecimen(lying.field, mesh, level_mm).scaled(scale)
    again = iso_surface(scaled.field.values_mm, scaled.field.grid, scaled.level_mm)
    np.testing.assert_allclose(again.bounds_mm, scaled.mesh.bounds_mm, atol=0.02)
    assert again.volume_mm3 == pytest.approx(scaled.mesh.volume_mm3, rel=2e-3)


def test_a_specimen_thinner_than_the_grid_is_refused_with_the_reason():
    parameters = DesignParameters(case="T1", surface={"grid_mm": 0.8}, orientation={"base": "0"})
    specimen = ellipsoid((12.0, 10.0, 11.0), 1.0)
    field = lay_out(
        specimen, distance_in_patient(specimen, parameters), parameters, lambda _: None
    ).lying.field
    extract_surface(field)
    # as on a grid that shows a tenth of it: the surface would lie millimetres off
    with pytest.raises(GeometryError, match=r"grid of 0\.8 mm.*surface\.grid_mm"):
        extract_surface(replace(field, enclosed_mm3=3 * field.enclosed_mm3))


def test_a_cavity_hardly_deeper_than_its_chamfer_has_a_ring_all_the_same():
    leaf = ellipsoid((14.0, 14.0, 2.5), 0.8)
    parameters = DesignParameters(
        case="T1",
        orientation={"plane": "sagittal", "base": "inferior"},
        mould={"chamfer_mm": 2.0, "rim_share": 0.5},
        extras={"parts": ("ring",)},
    )
    design = design_mould(leaf, parameters)
    ring = design.mould.part("ring")
    assert ring is not None
    assert 1.0 <= np.ptp(ring.mesh.bounds_mm[:, 2]) <= 6.0


@pytest.mark.parametrize("number", [677, 733, 984])
def test_designs_that_a_random_search_found_broken_are_sound(number):
    """Lids whose plug and hollow shared a face, and a cavity too shallow for a ring: tests/record."""
    folder = Path(__file__).parents[2] / "record"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("designs_at_random", folder / "designs_at_random.py")
        runner = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(runner)
        result = runner.try_design(1, number)
    finally:
        sys.path.remove(str(folder))
    assert (result["kind"], result["what"]) == ("valid", "")
