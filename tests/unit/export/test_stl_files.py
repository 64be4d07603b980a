"""STL files: what is written is closed, positive and nameless, and is checked on the file itself."""

import numpy as np
import pytest
import trimesh

from mouldgen.errors import CheckFailed, InputError
from mouldgen.export import stl_files
from mouldgen.export.stl_files import read_stl, write_part_stls, write_stl
from mouldgen.meshes import TriangleMesh


def test_trimesh_reads_the_base_closed_and_of_our_volume(design, tmp_path):
    write_part_stls(design.mould, tmp_path)
    body = trimesh.load(tmp_path / "base.stl", process=True)
    assert body.is_watertight
    assert body.is_winding_consistent
    assert body.volume == pytest.approx(design.mould.base.mesh.volume_mm3, rel=1e-6)


def test_every_part_has_its_file(design, tmp_path):
    write_part_stls(design.mould, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {part.name for part in design.mould.parts}


def test_the_header_names_nothing(tetrahedron, tmp_path):
    path = tmp_path / "JOHN_DOE.stl"
    write_stl(tetrahedron, path)
    assert path.read_bytes()[:80] == bytes(80)


def test_the_file_has_unit_normals_that_point_outwards(tetrahedron, tmp_path):
    path = tmp_path / "body.stl"
    write_stl(tetrahedron, path)
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    faces = np.frombuffer(path.read_bytes()[84:], record)
    middle = tetrahedron.vertices_mould.mean(axis=0)
    outwards = ((faces["corners"].mean(axis=1) - middle) * faces["normal"]).sum(axis=1)
    assert (outwards > 0).all()
    np.testing.assert_allclose(np.linalg.norm(faces["normal"], axis=1), 1, atol=1e-6)


def test_the_same_mesh_gives_the_same_bytes(tetrahedron, tmp_path):
    for name in ("one.stl", "two.stl"):
        write_stl(tetrahedron, tmp_path / name)
    assert (tmp_path / "one.stl").read_bytes() == (tmp_path / "two.stl").read_bytes()


def test_reading_merges_equal_corners(tetrahedron, tmp_path):
    write_stl(tetrahedron, tmp_path / "body.stl")
    mesh = read_stl(tmp_path / "body.stl")
    assert len(mesh.vertices_mould) == 4
    assert mesh.volume_mm3 == pytest.approx(1000 / 6)


@pytest.mark.parametrize(
    ("faces", "words"),
    [
        (lambda faces: faces[1:], "3 open edges"),
        (lambda faces: faces[:, ::-1], "above zero"),
        (lambda faces: np.concatenate([faces, faces[:1]]), "edges with too many faces"),
        (lambda faces: np.concatenate([faces, [[1, 1, 2]]]), "faces without area"),
    ],
    ids=["hole", "inside out", "double face", "degenerate face"],
)
def test_a_body_that_no_slicer_should_see_is_refused(tetrahedron, tmp_path, faces, words):
    broken = TriangleMesh(tetrahedron.vertices_mould, faces(tetrahedron.faces))
    with pytest.raises(CheckFailed, match=words):
        write_stl(broken, tmp_path / "body.stl")


def test_vertices_that_merge_in_32_bits_are_noticed(tmp_path):
    apart = np.array([[100.0, 0, 0], [100.0 + 1e-7, 0, 0], [110, 0, 0], [100, 10, 0], [100, 0, 10]])
    faces = np.array([[0, 3, 1], [1, 3, 2], [0, 1, 4], [1, 2, 4], [0, 4, 3], [2, 3, 4]])
    with pytest.raises(CheckFailed, match="faces without area"):
        write_stl(TriangleMesh(apart, faces), tmp_path / "body.stl")


def test_a_file_that_the_disk_changed_is_noticed(tetrahedron, tmp_path, monkeypatch):
    other = TriangleMesh(tetrahedron.vertices_mould * 2, tetrahedron.faces)
    written = stl_files._stl_bytes(other)
    monkeypatch.setattr(stl_files, "_stl_bytes", lambda _mesh: written)
    with pytest.raises(CheckFailed, match="read back, differs"):
        write_stl(tetrahedron, tmp_path / "body.stl")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda _content: b"", "too short"),
        (lambda content: content[:-10], "announces 4 faces"),
        (lambda content: content + b"x", "announces 4 faces"),
        (lambda content: content[:96] + np.float32(np.nan).tobytes() + content[100:], "not numbers"),
    ],
    ids=["empty", "truncated", "longer", "not a number"],
)
def test_reading_refuses_a_damaged_file(tetrahedron, tmp_path, damage, words):
    path = tmp_path / "body.stl"
    write_stl(tetrahedron, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=words):
        read_stl(path)
