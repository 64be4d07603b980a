"""The check of a case folder: silent on what was written, and the right word for every damage."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
import trimesh
from PIL import Image

from mouldgen.errors import InputError, Severity
from mouldgen.export import stl_files
from mouldgen.export.case_check import check_case
from mouldgen.export.frame_files import transform_text
from mouldgen.export.mould_volumes import write_labels
from mouldgen.export.stl_files import read_stl
from mouldgen.export.threemf_files import write_threemf
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.meshes import TriangleMesh


def codes(case):
    return {finding.code for finding in check_case(case)}


def edit_json(case, name, change):
    path = case / name
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def edit_map(change):
    return lambda case: edit_json(case, "sampling_map.json", change)


def edit_stl(change):
    """Return what writes a changed mesh to base.stl, without the checks of the writer."""

    def damage(case):
        path = case / "mould" / "base.stl"
        mesh = read_stl(path)
        path.write_bytes(stl_files._stl_bytes(change(mesh.vertices_mould.copy(), mesh.faces.copy())))

    return damage


def flip_byte(name, place):
    def damage(case):
        content = bytearray((case / name).read_bytes())
        content[int(len(content) * place)] ^= 0xFF
        (case / name).write_bytes(content)

    return damage


def other_body_in_3mf(case, design):
    write_threemf(
        design.mould.parts[1:], case / "mould" / "mould.3mf", case_id="case-01", design_hash="0123abcd"
    )


def scaled_body_in_3mf(case, design):
    base = design.mould.base
    larger = TriangleMesh(base.mesh.vertices_mould * 1.001, base.mesh.faces)
    parts = [dataclasses.replace(base, mesh=larger), *design.mould.parts[1:]]
    write_threemf(parts, case / "mould" / "mould.3mf", case_id="case-01", design_hash="0123abcd")


def set_in(*path, value):
    """Return what sets one value of a nested document."""

    def change(document):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def add_to(*path, amount):
    def change(document):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] += amount

    return change


def swap_slabs(document):
    document["slabs"][0], document["slabs"][1] = document["slabs"][1], document["slabs"][0]


def add_second_body(vertices, faces):
    """Add a cube: a copy of the body, shifted, would lose vertices to the 32-bit numbers of the file."""
    cube = trimesh.creation.box(extents=(4, 4, 4))
    corners = cube.vertices + [vertices[:, 0].max() + 10, 0, 2]
    return TriangleMesh(
        np.concatenate([vertices, corners]), np.concatenate([faces, cube.faces + len(vertices)])
    )


DAMAGES = {
    "byte of an STL": (flip_byte("mould/base.stl", 0.5), "file_changed"),
    "missing file": (lambda case: (case / "mould_from_patient.tfm").unlink(), "file_missing"),
    "missing folder": (lambda case: shutil.rmtree(case / "maps"), "file_missing"),
    "extra file": (
        lambda case: shutil.copy(case / "mould" / "base.stl", case / "mould" / "lid.stl"),
        "file_extra",
    ),
    "manifest": (lambda case: (case / "manifest.json").write_text("{"), "manifest_damaged"),
    "other case": (
        lambda case: edit_json(case, "manifest.json", set_in("case_id", value="other")),
        "case_differs",
    ),
    "parameters": (
        lambda case: edit_json(case, "manifest.json", set_in("parameters", "fit", "clearance_mm", value=9)),
        "parameters_differ",
    ),
    "parameter file": (lambda case: (case / "parameters.toml").write_text("wall = 3"), "parameters_invalid"),
    "no map": (lambda case: (case / "sampling_map.json").unlink(), "map_missing"),
    "map is no JSON": (flip_byte("sampling_map.json", 0.0), "map_invalid"),
    "map key": (edit_map(set_in("frame", "patient_axes", value="RAS")), "map_invalid"),
    "mirrored frame": (
        edit_map(set_in("frame", "mould_from_patient", value=np.diag([-1, 1, 1, 1]).tolist())),
        "frame_not_rigid",
    ),
    "normal": (edit_map(set_in("frame", "cut_normal_lps", value=[1, 0, 0])), "frame_differs"),
    "transform": (
        lambda case: (case / "mould_from_patient.tfm").write_text(transform_text(Rigid(np.eye(4)))),
        "transform_differs",
    ),
    "transform file": (
        lambda case: (case / "mould_from_patient.tfm").write_text("x"),
        "transform_unreadable",
    ),
    "truncated STL": (
        lambda case: (case / "mould" / "base.stl").write_bytes(
            (case / "mould" / "base.stl").read_bytes()[:-1]
        ),
        "stl_unreadable",
    ),
    "name in an STL header": (flip_byte("mould/base.stl", 0.0), "stl_header"),
    "hole": (edit_stl(lambda vertices, faces: TriangleMesh(vertices, faces[1:])), "stl_not_closed"),
    "inside out": (
        edit_stl(lambda vertices, faces: TriangleMesh(vertices, faces[:, ::-1])),
        "stl_inside_out",
    ),
    "two bodies": (edit_stl(add_second_body), "stl_several_bodies"),
    "floating": (
        edit_stl(lambda vertices, faces: TriangleMesh(vertices + [0, 0, 1], faces)),
        "stl_off_plate",
    ),
    "3MF": (flip_byte("mould/mould.3mf", 0.5), "3mf_unreadable"),
    "slab volume": (edit_map(add_to("slabs", 1, "tissue_volume_mm3", amount=30.0)), "slab_sum"),
    "kerf": (edit_map(add_to("kerf_loss_mm3", amount=30.0)), "slab_sum"),
    "habitat volume": (edit_map(add_to("habitats", 0, "volume_mm3", amount=1000.0)), "habitat_sum"),
    "habitat in a slab": (
        edit_map(add_to("slabs", 0, "habitat_volume_mm3", "1", amount=500.0)),
        "habitat_sum",
    ),
    "habitat label": (edit_map(set_in("slabs", 0, "habitat_volume_mm3", value={"7": 1.0})), "habitat_labels"),
    "slab order": (edit_map(swap_slabs), "slab_order"),
    "slab lost": (edit_map(lambda document: document["slabs"].pop()), "slab_order"),
    "gap": (edit_map(add_to("slabs", 1, "x_lower_mm", amount=0.25)), "slab_gap"),
    "slot": (edit_map(add_to("cuts", 0, "x_mm", amount=0.25)), "slab_gap"),
    "outline outside": (
        edit_map(add_to("slabs", 1, "outlines_mm", "mid", 0, 2, 0, amount=60.0)),
        "slab_outline",
    ),
    "outline open": (
        edit_map(lambda document: document["slabs"][1]["outlines_mm"]["mid"][0].pop()),
        "slab_outline",
    ),
    "table": (lambda case: (case / "sampling_map.csv").write_text("case_id\n"), "csv_differs"),
    "volume": (flip_byte("maps/habitats.nrrd", 0.0), "volume_unreadable"),
    "volume on another grid": (
        lambda case: write_labels(
            LabelVolume(
                np.ones((2, 2, 2), np.uint16), VoxelGrid.axis_aligned((2, 2, 2), (1, 1, 1), (0, 0, 0))
            ),
            case / "maps" / "t2.nrrd",
        ),
        "volume_grid",
    ),
}


def test_what_was_just_written_has_nothing_to_report(pristine_case):
    assert check_case(pristine_case) == ()
    assert check_case(str(pristine_case)) == ()


@pytest.mark.parametrize(("damage", "code"), DAMAGES.values(), ids=DAMAGES.keys())
def test_every_damage_is_found_and_named(case, damage, code):
    damage(case)
    assert code in codes(case)


@pytest.mark.parametrize("damage", [other_body_in_3mf, scaled_body_in_3mf])
def test_other_bodies_in_the_3mf_file_are_found(case, design, damage):
    damage(case, design)
    assert "3mf_differs" in codes(case)


def test_missing_bodies_are_reported_as_missing_files_only(case):
    (case / "mould" / "specimen.stl").unlink()
    (case / "mould" / "mould.3mf").unlink()
    assert codes(case) == {"file_missing"}


def test_a_broken_picture_is_found(case):
    (case / "slabs").mkdir()
    Image.new("RGB", (40, 40), "red").save(case / "slabs" / "S01.png")
    assert codes(case) == {"file_extra"}
    flip_byte("slabs/S01.png", 0.5)(case)
    assert codes(case) == {"file_extra", "picture_unreadable"}


def test_an_extra_file_is_a_warning_and_all_damage_an_error(case):
    (case / "notes.txt").write_text("mine")
    (case / "parameters.toml").unlink()
    severities = {finding.code: finding.severity for finding in check_case(case)}
    assert severities == {"file_extra": Severity.WARNING, "file_missing": Severity.ERROR}


def test_what_file_managers_leave_is_ignored(case):
    for name in (".DS_Store", "Thumbs.db", "maps/desktop.ini"):
        (case / name).touch()
    assert check_case(case) == ()


def test_every_finding_says_what_to_do(case):
    shutil.rmtree(case / "maps")
    flip_byte("mould/base.stl", 0.5)(case)
    for finding in check_case(case):
        assert "write the case again" in finding.message


def test_a_manifest_that_points_elsewhere_reads_nothing_there(case):
    def point_elsewhere(document):
        document["outputs"][0]["path"] = "../../../etc/passwd"

    edit_json(case, "manifest.json", point_elsewhere)
    assert {"file_missing", "file_extra"} == codes(case)


def test_what_is_no_case_folder_is_an_input_error(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for name in ("empty", "file", "absent"):
        with pytest.raises(InputError, match="not a case folder"):
            check_case(tmp_path / name)


def test_a_habitat_that_reaches_over_the_specimen_may_miss_volume_but_not_gain_any(case):
    def reach_over(document):
        document["findings"].append({"code": "habitat_overhang", "severity": "info", "message": "a little"})
        document["habitats"][0]["volume_mm3"] += 1000.0

    edit_map(reach_over)(case)
    assert "habitat_sum" not in codes(case)
    edit_map(add_to("slabs", 0, "habitat_volume_mm3", "1", amount=2000.0))(case)
    assert "habitat_sum" in codes(case)
