"""3MF files: every part with its name, the same bytes every time, and nothing that strict readers refuse."""

import dataclasses
import re
import time
import zipfile

import numpy as np
import pytest

from mouldgen.errors import CheckFailed, InputError
from mouldgen.export import threemf_files
from mouldgen.export.threemf_files import read_threemf, write_mould_threemf, write_threemf
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.parts import Part


@pytest.fixture
def parts(tetrahedron):
    left = TriangleMesh(tetrahedron.vertices_mould - [5.0000013, 5.0, 0.0], tetrahedron.faces)
    below_zero = TriangleMesh(tetrahedron.vertices_mould - [3.0000013, 20.00000077, 0.1], tetrahedron.faces)
    return (
        Part("base", "Mould base", left, "#336699"),
        Part("specimen", "Probe <ä & 'ö'>", below_zero, "#cc0000", printable=False),
    )


@pytest.fixture
def stored(parts, tmp_path):
    path = tmp_path / "mould.3mf"
    write_threemf(parts, path, case_id="case-01", design_hash="0123abcd")
    return path


def model_text(path):
    return zipfile.ZipFile(path).read("3D/3dmodel.model").decode()


def test_the_design_comes_back_with_names_and_coordinates(design, tmp_path):
    path = tmp_path / "mould.3mf"
    write_mould_threemf(design, path)
    bodies = read_threemf(path)
    assert [(body.name, body.title) for body in bodies] == [
        (part.name, part.title) for part in design.mould.parts
    ]
    for body, part in zip(bodies, design.mould.parts, strict=True):
        np.testing.assert_array_equal(body.mesh.faces, part.mesh.faces)
        np.testing.assert_allclose(body.mesh.vertices_mould, part.mesh.vertices_mould, atol=1e-6)


def test_units_titles_colours_and_hash_are_in_the_model(stored):
    text = model_text(stored)
    assert 'unit="millimeter"' in text
    assert '<metadata name="Title" preserve="1">case-01</metadata>' in text
    assert "0123abcd" in text
    assert re.search('name="Application"[^>]*>mouldgen ', text)
    assert 'displaycolor="#336699FF"' in text
    assert "Probe &lt;ä &amp;" in text


def test_bytes_do_not_depend_on_the_clock(parts, stored):
    first = stored.read_bytes()
    time.sleep(2.1)  # dates in a zip file have a resolution of two seconds
    write_threemf(parts, stored, case_id="case-01", design_hash="0123abcd")
    assert stored.read_bytes() == first


def test_items_stand_apart_in_the_positive_octant(stored):
    moves = [
        np.array(move.split(), float).reshape(4, 3)[3]
        for move in re.findall('<item[^>]* transform="([^"]*)"', model_text(stored))
    ]
    boxes = [body.mesh.bounds_mm + move for body, move in zip(read_threemf(stored), moves, strict=True)]
    assert len(boxes) == 2
    assert all((box[0] >= -1e-6).all() and box[0, 2] < 0.02 for box in boxes)
    assert boxes[1][0, 0] > boxes[0][1, 0]


def test_another_design_has_other_identifiers(parts, stored, tmp_path):
    write_threemf(parts, tmp_path / "other.3mf", case_id="case-01", design_hash="ffffffff")
    identifiers = [
        set(re.findall('UUID="([^"]*)"', model_text(path))) for path in (stored, tmp_path / "other.3mf")
    ]
    assert len(identifiers[0]) == 5  # the build, and an object and an item for each part
    assert not identifiers[0] & identifiers[1]


def test_a_file_that_holds_other_bodies_is_noticed(parts, tmp_path, monkeypatch):
    base, specimen = parts
    others = [
        (base,),
        (dataclasses.replace(base, title="Lid"), specimen),
        (
            dataclasses.replace(base, mesh=TriangleMesh(base.mesh.vertices_mould, base.mesh.faces[::-1])),
            specimen,
        ),
        (
            dataclasses.replace(base, mesh=TriangleMesh(base.mesh.vertices_mould + 1e-4, base.mesh.faces)),
            specimen,
        ),
    ]
    for other in others:
        written = threemf_files._threemf_bytes(other, "case-01", "0123abcd")
        monkeypatch.setattr(threemf_files, "_written_to_memory", lambda *_, written=written: written)
        with pytest.raises(CheckFailed, match="differs from the parts"):
            write_threemf(parts, tmp_path / "mould.3mf", case_id="case-01", design_hash="0123abcd")
        monkeypatch.undo()


def test_a_file_that_the_disk_damaged_is_noticed(parts, tmp_path, monkeypatch):
    monkeypatch.setattr(threemf_files, "_written_to_memory", lambda *_: b"PK damaged")
    with pytest.raises(CheckFailed, match="damaged"):
        write_threemf(parts, tmp_path / "mould.3mf", case_id="case-01", design_hash="0123abcd")


def test_more_bytes_than_expected_are_written_all_the_same(parts, stored, tmp_path, monkeypatch):
    monkeypatch.setattr(threemf_files, "_FIXED_BYTES", 8)
    write_threemf(parts, tmp_path / "again.3mf", case_id="case-01", design_hash="0123abcd")
    assert (tmp_path / "again.3mf").read_bytes() == stored.read_bytes()


def test_a_damaged_file_is_an_input_error(stored):
    content = bytearray(stored.read_bytes())
    content[len(content) // 3] ^= 0xFF
    stored.write_bytes(content)
    with pytest.raises(InputError, match=r"mould\.3mf"):
        read_threemf(stored)


def test_a_file_that_breaks_the_specification_is_an_input_error(stored):
    text = model_text(stored).replace('<item objectid="2"', '<item objectid="2" colour="red"')
    with zipfile.ZipFile(stored) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(stored, "w") as archive:
        for name, content in (members | {"3D/3dmodel.model": text.encode()}).items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="Invalid Attribute"):
        read_threemf(stored)
