"""The program as a user runs it: in a process of its own, on files, through its exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points

import numpy as np
import pytest

from mouldgen.cli import run_program

NORMAL = np.array([-0.5, 0.3, 0.8])


@pytest.fixture(scope="module")
def made(program, stored, fast, tmp_path_factory):
    """Return a case folder, and what the command that made it said."""
    folder = tmp_path_factory.mktemp("made") / "case"
    image = next(iter(stored.images.values()), stored.segmentation)
    specimen = ["--habitats", stored.habitats, "--name", "1=necrosis", "--image", f"t2={image}"]
    angle = ["--normal", *NORMAL, "--base", "-30", "--cuts", "-6,-1,5", "--preset", "ovary"]
    return folder, program("make", stored.segmentation, "-o", folder, *specimen, *angle, *fast)


def test_the_demo_makes_a_whole_case_that_passes_its_check(program, tmp_path):
    folder = tmp_path / "demo"
    made = program("demo", "-o", folder, "--json", "--set", "grid_mm=1.0")
    assert (made.stderr, made.returncode) == ("", 0)
    document = json.loads(made.stdout)
    assert document["case_id"] == "demo"
    assert len(list((folder / "slabs").glob("S*.png"))) == document["slabs"]
    checked = program("check", folder, "--strict")
    assert (checked.stderr, checked.returncode) == ("", 0)
    assert checked.stdout.endswith("all files are whole, unchanged and in agreement\n")


def test_make_takes_all_that_was_asked_for(made):
    folder, said = made
    assert said.returncode == 0, said.stderr
    document = json.loads((folder / "sampling_map.json").read_text())
    assert [cut["x_mm"] for cut in document["cuts"]] == pytest.approx([-6.0, -1.0, 5.0])
    cut_normal = NORMAL / np.linalg.norm(NORMAL)
    assert document["frame"]["cut_normal_lps"] == pytest.approx(list(cut_normal), abs=1e-6)
    assert document["habitats"][0]["name"] == "necrosis"
    assert (folder / "maps" / "t2.nrrd").is_file()


def test_the_summary_is_plain_text_and_nothing_else_is_said(made):
    folder, said = made
    assert said.stderr == ""
    assert "\x1b" not in said.stdout
    assert all(line == line.rstrip() for line in said.stdout.splitlines())
    assert str(folder) in said.stdout


def test_quiet_says_nothing(program, stored, fast, tmp_path):
    done = program("make", stored.segmentation, "-o", tmp_path / "case", "--quiet", *fast)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_damaged_case_fails_its_check(program, made, tmp_path):
    folder = shutil.copytree(made[0], tmp_path / "case")
    (folder / "mould" / "base.stl").write_bytes(b"solid")
    checked = program("check", folder, "--json")
    assert checked.returncode == 6
    assert "file_changed" in {finding["code"] for finding in json.loads(checked.stdout)["findings"]}


def test_a_mould_larger_than_the_bed_is_a_finding_and_fails_strictly(program, stored, fast, tmp_path):
    small_bed = [*fast, "--set", "bed_mm=[30, 30, 30]"]
    allowed = program("make", stored.segmentation, "-o", tmp_path / "case", *small_bed)
    assert allowed.returncode == 0
    assert "30 x 30 x 30" in allowed.stdout
    assert "warning" in allowed.stdout
    refused = program("make", stored.segmentation, "-o", tmp_path / "strict", *small_bed, "--strict")
    assert (refused.stdout, refused.returncode) == ("", 6)
    assert refused.stderr.startswith("mouldgen: error: nothing was written, because of\n  warning ")
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


@pytest.fixture
def refused(program, fast, tmp_path):
    """Return a function that gives exit code and message of a run that is refused and leaves nothing."""

    def make(segmentation, *options) -> tuple[int, str]:
        before = set(tmp_path.iterdir())
        said = program("make", segmentation, "-o", tmp_path / "case", *fast, *options)
        assert said.stdout == ""
        assert said.stderr.startswith("mouldgen: error: ")
        assert said.stderr.count("\n") == 1
        assert set(tmp_path.iterdir()) == before
        return said.returncode, said.stderr

    return make


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "does not exist"),
        (b"", "empty"),
        (b"not an image", "seg.nii.gz"),
        ("folder", "seg.nii.gz"),
    ],
)
def test_a_file_that_cannot_be_read_gets_exit_code_3(refused, tmp_path, content, expected):
    segmentation = tmp_path / "seg.nii.gz"
    if content == "folder":
        segmentation.mkdir()
    elif content is not None:
        segmentation.write_bytes(content)
    code, message = refused(segmentation)
    assert code == 3
    assert expected in message


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--label", "9"], "label 9 is absent"),
        (["--slab", "0.8"], "--slab"),
        (["--snap", "t1"], "there is no image 't1' to snap to"),
    ],
)
def test_options_that_do_not_suit_the_file_get_exit_code_4(refused, stored, options, expected):
    code, message = refused(stored.segmentation, *options)
    assert code == 4
    assert expected in message


def test_inspect_shows_what_make_will_read(program, stored):
    (report,) = json.loads(program("inspect", stored.habitats, "--json").stdout)["files"]
    assert report["file"] == stored.habitats.name
    assert [label["label"] for label in report["labels"]] == [1, 2, 3]


@pytest.mark.parametrize("arguments", [["presets", "generic"], ["make", "--help"]])
def test_a_reader_that_has_had_enough_is_no_error(arguments):
    command = [sys.executable, "-m", "mouldgen", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        run.stdout.close()
        assert run.stderr.read() == b""


def test_the_console_script_is_the_same_program():
    (script,) = entry_points(group="console_scripts", name="mouldgen")
    assert script.load() is run_program


@pytest.mark.skipif(sys.platform != "linux" or os.cpu_count() == 1, reason="counts threads in /proc")
@pytest.mark.parametrize(("asked", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")])
def test_linear_algebra_has_one_thread_unless_the_user_asks_for_more(asked, threads):
    code = (
        "import os, sys\n"
        "from mouldgen.cli import run_program\n"
        "sys.argv = ['mouldgen', '--version']\n"
        "os._exit = lambda code: None\n"
        "try:\n    run_program()\nexcept SystemExit:\n    pass\n"
        "import numpy\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    around = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=around | asked, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == threads
