"""PrusaSlicer, as a user's slicer: nothing repaired, the same areas, and G-code without supports."""

import os
import re
import shutil

import numpy as np
import pytest
import trimesh
from stl import mesh as numpy_stl

from mouldgen import DesignParameters, design_mould, write_case
from mouldgen.testing.phantoms import chiral_specimen, demo_specimen
from mouldgen.testing.prusaslicer import (
    REPAIRS,
    exported_layer_areas_mm2,
    object_facts,
    resin_settings,
    run_prusaslicer,
)

SLICER = shutil.which("prusa-slicer")
LAYER_MM = 0.5
PIXEL_MM = 0.05
BED_MM = 160.0

pytestmark = [pytest.mark.client, pytest.mark.slow]
needs_slicer = pytest.mark.skipif(
    SLICER is None and not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"),
    reason="prusa-slicer is not installed; set MOULDGEN_REQUIRE_CLIENTS to insist on it",
)

SPECIMENS = {
    "demo": (demo_specimen, {"tilt_deg": (12, -7)}),
    "chiral": (chiral_specimen, {"normal_lps": (0.5, 0.3, 0.8)}),
}

FILAMENT_PRINTER = """
printer_technology = FFF
bed_shape = 0x0,250x0,250x210,0x210
max_print_height = 220
nozzle_diameter = 0.4
filament_diameter = 1.75
layer_height = 0.3
first_layer_height = 0.3
support_material = 0
support_material_auto = 0
brim_width = 0
fill_density = 15%
"""


@pytest.fixture(scope="module", params=SPECIMENS)
def case(request, tmp_path_factory):
    """Return a case folder and the design that it was written from."""
    make, orientation = SPECIMENS[request.param]
    design = design_mould(make(), DesignParameters(case=request.param, orientation=orientation))
    folder = tmp_path_factory.mktemp("client") / request.param
    write_case(design, folder, pictures=False)
    return folder, design


@needs_slicer
@pytest.mark.parametrize("name", ["base", "specimen"])
def test_info_reports_one_closed_part_and_nothing_repaired(case, name):
    folder, design = case
    (facts,) = object_facts(folder / "mould" / f"{name}.stl")
    assert facts["manifold"] == "yes"
    assert facts["number_of_parts"] == "1"
    assert not set(REPAIRS) & set(facts)
    part = next(part for part in design.mould.parts if part.name == name)
    assert int(facts["number_of_facets"]) == len(part.mesh.faces)
    size = np.ptp(part.mesh.bounds_mm, axis=0)
    np.testing.assert_allclose([float(facts[f"size_{axis}"]) for axis in "xyz"], size, atol=0.01)
    assert float(facts["volume"]) == pytest.approx(part.mesh.volume_mm3, rel=1e-4)


@needs_slicer
def test_areas_of_exported_layers_are_those_of_the_file(case, tmp_path):
    folder, _ = case
    base = folder / "mould" / "base.stl"
    (tmp_path / "resin.ini").write_text(resin_settings(BED_MM, PIXEL_MM, LAYER_MM))
    middle = f"{BED_MM / 2:g},{BED_MM / 2:g}"
    layers = tmp_path / "layers.sl1"
    run_prusaslicer("--export-sla", "--load", tmp_path / "resin.ini", "--center", middle, "-o", layers, base)
    solid = trimesh.load_mesh(base)
    areas = exported_layer_areas_mm2(layers, PIXEL_MM)
    assert len(areas) == pytest.approx(solid.bounds[1, 2] / LAYER_MM, abs=1)
    heights = (np.arange(len(areas)) + 0.5) * LAYER_MM
    checked = 0
    for height, area in list(zip(heights, areas, strict=True))[::4]:
        section = solid.section([0, 0, 1], [0, 0, height])
        if section is None:
            continue
        assert area == pytest.approx(section.to_2D()[0].area, rel=5e-3)
        checked += 1
    assert checked > 10


@needs_slicer
def test_it_slices_to_gcode_without_supports(case, tmp_path):
    folder, design = case
    (tmp_path / "filament.ini").write_text(FILAMENT_PRINTER)
    gcode = tmp_path / "base.gcode"
    base = folder / "mould" / "base.stl"
    run_prusaslicer("-g", "--load", tmp_path / "filament.ini", "--center", "125,105", "-o", gcode, base)
    text = gcode.read_text()
    assert ";TYPE:Support material" not in text
    used_cm3 = float(re.search(r"; filament used \[cm3\] = ([\d.]+)", text)[1])
    assert 0.1 < used_cm3 / (design.mould.base.mesh.volume_mm3 / 1000) < 1.1


@pytest.mark.parametrize("name", ["base", "specimen"])
def test_trimesh_and_numpy_stl_read_the_same_closed_solid(case, name):
    folder, design = case
    path = folder / "mould" / f"{name}.stl"
    part = next(part for part in design.mould.parts if part.name == name)
    solid = trimesh.load_mesh(path)
    assert solid.is_watertight
    assert solid.is_winding_consistent
    assert solid.body_count == 1
    assert solid.volume == pytest.approx(part.mesh.volume_mm3, rel=1e-6)
    read = numpy_stl.Mesh.from_file(str(path), calculate_normals=False)
    assert len(read.vectors) == len(part.mesh.faces)
    volume, _, _ = read.get_mass_properties()
    assert float(volume) == pytest.approx(part.mesh.volume_mm3, rel=1e-4)
    np.testing.assert_allclose(read.min_, part.mesh.bounds_mm[0], atol=1e-5)
    np.testing.assert_allclose(read.max_, part.mesh.bounds_mm[1], atol=1e-5)
