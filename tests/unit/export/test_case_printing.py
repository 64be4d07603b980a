"""What the printer makes of a case, in ``make`` and in the check of its folder."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mouldgen.errors import Severity
from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import write_case
from mouldgen.export.findings_picture import drawn_flaws, findings_picture
from mouldgen.export.manifest import read_manifest
from mouldgen.export.stl_files import write_stl
from mouldgen.meshes import TriangleMesh
from mouldgen.params import DesignParameters, PrinterParameters
from mouldgen.pipeline import design_mould
from mouldgen.solids import Solid
from mouldgen.testing.bodies import Ellipsoid
from mouldgen.testing.phantoms import covering_grid, ellipsoid_specimen


def small_design(**values):
    grid = covering_grid((0, 0, 0), (20, 18, 16), (1.0, 1.0, 2.0))
    specimen = ellipsoid_specimen(Ellipsoid((0.0, 0.0, 0.0), (20.0, 18.0, 16.0)), grid)
    return design_mould(specimen, DesignParameters(surface={"grid_mm": 1.0}, **values))


@pytest.fixture(scope="module")
def oversize():
    """A design that does not fit its printer."""
    return small_design(printer={"name": "Toy", "bed_mm": (40, 40, 40)})


def codes(findings):
    return {finding.code for finding in findings}


def test_a_design_says_what_printing_takes_and_no_more():
    design = small_design()
    assert codes(flaw.finding for flaw in design.flaws) == {"print_estimate"}
    assert drawn_flaws(design.flaws) == ()
    assert codes(design.findings) >= {"print_estimate"}


def test_what_does_not_fit_is_drawn_in_the_case_each_time_the_same(oversize, tmp_path):
    write_case(oversize, tmp_path / "case")
    picture = tmp_path / "case" / "mould" / "findings.png"
    with Image.open(picture) as image:
        colors = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert (colors == (196, 98, 0)).all(axis=1).sum() > 100
    manifest = read_manifest(tmp_path / "case")
    assert "mould/findings.png" in {output.path for output in manifest.outputs}
    assert codes(check_case(tmp_path / "case")) == {"too_large_for_bed"}
    parts = {"base": tmp_path / "case" / "mould" / "base.stl"}
    with findings_picture(drawn_flaws(oversize.flaws), parts, tmp_path / "again.png") as job:
        assert job.finish() is None
    assert (tmp_path / "again.png").read_bytes() == picture.read_bytes()


def test_nothing_is_drawn_without_pictures(oversize, tmp_path):
    write_case(oversize, tmp_path / "plain", pictures=False)
    assert not (tmp_path / "plain" / "mould" / "findings.png").exists()


def test_the_run_goes_on_without_opengl_and_says_so(oversize, tmp_path, monkeypatch):
    def broken(_arguments):
        return None

    monkeypatch.setattr("mouldgen.export.findings_picture.start_program", broken)
    with findings_picture(drawn_flaws(oversize.flaws), {"base": tmp_path}, tmp_path / "x.png") as job:
        finding = job.finish()
    assert (finding.code, finding.severity) == ("no_findings_picture", Severity.WARNING)
    assert not (tmp_path / "x.png").exists()


@pytest.fixture(scope="module")
def slabs_of_8():
    return small_design(cuts={"slab_mm": 8.0})


@pytest.fixture(scope="module")
def case_of_8(slabs_of_8, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored") / "case"
    write_case(slabs_of_8, folder, pictures=False)
    return folder


class TestStoredParts:
    @pytest.fixture
    def checked(self, case_of_8):
        """Return the findings of a case whose base was written anew."""

        def check(mesh):
            write_stl(mesh, case_of_8 / "mould" / "base.stl")
            return codes(check_case(case_of_8)) - {"file_changed", "3mf_differs"}

        return check

    def test_a_good_one_has_no_finding(self, slabs_of_8, checked):
        assert checked(slabs_of_8.mould.base.mesh) == set()

    def test_another_printer_can_be_asked_about(self, case_of_8):
        toy = PrinterParameters(name="Toy", bed_mm=(30, 30, 30))
        assert "too_large_for_bed" in codes(check_case(case_of_8, printer=toy))

    def test_a_slot_of_another_width_is_found(self, slabs_of_8, checked):
        base = Solid.from_mesh(slabs_of_8.mould.base.mesh, "base")
        x, high = slabs_of_8.mould.slot_x_mm[0], slabs_of_8.mould.guide_z_mm + 1
        low_y, high_y = slabs_of_8.mould.base.mesh.bounds_mm[:, 1]
        wider = Solid.box(
            (x - 0.75, low_y, slabs_of_8.mould.floor_z_mm + 0.01), (x + 0.75, high_y, high), "slot"
        )
        assert "slot_width" in checked(base.minus(wider).to_mesh())

    def test_a_slot_that_is_filled_is_found(self, slabs_of_8, checked):
        base = Solid.from_mesh(slabs_of_8.mould.base.mesh, "base")
        x, z = slabs_of_8.mould.slot_x_mm[0], slabs_of_8.mould.guide_z_mm
        low_y, high_y = slabs_of_8.mould.base.mesh.bounds_mm[:, 1]
        plug = Solid.box((x - 0.7, low_y + 1, 1), (x + 0.7, high_y - 1, z - 1), "plug")
        assert "slot_missing" in checked(base.plus(plug, "base").to_mesh())

    def test_a_plate_without_letters_is_found(self, slabs_of_8, checked):
        base = Solid.from_mesh(slabs_of_8.mould.base.mesh, "base")
        (x_low, y_low, _), (x_high, y_high, _) = slabs_of_8.mould.base.mesh.bounds_mm
        floor = slabs_of_8.mould.floor_z_mm
        cover = Solid.box((x_low + 0.5, y_low + 0.5, 1), (x_high - 0.5, y_high - 0.5, floor), "cover")
        assert "letters_missing" in checked(base.plus(cover, "base").to_mesh())

    def test_a_body_that_runs_through_itself_is_found(self, slabs_of_8, checked):
        mesh = slabs_of_8.mould.base.mesh
        vertices = mesh.vertices_mould.copy()
        inside = np.flatnonzero(np.abs(vertices[:, 0:2]).max(axis=1) < 8)
        vertices[inside[vertices[inside, 2].argmin()], 2] = -6.0
        moved = TriangleMesh(vertices.astype(np.float32).astype(float), mesh.faces)
        assert "self_intersection" in checked(moved)
