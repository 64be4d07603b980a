"""The check of a case folder: silent on what was written, and the right word for every damaged site."""

import json
import shutil

import numpy as np
import pytest

from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import write_case
from mouldgen.export.patient_volumes import write_patient_volumes
from mouldgen.export.segment_volume import Segment, read_segment_volume, write_segment_volume
from mouldgen.export.stored_laboratory import read_laboratory_case
from mouldgen.images import LabelVolume
from mouldgen.params import read_parameters, resolve_parameters, write_parameters


@pytest.fixture
def case(planned_case, tmp_path):
    return shutil.copytree(planned_case, tmp_path / "case-01")


def codes(case):
    return {finding.code for finding in check_case(case)}


def edit_map(change):
    def damage(case):
        path = case / "sampling_map.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return damage


def edit_site(number=0, **values):
    def change(document):
        document["sites"][number].update(values)

    return edit_map(change)


def add_to(*path, amount):
    def change(document):
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] += amount

    return edit_map(change)


def copy_site(name):
    def change(document):
        document["sites"][1][name] = document["sites"][0][name]

    return edit_map(change)


def swap_habitats_of_sites(document):
    """Let every planned site aim at the other habitat."""
    for site in document["sites"]:
        site["habitat"] = 3 - site["habitat"]


def add_blocks(document):
    document["blocks"] = [
        {
            "id": "other",
            "slab": "S01",
            "part": "A",
            "number": 1,
            "x_mm": [0, 1],
            "y_mm": [0, 1],
            "z_mm": [0, 1],
            "face_down": "lower",
        }
    ]


def block_twice(document):
    add_blocks(document)
    document["blocks"] *= 2


def append(name, text=" "):
    def damage(case):
        with (case / name).open("a") as file:
            file.write(text)

    return damage


def extra(name):
    return lambda case: (case / name).write_text("x")


def edit_labels(name, change):
    def damage(case):
        path = case / "slicer" / f"{name}.seg.nrrd"
        labels = read_segment_volume(path)
        voxels = labels.voxels.copy()
        change(voxels)
        segments = [Segment(label, f"s{label}", "x", "#ff0000") for label in labels.labels()]
        write_segment_volume(LabelVolume(voxels, labels.grid), segments, path)

    return damage


def exchange_labels(voxels):
    voxels[voxels > 0] = 3 - voxels[voxels > 0]


def take_away(voxels):
    voxels[tuple(slice(size // 3, size // 2) for size in voxels.shape)] = 0


def move_to_one_slab(voxels):
    voxels[voxels > 0] = 1


def name_a_table(columns):
    def damage(case):
        path = case / "parameters.toml"
        parameters = resolve_parameters(config=read_parameters(path))
        named = parameters.with_values({"lims": {"name": "x", "columns": columns}})
        path.write_text(write_parameters(named))
        (case / "lims_x.csv").write_text("Label\n")

    return damage


DAMAGES = {
    "site twice": (copy_site("id"), "site_name_twice"),
    "tube twice": (copy_site("tube"), "site_name_twice"),
    "block twice": (edit_map(block_twice), "site_name_twice"),
    "cassette": (edit_map(add_blocks), "site_cassette"),
    "unknown slab": (edit_site(slab="S77"), "site_slab"),
    "unknown habitat": (edit_site(habitat=9), "site_habitat"),
    "core leaves the slab": (add_to("sites", 0, "x_to_mm", amount=30.0), "site_outside_slab"),
    "core turned round": (add_to("sites", 0, "x_from_mm", amount=60.0), "site_outside_slab"),
    "beside the core's middle": (add_to("sites", 0, "mould_mm", 0, amount=0.5), "site_off_core"),
    "moved in the mould": (add_to("sites", 0, "mould_mm", 1, amount=1e-3), "site_frames_differ"),
    "moved in the patient": (add_to("sites", 0, "lps_mm", 2, amount=1e-3), "site_frames_differ"),
    "mirrored on the bench": (
        edit_map(lambda d: d["sites"][0].update(right_of_score_mm=0.5 - d["sites"][0]["right_of_score_mm"])),
        "site_bench_differs",
    ),
    "base line": (add_to("sites", 0, "above_base_mm", amount=0.5), "site_bench_differs"),
    "other habitat": (edit_map(swap_habitats_of_sites), "site_other_habitat"),
    "habitats exchanged": (edit_labels("habitats", exchange_labels), "site_other_habitat"),
    "habitat lost": (edit_labels("habitats", take_away), "slab_volume_differs"),
    "tissue lost": (edit_labels("specimen", take_away), "slab_volume_differs"),
    "slabs": (edit_labels("slabs", move_to_one_slab), "slab_voxels_differ"),
    "slabs unreadable": (
        lambda case: (case / "slicer" / "slabs.seg.nrrd").write_text("x"),
        "volume_unreadable",
    ),
    "specimen unreadable": (
        lambda case: (case / "slicer" / "specimen.seg.nrrd").write_text("x"),
        "laboratory_unreadable",
    ),
    "sites.csv": (append("sites.csv"), "sites_csv_differs"),
    "another table": (extra("lims_mine.csv"), "lims_table_differs"),
    "a table that cannot be filled": (name_a_table({"Label": "tube"}), "lims_table_differs"),
    "a table without its rows": (name_a_table({"Label": "specimen_id"}), "lims_table_differs"),
    "markups": (append("slicer/sites.mrk.json"), "markups_differ"),
    "planes": (append("slicer/cut_planes.mrk.json"), "markups_differ"),
    "GeoJSON": (append("slabs/S02.geojson"), "annotations_differ"),
    "XML": (append("slabs/S02.xml"), "annotations_differ"),
    "annotations of no slab": (extra("slabs/S99.geojson"), "annotations_differ"),
}


def test_what_was_just_written_has_nothing_to_report(planned_case):
    assert check_case(planned_case) == ()


def test_a_mould_of_another_size_has_nothing_to_report_either(planned_scaled_design, tmp_path):
    write_case(planned_scaled_design, tmp_path / "case", pictures=False)
    assert check_case(tmp_path / "case") == ()


@pytest.mark.parametrize(("damage", "code"), DAMAGES.values(), ids=DAMAGES.keys())
def test_every_damage_is_found_and_named(case, damage, code):
    damage(case)
    assert code in codes(case)


def test_every_finding_says_what_to_do(case):
    for damage, _code in list(DAMAGES.values())[:20]:
        damage(case)
    for finding in check_case(case):
        assert "write the case again" in finding.message


def test_a_given_site_may_aim_at_a_habitat_that_it_misses(case):
    def change(document):
        for site in document["sites"]:
            site["origin"] = "given"
        swap_habitats_of_sites(document)

    edit_map(change)(case)
    assert "site_other_habitat" not in codes(case)


def test_slabs_written_again_are_the_same(case):
    write_patient_volumes(read_laboratory_case(case), case / "slicer")
    assert check_case(case) == ()


def test_labels_are_looked_up_at_centres_of_voxels(planned_case, lab):
    labels = read_segment_volume(planned_case / "slicer" / "habitats.seg.nrrd")
    for site in lab.document.sites:
        place = np.floor(labels.grid.to_indices(site.lps_mm) + 0.5).astype(int)
        assert labels.voxels[tuple(place)] == site.habitat
