"""A run that is killed at any moment leaves the older case or the new one, whole, and no litter for long."""

import json
import pickle
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import write_case
from mouldgen.export.case_writers import BACKGROUND_WRITERS, LABORATORY_WRITERS

PROGRAM = """
import os, pickle, signal, sys
from pathlib import Path
from mouldgen.export import reservation
from mouldgen.export.case_folder import write_case

design, target, moment, number, pictures = sys.argv[1:]

def end_here(*_arguments, **_options):
    os.kill(os.getpid(), int(number))

if moment in vars(reservation):
    setattr(reservation, moment, end_here)
print("begin", flush=True)
write_case(
    pickle.loads(Path(design).read_bytes()),
    target,
    overwrite=True,
    pictures=pictures == "pictures",
    on_stage=lambda stage: end_here() if stage == moment else None,
)
print("end", flush=True)
"""

COMMIT_MOMENTS = ["flush_folder", "replace_folder", "remove_folder"]
MOMENTS = ["bodies", *BACKGROUND_WRITERS, *LABORATORY_WRITERS, *COMMIT_MOMENTS]


@pytest.fixture(scope="module")
def stored_design(scaled_design, tmp_path_factory):
    path = tmp_path_factory.mktemp("design") / "design.pickle"
    path.write_bytes(pickle.dumps(scaled_design))
    return path


@pytest.fixture
def run(stored_design, case):
    """Return a function that starts a run into the place of an older case."""

    def start(moment, number, pictures="none"):
        arguments = [str(stored_design), str(case), moment, str(int(number)), pictures]
        command = [sys.executable, "-c", PROGRAM, *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    return start


def design_hash(folder):
    return json.loads((folder / "manifest.json").read_text())["design_hash"]


def assert_whole(case, design, scaled_design):
    assert check_case(case) == ()
    assert design_hash(case) in {design.design_hash, scaled_design.design_hash}


def assert_next_run_cleans(case, design):
    write_case(design, case, overwrite=True, pictures=False)
    assert [path.name for path in case.parent.iterdir()] == ["case-01"]
    assert design_hash(case) == design.design_hash


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_stage_a_whole_case_stays_and_the_next_run_cleans(
    run, case, design, scaled_design, moment
):
    with run(moment, signal.SIGKILL) as process:
        assert process.wait(30) == -signal.SIGKILL
    assert_whole(case, design, scaled_design)
    is_new = design_hash(case) == scaled_design.design_hash
    assert is_new == (moment == "remove_folder")  # the older case is removed after the exchange
    assert_next_run_cleans(case, design)


@pytest.mark.parametrize(
    ("moment", "pictures"),
    [("bodies", "none"), ("3mf", "none"), ("slab pictures", "pictures"), ("flush_folder", "none")],
)
def test_interrupted_by_the_keyboard_nothing_but_the_older_case_stays(run, case, design, moment, pictures):
    with run(moment, signal.SIGINT, pictures) as process:
        assert process.wait(30) != 0
    assert [path.name for path in case.parent.iterdir()] == ["case-01"]
    assert design_hash(case) == design.design_hash
    assert check_case(case) == ()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_ended_at_a_random_moment_a_whole_case_stays(run, case, design, scaled_design, number):
    for wait_seconds in np.random.default_rng(0).uniform(0.0, 0.4, 4):
        with run("never", number) as process:
            assert process.stdout.readline() == b"begin\n"
            time.sleep(wait_seconds)
            process.send_signal(number)
            process.wait(30)
        assert_whole(case, design, scaled_design)
    assert_next_run_cleans(case, design)


def test_of_two_programs_at_once_one_wins_and_one_says_why_not(run, case, scaled_design):
    with run("never", signal.SIGKILL) as one, run("never", signal.SIGKILL) as other:
        codes = {one.wait(30), other.wait(30)}
    assert 0 in codes
    assert design_hash(case) == scaled_design.design_hash
    assert check_case(case) == ()
    assert [path.name for path in case.parent.iterdir()] == ["case-01"]


def test_a_stale_folder_of_a_dead_run_is_not_taken_for_a_case(case, tmp_path, design):
    stale = tmp_path / ".case-01.mouldgen-new-deadbeef"
    shutil.copytree(case, stale)
    (stale / "manifest.json").unlink()
    assert_next_run_cleans(case, design)
