"""PrusaSlicer, as a user's slicer: nothing repaired, the same areas, and G-code without supports."""

import io
import os
import re
import shutil
import subprocess
import zipfile

import numpy as np
import pytest
import trimesh
from PIL import Image
from stl import mesh as numpy_stl

from mouldgen import DesignParameters, design_mould, write_case
from mouldgen.testing.phantoms import chiral_specimen, demo_specimen

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

RESIN_PRINTER = f"""
printer_technology = SLA
display_width = {BED_MM:g}
display_height = {BED_MM:g}
display_pixels_x = {BED_MM / PIXEL_MM:.0f}
display_pixels_y = {BED_MM / PIXEL_MM:.0f}
display_mirror_x = 0
display_mirror_y = 0
display_orientation = landscape
bed_shape = 0x0,{BED_MM:g}x0,{BED_MM:g}x{BED_MM:g},0x{BED_MM:g}
max_print_height = 200
layer_height = {LAYER_MM}
initial_layer_height = {LAYER_MM}
supports_enable = 0
pad_enable = 0
elefant_foot_compensation = 0
relative_correction_x = 1
relative_correction_y = 1
relative_correction_z = 1
"""
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


def slicer(*arguments):
    assert SLICER, "MOULDGEN_REQUIRE_CLIENTS is set, but prusa-slicer is not installed"
    done = subprocess.run(
        [SLICER, "--loglevel", "1", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_slicer
@pytest.mark.parametrize("name", ["base", "specimen"])
def test_info_reports_one_closed_part_and_nothing_repaired(case, name):
    folder, design = case
    text = slicer("--info", folder / "mould" / f"{name}.stl")
    facts = dict(re.findall(r"^(\w+) = +(\S+)$", text, re.MULTILINE))
    assert facts["manifold"] == "yes"
    assert facts["number_of_parts"] == "1"
    for repair in ("open_edges", "facets_reversed", "degenerate_facets", "facets_removed", "backwards_edges"):
        assert repair not in facts
    part = next(part for part in design.mould.parts if part.name == name)
    assert int(facts["number_of_facets"]) == len(part.mesh.faces)
    size = np.ptp(part.mesh.bounds_mm, axis=0)
    np.testing.assert_allclose([float(facts[f"size_{axis}"]) for axis in "xyz"], size, atol=0.01)
    assert float(facts["volume"]) == pytest.approx(part.mesh.volume_mm3, rel=1e-4)


@needs_slicer
def test_areas_of_exported_layers_are_those_of_the_file(case, tmp_path):
    folder, _ = case
    base = folder / "mould" / "base.stl"
    (tmp_path / "resin.ini").write_text(RESIN_PRINTER)
    middle = f"{BED_MM / 2:g},{BED_MM / 2:g}"
    layers = tmp_path / "layers.sl1"
    slicer("--export-sla", "--load", tmp_path / "resin.ini", "--center", middle, "-o", layers, base)
    solid = trimesh.load_mesh(base)
    areas = layer_areas_mm2(layers)
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


def layer_areas_mm2(path):
    """Return the printed area of every layer of an .sl1 file, bottom first."""
    with zipfile.ZipFile(path) as layers:
        names = sorted(name for name in layers.namelist() if re.fullmatch(r"[^/]*\d+\.png", name))
        pictures = (np.asarray(Image.open(io.BytesIO(layers.read(name))).convert("L")) for name in names)
        return [float(picture.sum(dtype=np.int64)) / 255 * PIXEL_MM**2 for picture in pictures]


@needs_slicer
def test_it_slices_to_gcode_without_supports(case, tmp_path):
    folder, design = case
    (tmp_path / "filament.ini").write_text(FILAMENT_PRINTER)
    gcode = tmp_path / "base.gcode"
    base = folder / "mould" / "base.stl"
    slicer("-g", "--load", tmp_path / "filament.ini", "--center", "125,105", "-o", gcode, base)
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
