"""PrusaSlicer as the judge of our checks: the same faults counted, and the same filament and time."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from mouldgen.export.stl_files import write_stl
from mouldgen.io.mesh_files import read_mesh_file
from mouldgen.meshes import TriangleMesh
from mouldgen.params import DesignParameters, PrinterParameters, resolve_parameters
from mouldgen.pipeline import design_mould
from mouldgen.printability.estimate import estimate_print
from mouldgen.printability.examine import examine_part
from mouldgen.solids import Solid
from mouldgen.testing.phantoms import demo_specimen
from mouldgen.testing.prusaslicer import object_facts, run_prusaslicer
from mouldgen.testing.slicer_process import gcode_totals, prusaslicer_settings

SLICER = shutil.which("prusa-slicer")

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.skipif(
        SLICER is None and not os.environ.get("MOULDGEN_REQUIRE_CLIENTS"),
        reason="prusa-slicer is not installed; set MOULDGEN_REQUIRE_CLIENTS to insist on it",
    ),
]

_MESHES = Path(__file__).parent.parent / "unit" / "printability" / "bad_meshes.py"
_SPEC = importlib.util.spec_from_file_location("bad_meshes", _MESHES)
bad_meshes = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bad_meshes)


def info(path):
    (facts,) = object_facts(path)
    return facts


@pytest.fixture(scope="module")
def corners():
    return np.asarray(bad_meshes.good_mould().triangles)


@pytest.fixture
def stl(tmp_path):
    def write(corners):
        path = tmp_path / "part.stl"
        path.write_bytes(bad_meshes.stl_bytes(corners))
        return path

    return write


def message(path, code):
    (body,) = read_mesh_file(path).bodies
    flaws = examine_part(body, PrinterParameters()).flaws
    return next(flaw.finding.message for flaw in flaws if flaw.finding.code == code)


def test_it_agrees_that_a_good_mould_is_good(corners, stl):
    facts = info(stl(corners))
    assert (facts["manifold"], facts["number_of_parts"]) == ("yes", "1")
    assert not {"open_edges", "facets_reversed", "degenerate_facets", "facets_removed"} & facts.keys()


def test_it_counts_the_same_open_edges(corners, stl):
    path = stl(bad_meshes.two_faces_missing(corners))
    assert f"{info(path)['open_edges']} open edges" in message(path, "open_mesh")


def test_it_counts_the_same_degenerate_faces(corners, stl):
    path = stl(bad_meshes.degenerate_faces(corners))
    assert f"{info(path)['degenerate_facets']} faces without area" in message(path, "degenerate_faces")


def test_it_lets_pass_what_we_find(corners, stl):
    for make, code in (
        (bad_meshes.overlapping_shells, "overlapping_bodies"),
        (bad_meshes.spike_through_the_floor, "self_intersection"),
        (bad_meshes.oversize, "too_large_for_bed"),
    ):
        path = stl(make(corners))
        assert info(path)["manifold"] == "yes"
        assert message(path, code)


@pytest.mark.parametrize(("name", "body"), [("mk4", "demo"), ("x1c", "block")])
def test_filament_and_time_are_within_15_percent(name, body, tmp_path):
    printer = resolve_parameters(printer=name).printer
    mesh = (
        block_mesh() if body == "block" else design_mould(demo_specimen(), DesignParameters()).mould.base.mesh
    )
    path, settings, gcode = tmp_path / "part.stl", tmp_path / "process.ini", tmp_path / "part.gcode"
    write_stl(mesh, path)
    settings.write_text(prusaslicer_settings(printer))
    run_prusaslicer("-g", "--load", settings, "--center", "250,250", "-o", gcode, path)
    material_mm3, seconds = gcode_totals(gcode.read_text())
    estimate = estimate_print(mesh, Solid.from_mesh(mesh, "part"), printer)
    assert estimate.material_mm3 == pytest.approx(material_mm3, rel=0.15)
    assert estimate.seconds == pytest.approx(seconds, rel=0.15)


def block_mesh():
    mould = bad_meshes.good_mould()
    return Solid.from_mesh(TriangleMesh(mould.vertices, mould.faces), "block").to_mesh()
