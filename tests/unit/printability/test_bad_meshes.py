"""Every bad mesh of the clients' table is caught by name and place; a good mould gives no alarm."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mouldgen.errors import InputError, Severity
from mouldgen.export.threemf_files import write_threemf
from mouldgen.io.mesh_files import read_mesh_file
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.parts import Part
from mouldgen.params import PrinterParameters
from mouldgen.printability.examine import examine_part

_SPEC = importlib.util.spec_from_file_location("bad_meshes", Path(__file__).with_name("bad_meshes.py"))
bad_meshes = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(bad_meshes)


@pytest.fixture(scope="module")
def mould():
    return bad_meshes.good_mould()


@pytest.fixture(scope="module")
def corners(mould):
    return np.asarray(mould.triangles)


def examined(path, content):
    path.write_bytes(content)
    file = read_mesh_file(path)
    flaws = [flaw for body in file.bodies for flaw in examine_part(body, PrinterParameters()).flaws]
    return file, flaws


def errors(file, flaws):
    found = [*file.findings, *(flaw.finding for flaw in flaws)]
    return {finding.code for finding in found if finding.severity is Severity.ERROR}


def place_of(flaws, code):
    return np.array(next(flaw for flaw in flaws if flaw.finding.code == code).places_mm)


def test_a_good_mould_gives_no_alarm(corners, tmp_path):
    file, flaws = examined(tmp_path / "good.stl", bad_meshes.stl_bytes(corners))
    assert file.findings == ()
    assert {flaw.finding.code for flaw in flaws} == {"print_estimate"}


@pytest.mark.parametrize("name", bad_meshes.BAD)
def test_a_bad_mesh_is_called_by_its_name(corners, name, tmp_path):
    make, code = bad_meshes.BAD[name]
    file, flaws = examined(tmp_path / "bad.stl", bad_meshes.stl_bytes(make(corners)))
    expected = {code, "open_mesh"} if code == "not_a_number" else {code}
    assert errors(file, flaws) == expected
    assert len(place_of(flaws, code))


@pytest.mark.parametrize("name", bad_meshes.BAD)
def test_a_message_says_where_and_what_to_do(corners, name, tmp_path):
    make, code = bad_meshes.BAD[name]
    _, flaws = examined(tmp_path / "bad.stl", bad_meshes.stl_bytes(make(corners)))
    message = next(flaw.finding.message for flaw in flaws if flaw.finding.code == code)
    assert message.startswith("bad: ")
    assert " mm" in message
    assert any(word in message for word in ("export it", "scale it", "larger printer"))


def test_the_hole_of_two_missing_faces_is_located(corners, tmp_path):
    bad = bad_meshes.two_faces_missing(corners)
    _, flaws = examined(tmp_path / "bad.stl", bad_meshes.stl_bytes(bad))
    missing = corners[:2].reshape(-1, 3)
    place = place_of(flaws, "open_mesh")[0]
    assert (place >= missing.min(axis=0) - 0.1).all()
    assert (place <= missing.max(axis=0) + 0.1).all()


def test_the_tip_of_a_spike_is_located(corners, tmp_path):
    bad = bad_meshes.spike_through_the_floor(corners)
    tip = bad.reshape(-1, 3)[bad.reshape(-1, 3)[:, 2].argmin()]
    _, flaws = examined(tmp_path / "bad.stl", bad_meshes.stl_bytes(bad))
    np.testing.assert_allclose(place_of(flaws, "self_intersection")[0], tip, atol=0.01)


def test_the_shared_edge_is_located(corners, tmp_path):
    _, flaws = examined(tmp_path / "bad.stl", bad_meshes.stl_bytes(bad_meshes.shared_edge(corners)))
    np.testing.assert_allclose(place_of(flaws, "shared_edge"), [[40, 40, 15]], atol=0.01)


def test_the_volume_of_an_overlap_is_that_of_the_common_box(corners, tmp_path):
    # a cube of 20 mm whose one half lies in the mould, of which the last slot takes no part
    bad = np.concatenate([corners, bad_meshes.trimesh.creation.box((10, 20, 20)).triangles + (80, 30, 15)])
    _, flaws = examined(tmp_path / "bad.stl", bad_meshes.stl_bytes(bad))
    message = next(f.finding.message for f in flaws if f.finding.code == "overlapping_bodies")
    assert "share 2000.0 mm3" in message


def test_a_hollow_is_no_overlap_and_not_inside_out(tmp_path):
    box = bad_meshes.trimesh.creation.box
    hollow = np.concatenate([box((40, 40, 40)).triangles, box((10, 10, 10)).triangles[:, ::-1]])
    file, flaws = examined(tmp_path / "hollow.stl", bad_meshes.stl_bytes(hollow))
    assert errors(file, flaws) == set()
    np.testing.assert_allclose(place_of(flaws, "enclosed_void"), [[0, 0, 0]], atol=0.01)


def test_a_body_within_a_body_overlaps_it(tmp_path):
    box = bad_meshes.trimesh.creation.box
    nested = np.concatenate([box((40, 40, 40)).triangles, box((10, 10, 10)).triangles])
    assert errors(*examined(tmp_path / "nested.stl", bad_meshes.stl_bytes(nested))) == {"overlapping_bodies"}


def test_two_sheets_that_only_touch_do_not_intersect(tmp_path):
    box = bad_meshes.trimesh.creation.box
    touching = np.concatenate([box((40, 40, 40)).triangles, box((30, 30, 10)).triangles + (0, 0, 25)])
    file, flaws = examined(tmp_path / "touching.stl", bad_meshes.stl_bytes(touching))
    assert errors(file, flaws) == set()
    assert "several_bodies" in {flaw.finding.code for flaw in flaws}


@pytest.mark.parametrize("share", [0.3, 0.75, 0.999])
def test_a_truncated_file_is_named_so(corners, share, tmp_path):
    content = bad_meshes.stl_bytes(corners)
    file, flaws = examined(tmp_path / "cut.stl", content[: int(len(content) * share)])
    assert {"file_truncated", "open_mesh"} <= errors(file, flaws)
    held = (int(len(content) * share) - 84) // 50
    assert f"{held} of {len(corners)} faces" in file.findings[0].message


def test_a_truncated_text_stl_is_named_so(mould, tmp_path):
    text = bad_meshes.trimesh.exchange.stl.export_stl_ascii(mould)
    whole, _ = examined(tmp_path / "whole.stl", text.encode())
    cut, flaws = examined(tmp_path / "cut.stl", text[: len(text) // 2].encode())
    assert whole.findings == ()
    assert "file_truncated" in errors(cut, flaws)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (bytes(84), "file_empty"),
        (b"solid nothing\nendsolid nothing\n", "file_damaged"),
        (b"hello", "file_damaged"),
        (np.random.default_rng(1).bytes(5000), "file_damaged"),
    ],
)
def test_an_empty_file_and_garbage_are_named_so(content, code, tmp_path):
    file, flaws = examined(tmp_path / "bad.stl", content)
    assert (errors(file, flaws), file.bodies) == ({code}, ())


@pytest.mark.parametrize("suffix", ["obj", "ply", "3mf"])
@pytest.mark.parametrize("content", [b"", b"garbage\x00\xff" * 50])
def test_other_formats_are_named_empty_or_damaged_too(suffix, content, tmp_path):
    file, flaws = examined(tmp_path / f"bad.{suffix}", content)
    assert errors(file, flaws) <= {"file_empty", "file_damaged"}
    assert errors(file, flaws)


@pytest.mark.parametrize("suffix", ["stl", "obj", "ply", "3mf"])
def test_every_format_gives_the_same_body(mould, suffix, tmp_path):
    path = tmp_path / f"mould.{suffix}"
    if suffix == "3mf":
        part = Part("mould", "A mould", TriangleMesh(mould.vertices, mould.faces), "#ffffff")
        write_threemf([part], path, case_id="one", design_hash="0")
    else:
        mould.export(path)
    (body,) = read_mesh_file(path).bodies
    report = examine_part(body, PrinterParameters())
    assert report.measures.volume_mm3 == pytest.approx(mould.volume, rel=1e-5)
    assert report.size_mm == pytest.approx((80, 60, 30), abs=1e-4)
    assert not [flaw for flaw in report.flaws if flaw.is_fault]


def test_a_missing_file_and_another_ending_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_mesh_file(tmp_path / "none.stl")
    with pytest.raises(InputError, match=r"expected one of \.stl"):
        read_mesh_file(tmp_path / "mould.step")


def test_the_bed_is_tried_at_every_angle(tmp_path):
    # 280 mm long and 20 wide lies across a bed of 250 x 210, whose diagonal is 326 mm
    bar = bad_meshes.trimesh.creation.box((280, 20, 20)).triangles
    _, flaws = examined(tmp_path / "bar.stl", bad_meshes.stl_bytes(bar))
    assert {f.finding.code for f in flaws if f.finding.code.endswith("bed")} == {"turn_on_bed"}
    longer = bad_meshes.trimesh.creation.box((330, 20, 20)).triangles
    _, flaws = examined(tmp_path / "bar.stl", bad_meshes.stl_bytes(longer))
    assert {f.finding.code for f in flaws if f.finding.code.endswith("bed")} == {"too_large_for_bed"}
