"""Extras, splitting, kinds of files and the search for the pose, from the command line to the files."""

from __future__ import annotations

import json
import tomllib

import pytest
from PIL import Image

SMALL = ("--set", "printer.bed_mm=[110, 70, 100]")


@pytest.fixture(scope="module")
def make(program, stored, fast, tmp_path_factory):
    """Return a function that makes a case and gives its folder and what was printed as JSON."""

    def run(*options):
        folder = tmp_path_factory.mktemp("made") / "case"
        done = program("make", stored.habitats, "-o", folder, *fast, "--json", "--case", "T1", *options)
        assert done.returncode == 0, done.stderr
        return folder, json.loads(done.stdout)

    return run


def stems(folder, kind):
    return {path.stem for path in (folder / "mould").glob(f"*.{kind}")}


def codes(printed):
    return {finding["code"] for finding in printed["findings"]}


def test_extras_and_kinds_of_files_are_those_that_were_asked_for(make, program):
    folder, _ = make("--extras", "coupon, ring", "--format", "ply,3mf")
    bodies = {"base", "specimen", "coupon", "ring"}
    assert stems(folder, "stl") == stems(folder, "ply") == bodies
    assert stems(folder, "obj") == set()
    assert {"mould", "plate-1"} <= stems(folder, "3mf")
    checked = program("check", folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--extras", "tary"), "extras.parts: 'tary' cannot be used; expected any of replica"),
        (("--split", "yes"), "split.mode: 'yes' cannot be used"),
        (("--format", "stp"), "files.formats: 'stp' cannot be used; expected any of stl"),
        (("--within", "91"), "within is 91; expected 0 to 90"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(program, stored, tmp_path, options, reason):
    done = program("make", stored.habitats, "-o", tmp_path / "case", *options)
    assert done.returncode == 4
    assert reason in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_mould_larger_than_the_bed_is_split_unless_it_may_never_be(make):
    folder, printed = make(*SMALL)
    assert {"base", "base-1", "base-2"} <= stems(folder, "stl")
    assert "split_for_bed" in codes(printed)
    whole, said = make(*SMALL, "--split", "never")
    assert stems(whole, "stl") == {"base", "specimen"}
    assert "too_large_for_bed" in codes(said)
    assert (whole / "mould" / "base.stl").read_bytes() == (folder / "mould" / "base.stl").read_bytes()


def test_the_pose_that_orient_ranks_first_is_the_one_that_make_takes(make, program, stored, contents):
    search = ("--set", "surface.grid_mm=1", "--json")
    done = program("orient", stored.habitats, "--within", "20", *search)
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)["best"][0]
    folder, printed = make("--within", "20", "--set", "surface.grid_mm=1")
    parameters = tomllib.loads((folder / "parameters.toml").read_text())
    assert parameters["orientation"]["normal_lps"] == best["normal_lps"]
    assert float(parameters["orientation"]["base"]) == best["base_deg"]
    assert printed["void_percent"] == pytest.approx(best["void_percent"], abs=0.006)
    assert printed["slabs"] == best["slabs"]
    assert "pose_chosen" in codes(printed)
    again, _ = make("--config", folder / "parameters.toml")
    mine, theirs = contents(folder), contents(again)
    assert mine["mould/base.stl"] == theirs["mould/base.stl"]
    assert mine["sampling_map.csv"] == theirs["sampling_map.csv"]


def test_orient_shows_a_table_and_draws_a_picture(program, stored, tmp_path):
    picture = tmp_path / "poses.png"
    done = program(
        "orient", stored.habitats, "--plane", "axial", "--plane", "sagittal", "--picture", picture,
        "--set", "surface.grid_mm=1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 angles estimated, 2 poses built" in done.stdout
    assert "--normal 1.000000 0.000000 0.000000 --base" in done.stdout
    with Image.open(picture) as image:
        assert image.size == (1500, 900)
