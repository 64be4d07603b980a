"""Stopped, crowded out or out of room, a run leaves no half-made folder, and an older case as it was."""

import resource
import signal
import time

import pytest

from mouldgen.export.case_folder import reserve_case

SLOW = ("--set", "surface.grid_mm=0.35", "--no-pictures")
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def older(program, stored, fast, tmp_path_factory):
    """Return the place of an older case."""
    folder = tmp_path_factory.mktemp("place") / "case"
    assert program("make", stored.segmentation, "-o", folder, *fast).returncode == 0
    return folder


@pytest.fixture
def remake(program, stored, older, fast):
    """Return a function that makes the older case once more in its place."""

    def run(*options, **process):
        return program("make", stored.segmentation, "-o", older, "--overwrite", *fast, *options, **process)

    return run


def await_reservation(folder):
    """Wait until a run has begun to work for `folder`."""
    end = time.monotonic() + WAIT_SECONDS
    while not list(folder.parent.glob(f".{folder.name}.mouldgen-new-*")):
        assert time.monotonic() < end, "the run has not begun"
        time.sleep(0.01)


@pytest.mark.parametrize("wait_seconds", [0.3, 0.6, 0.9])
def test_a_run_interrupted_at_work_leaves_nothing_and_gives_130(started, tmp_path, wait_seconds):
    run = started("demo", "-o", tmp_path / "case", *SLOW)
    await_reservation(tmp_path / "case")
    time.sleep(wait_seconds)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=WAIT_SECONDS)
    assert (out, err) == ("", "mouldgen: interrupted; no half-made folder was left\n")
    assert run.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_the_older_case(started, older, contents):
    before = contents(older)
    run = started("demo", "-o", older, "--overwrite", *SLOW)
    await_reservation(older)
    run.send_signal(signal.SIGINT)
    assert run.wait(WAIT_SECONDS) == 130
    assert contents(older) == before
    assert list(older.parent.iterdir()) == [older]


def test_a_killed_run_leaves_the_older_case_and_the_next_one_cleans_up(started, remake, older, contents):
    before = contents(older)
    run = started("demo", "-o", older, "--overwrite", *SLOW)
    await_reservation(older)
    run.kill()
    run.wait(WAIT_SECONDS)
    assert contents(older) == before
    assert remake().returncode == 0
    assert contents(older) == before
    assert list(older.parent.iterdir()) == [older]


def test_a_place_where_another_run_is_writing_is_refused_before_any_work(program, tmp_path):
    with reserve_case(tmp_path / "case") as temporary:
        done = program("demo", "-o", tmp_path / "case")
        (temporary / "manifest.json").touch()
    assert done.returncode == 3
    assert done.stderr.startswith("mouldgen: error: another run is writing the case folder case;")


def test_a_full_disk_is_said_and_leaves_the_older_case(remake, older, contents):
    """A limit on the size of files stands for the disk: writing fails half-way just so."""
    before = contents(older)
    done = remake("--slab=5", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000,) * 2))
    assert done.returncode == 3
    assert done.stderr.startswith("mouldgen: error: ")
    assert "Traceback" not in done.stderr
    assert contents(older) == before
    assert list(older.parent.iterdir()) == [older]
