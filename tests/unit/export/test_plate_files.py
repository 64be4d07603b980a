"""Files of plates, and bodies in other formats."""

from __future__ import annotations

import re
import zipfile

import numpy as np
import pytest
import trimesh

from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import write_case
from mouldgen.export.threemf_files import read_threemf, write_plate_threemf
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.parts import Part
from mouldgen.mould.plates import Placement, Plate, arrange_plates, parts_to_print
from mouldgen.params import DesignParameters


@pytest.fixture
def plate(tetrahedron):
    below = TriangleMesh(tetrahedron.vertices_mould * [3, 1, 1] - [3.5, 20.25, 7.125], tetrahedron.faces)
    return Plate(
        (
            Placement(Part("base", "Mould base", tetrahedron, "#336699"), (5.0, 6.0), is_turned=False),
            Placement(Part("inlay", "A & B", below, "#cc0000", extruder=2), (40.0, 7.5), is_turned=True),
        )
    )


@pytest.fixture
def stored(plate, tmp_path):
    path = tmp_path / "plate-1.3mf"
    write_plate_threemf(plate, path, case_id="case-01", design_hash="0123abcd", title="plate 1 of 2")
    return path


def transforms(path):
    text = zipfile.ZipFile(path).read("3D/3dmodel.model").decode()
    moves = re.findall('<item[^>]* transform="([^"]*)"', text)
    return [np.array(move.split(), float).reshape(4, 3) for move in moves]


def test_parts_lie_where_the_layout_says_and_are_turned_counterclockwise(plate, stored):
    for body, move, placed in zip(read_threemf(stored), transforms(stored), plate.placements, strict=True):
        points = body.mesh.vertices_mould @ move[:3] + move[3]
        np.testing.assert_allclose(points.min(axis=0), [*placed.corner_mm, 0.0], atol=1e-5)
    turned = transforms(stored)[1]
    np.testing.assert_allclose(np.array([1.0, 0.0, 0.0]) @ turned[:3], [0, 1, 0], atol=1e-7)
    np.testing.assert_allclose(np.array([0.0, 1.0, 0.0]) @ turned[:3], [-1, 0, 0], atol=1e-7)


def test_extruders_are_named_for_prusaslicer(stored):
    text = zipfile.ZipFile(stored).read("Metadata/Slic3r_PE_model.config").decode()
    assert re.findall('type="object" key="extruder" value="(.)"', text) == ["1", "2"]
    assert 'value="A &amp; B"' in text
    model = zipfile.ZipFile(stored).read("3D/3dmodel.model").decode()
    wanted = re.findall('<object id="(\\d+)"', model)
    assert re.findall('<object id="(\\d+)"', text) == wanted


def test_metadata_names_case_plate_and_hash(stored):
    text = zipfile.ZipFile(stored).read("3D/3dmodel.model").decode()
    assert ">case-01 plate 1 of 2<" in text
    assert "0123abcd" in text


def test_bytes_are_the_same_again(plate, stored, tmp_path):
    again = tmp_path / "again.3mf"
    write_plate_threemf(plate, again, case_id="case-01", design_hash="0123abcd", title="plate 1 of 2")
    assert again.read_bytes() == stored.read_bytes()


def test_pieces_are_printed_instead_of_the_base(design, tetrahedron):
    from dataclasses import replace

    pieces = tuple(Part(f"base-{n}", "", tetrahedron, "#000000") for n in (1, 2))
    mould = replace(design.mould, parts=(*design.mould.parts, *pieces))
    assert [part.name for part in parts_to_print(mould)] == ["base-1", "base-2"]
    assert [part.name for part in parts_to_print(design.mould)] == ["base"]


def test_a_part_larger_than_the_printer_is_on_no_plate(design):
    toy = DesignParameters(printer={"name": "Toy", "bed_mm": (20, 20, 20)})
    assert arrange_plates(parts_to_print(design.mould), toy) == ()


def test_the_case_holds_every_format_that_was_asked_for_and_checks_clean(design, tmp_path):
    from dataclasses import replace

    values = design.parameters.with_values({"files": {"formats": ["obj", "ply", "3mf"]}})
    folder = tmp_path / "case"
    write_case(replace(design, parameters=values), folder, pictures=False)
    names = {path.name for path in (folder / "mould").iterdir()}
    assert names == {
        *(f"{part}.{kind}" for part in ("base", "specimen") for kind in ("stl", "obj", "ply")),
        "mould.3mf",
        "plate-1.3mf",
    }
    assert check_case(folder) == ()
    for kind in ("obj", "ply"):
        body = trimesh.load_mesh(folder / "mould" / f"base.{kind}")
        assert body.is_watertight
        assert body.volume == pytest.approx(design.mould.base.mesh.volume_mm3, rel=1e-6)
        assert b"trimesh" not in (folder / "mould" / "base.obj").read_bytes()


def test_without_3mf_there_are_no_plates(design, tmp_path):
    from dataclasses import replace

    values = design.parameters.with_values({"files": {"formats": "stl"}})
    write_case(replace(design, parameters=values), tmp_path / "case", pictures=False)
    assert not list((tmp_path / "case").rglob("*.3mf"))
