"""Certainty and stability in the files of a case: as they were given, and the same when read back."""

import csv
import dataclasses
import json
import shutil

import numpy as np
import pdfplumber
import pytest
import SimpleITK as sitk

from mouldgen.checks import check_stability
from mouldgen.errors import InputError
from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import StageClock, make_folders, write_case, write_laboratory
from mouldgen.export.habitat_volumes import (
    read_certainty_volume,
    write_certainty_volume,
    write_habitat_volume,
)
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.replanning import replan_sites
from mouldgen.export.sheet import SHEET_NAME, write_sheet
from mouldgen.export.stored_laboratory import read_laboratory_case
from mouldgen.images import CertaintyVolume
from mouldgen.io.opening import open_segmentation
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, two_habitat_ellipsoid
from mouldgen.testing.punch_monte_carlo import certainties_at

CENTER_LPS = np.array([10.0, -20.0, 30.0])
RADII_MM = np.array([16.0, 12.0, 10.0])
STABILITY = {1: 0.93, 2: 0.55}
LEAST = 0.7


def certain_specimen():
    """Return an ellipsoid with two habitats, the second unstable, whose labels are certain to 0.8 to 1."""
    grid = covering_grid(CENTER_LPS, RADII_MM, [1.0, 1.0, 2.0])
    specimen = two_habitat_ellipsoid(
        Ellipsoid(CENTER_LPS, RADII_MM), HalfSpace(np.array([1.0, 0.2, 0.1]), 8.0), grid
    )
    habitats = specimen.habitats
    voxels = np.random.default_rng(4).uniform(0.8, 1.0, habitats.volume.grid.shape).astype(np.float32)
    described = tuple(item.with_stability(STABILITY[item.label], LEAST) for item in habitats.habitats)
    certain = dataclasses.replace(
        habitats, habitats=described, certainty=CertaintyVolume(voxels, habitats.volume.grid)
    )
    return dataclasses.replace(specimen, habitats=certain)


@pytest.fixture(scope="module")
def certain():
    parameters = DesignParameters(
        case="case-01",
        cuts={"slab_mm": 6.0},
        orientation={"normal_lps": (0.5, 0.3, 0.8)},
        surface={"grid_mm": 1.0},
        sites={"punch_mm": 3.0, "sigma_mm": 1.0, "min_probability": 0.6},
    )
    return design_mould(certain_specimen(), parameters)


@pytest.fixture(scope="module")
def certain_case(certain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("certain") / "case-01"
    write_case(certain, folder, pictures=False)
    return folder


@pytest.fixture
def case(certain_case, tmp_path):
    return shutil.copytree(certain_case, tmp_path / "case-01")


def document(folder):
    return json.loads((folder / "sampling_map.json").read_text())


def test_the_map_says_how_stable_and_how_certain_habitats_are(certain, certain_case):
    volume, certainty = certain.specimen.habitats.volume, certain.specimen.habitats.certainty
    for entry in document(certain_case)["habitats"]:
        label = entry["label"]
        assert entry["stability"] == STABILITY[label]
        assert entry["is_stable"] == (STABILITY[label] >= LEAST)
        mean = certainty.voxels[volume.voxels == label].astype(float).mean()
        assert entry["mean_certainty"] == pytest.approx(mean, abs=1e-4)


def test_sites_carry_their_certainty_into_map_and_table(certain, certain_case):
    sites = document(certain_case)["sites"]
    assert len(sites) > 2
    with (certain_case / "sites.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for site, entry, row in zip(certain.sites.sites, sites, rows, strict=True):
        assert entry["certainty"] == pytest.approx(site.certainty, abs=1e-4)
        assert float(row["certainty"]) == entry["certainty"]
        assert 0.85 < site.certainty < 0.95
        assert site.hit_probability < site.certainty + 0.02


def test_another_program_finds_the_certainty_in_both_frames(certain, certain_case):
    certainty = certain.specimen.habitats.certainty
    for name, to_patient in (
        ("slicer/certainty.nrrd", lambda points: points),
        ("maps/certainty.nrrd", certain.frame.patient_from_mould.apply),
    ):
        image = sitk.ReadImage(str(certain_case / name))
        values = sitk.GetArrayFromImage(image)
        picked = np.argwhere(values > 0)[::97]
        points = np.array([image.TransformIndexToPhysicalPoint(at[::-1].tolist()) for at in picked])
        expected = certainties_at(certainty, to_patient(points))
        assert len(picked) > 50
        differing = np.abs(values[tuple(picked.T)] - expected) > 1e-6
        assert differing.mean() < 0.01, name  # points that lie on a border of two voxels
    maps = sitk.GetArrayFromImage(sitk.ReadImage(str(certain_case / "maps" / "certainty.nrrd")))
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(certain_case / "maps" / "habitats.nrrd")))
    assert (maps[labels > 0] >= 0.8).all()


def test_the_laboratory_reads_back_what_was_written(certain, certain_case):
    lab, read = LaboratoryCase.of_design(certain), read_laboratory_case(certain_case)
    assert read.document == lab.document
    assert read.specimen.habitats.habitats == lab.specimen.habitats.habitats
    np.testing.assert_array_equal(
        read.specimen.habitats.certainty.voxels, lab.specimen.habitats.certainty.voxels
    )
    assert [item.is_stable for item in read.specimen.habitats.habitats] == [True, False]


def test_a_new_plan_from_the_folder_is_the_plan_of_the_design(certain, certain_case):
    read = read_laboratory_case(certain_case)
    again = replan_sites(read, read.parameters, read.specimen)
    assert again.document == LaboratoryCase.of_design(certain).document


def test_every_file_of_the_laboratory_is_the_same_to_the_byte(certain, certain_case, tmp_path, contents):
    written = []
    for name, lab in (
        ("of_design", LaboratoryCase.of_design(certain)),
        ("of_folder", read_laboratory_case(certain_case)),
    ):
        folder = tmp_path / name
        folder.mkdir()
        make_folders(folder, pictures=True)
        shutil.copytree(certain_case / "mould", folder / "mould", dirs_exist_ok=True)
        write_laboratory(lab, folder, pictures=True, clock=StageClock(None, None))
        written.append(contents(folder))
    assert written[0] == written[1]
    assert "slicer/certainty.nrrd" in written[0]


def test_the_case_is_in_agreement(certain_case):
    assert check_case(certain_case) == ()


def test_a_check_averages_the_certainty_again(case):
    changed = document(case)
    changed["habitats"][0]["mean_certainty"] += 0.01
    (case / "sampling_map.json").write_text(json.dumps(changed))
    assert "certainty_differs" in [finding.code for finding in check_case(case)]


def of_another_grid(path):
    certainty = read_certainty_volume(path)
    grid = certainty.grid.cropped((1, 0, 0), certainty.grid.shape)
    write_certainty_volume(CertaintyVolume(certainty.voxels[1:], grid), path)


def in_percent(path):
    image = sitk.ReadImage(str(path))
    sitk.WriteImage(image * 100, str(path))


def in_whole_numbers(path):
    sitk.WriteImage(sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkUInt8), str(path))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "slicer/certainty.nrrd is missing"),
        (of_another_grid, "its grid is not that of the habitats"),
        (in_percent, "certainty lies from 0 to 1; got 80"),
        (in_whole_numbers, "uint8 numbers, expected 32-bit"),
    ],
)
def test_a_damaged_certainty_is_refused(case, damage, message):
    damage(case / "slicer" / "certainty.nrrd")
    with pytest.raises(InputError, match=message):
        read_laboratory_case(case)


def test_a_habitat_volume_gives_labels_names_and_stability_back(tmp_path):
    habitats = certain_specimen().habitats
    path = tmp_path / "habitats.nrrd"
    write_habitat_volume(habitats, path)
    source = open_segmentation(path, {}).source
    assert source.format_name == "3D Slicer segmentation"
    assert [(item.number, item.name, item.stability) for item in source.structures] == [
        (1, "first", 0.93),
        (2, "second", 0.55),
    ]
    voxels = source.voxels_of([1, 2]).labels
    np.testing.assert_array_equal(voxels.voxels, habitats.volume.voxels)
    np.testing.assert_allclose(voxels.grid.point_from_index, habitats.volume.grid.point_from_index)


def test_unstable_habitats_are_a_warning_with_their_figure():
    (finding,) = check_stability(certain_specimen(), LEAST)
    assert (finding.code, finding.severity) == ("habitat_unstable", "warning")
    assert "habitat B (second) repeat only to 0.55" in finding.message
    assert "0.7 or more" in finding.message


@pytest.fixture(scope="module")
def sheet_texts(certain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sheet")
    write_sheet(LaboratoryCase.of_design(certain), folder)
    with pdfplumber.open(folder / SHEET_NAME) as pages:
        return [page.extract_text() for page in pages.pages]


def test_the_sheet_flags_an_unstable_habitat_wherever_its_sites_are_listed(certain, sheet_texts):
    assert "labels repeat only to 0.55: unstable" in sheet_texts[0]
    assert "0.93" not in sheet_texts[0]
    aimed = {slab.id: set() for slab in certain.plan.slabs}
    for site in certain.sites.sites:
        aimed[site.slab_id].add(site.habitat)
    assert any(2 in labels for labels in aimed.values())
    assert any(2 not in labels for labels in aimed.values())
    for slab_id, labels in aimed.items():
        text = next(page for page in sheet_texts if f"Slab {slab_id}" in page)
        assert ("B: labels repeat only to 0.55: unstable" in text) == (2 in labels)
    assert "B (unstable)" in sheet_texts[-1]


def test_the_sheet_says_that_probabilities_include_the_certainty(certain, sheet_texts):
    means = [certain.specimen.habitats.mean_certainty(label) for label in (1, 2)]
    text = " ".join(sheet_texts[0].split())
    assert f"on average {means[0]:.2f} in A, {means[1]:.2f} in B" in text
