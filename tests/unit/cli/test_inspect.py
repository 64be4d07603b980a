import json

import numpy as np
import pytest

from mouldgen.testing.phantoms import covering_grid
from mouldgen.testing.storage import write_volume

GRID = covering_grid([0, 0, 0], [10, 10, 10], [1.0, 1.0, 4.0])


@pytest.fixture
def labels(tmp_path):
    voxels = np.zeros(GRID.shape, np.uint8)
    voxels[5:9, 5:10, 2:4] = 1
    voxels[12, 12, 4] = 3
    path = tmp_path / "labels.nrrd"
    write_volume(path, voxels, GRID)
    return path


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "t2.nii.gz"
    write_volume(path, np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32), GRID)
    return path


def test_labels_are_listed_with_volume_and_extent(mouldgen, labels):
    lines = mouldgen("inspect", labels).out.splitlines()
    assert lines[0].startswith("labels.nrrd  NRRD")
    assert any(line.split() == ["spacing", "1", "x", "1", "x", "4", "mm"] for line in lines)
    rows = [line.split() for line in lines if line.split()[:1] in (["1"], ["3"])]
    assert rows == [
        ["1", "-", "40", "0.16", "4.0", "x", "5.0", "x", "8.0", "1", "-"],
        ["3", "-", "1", "0.00", "1.0", "x", "1.0", "x", "4.0", "1", "-"],
    ]
    assert any("[thick_slices]" in line for line in lines)


def test_an_image_shows_its_values(mouldgen, image):
    out = mouldgen("inspect", image).out
    assert "values " in out
    assert "label " not in out


def test_several_files_are_shown_in_order(mouldgen, labels, image):
    out = mouldgen("inspect", image, labels).out
    assert out.index("t2.nii.gz  NIfTI-1") < out.index("labels.nrrd  NRRD")


def test_json_holds_one_report_a_file(mouldgen, labels, image):
    files = json.loads(mouldgen("inspect", labels, image, "--json").out)["files"]
    assert [report["file"] for report in files] == ["labels.nrrd", "t2.nii.gz"]
    assert [label["label"] for label in files[0]["labels"]] == [1, 3]
    assert files[0]["findings"][-1]["severity"] == "info"


def test_a_file_that_cannot_be_read_does_not_hide_the_others(mouldgen, labels, tmp_path):
    broken = tmp_path / "broken.nrrd"
    broken.write_bytes(b"NRRD0004\n")
    said = mouldgen("inspect", broken, tmp_path / "absent.nii", labels)
    assert "labels.nrrd  NRRD" in said.out
    assert said.err.startswith("mouldgen: error: ")
    assert said.err.count("\n") == 1
    assert "broken.nrrd" in said.err
    assert "absent.nii" in said.err
    assert said.code == 3
