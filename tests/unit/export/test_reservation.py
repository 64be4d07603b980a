"""A reserved place: refused early, filled beside its name, and taken at once or not at all."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from mouldgen.errors import ExitCode, OutputError
from mouldgen.export import folder_swap, reservation
from mouldgen.export.reservation import reserve_case

CASE = {"manifest.json": '{"program": "mouldgen"}', "note": "new"}
OLDER = {"manifest.json": '{"program": "mouldgen"}', "note": "old"}


def fill(folder, files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def write(target, files, *, overwrite=False, then=None):
    """Fill a reserved place and end by raising `then`."""
    with reserve_case(target, overwrite=overwrite) as folder:
        fill(folder, files)
        if then:
            raise then


def note(folder):
    return (folder / "note").read_text()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "case-01"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_filled_folder_takes_its_name_and_nothing_else_stays(target, contents):
    with reserve_case(target) as folder:
        assert folder.parent == target.parent
        assert not target.exists()
        fill(folder, CASE)
    assert names(target.parent) == ["case-01"]
    assert contents(target) == {name: text.encode() for name, text in CASE.items()}


def test_an_exception_leaves_nothing(target):
    with pytest.raises(ZeroDivisionError):
        write(target, CASE, then=ZeroDivisionError)
    assert names(target.parent) == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_older_case_survives_whatever_ends_the_run(target, end):
    fill(target, OLDER)
    with pytest.raises(end):
        write(target, CASE, overwrite=True, then=end)
    assert names(target.parent) == ["case-01"]
    assert note(target) == "old"


def test_a_folder_without_a_manifest_never_gets_the_name(target):
    with pytest.raises(OutputError, match=r"manifest\.json is missing"), reserve_case(target):
        pass
    assert names(target.parent) == []


def test_an_existing_folder_is_refused_before_any_work(target):
    fill(target, OLDER)
    with pytest.raises(OutputError, match="--overwrite") as caught, reserve_case(target):
        pytest.fail("the block must not run")
    assert caught.value.exit_code == ExitCode.INPUT
    assert note(target) == "old"


def test_overwriting_replaces_a_case(target):
    fill(target, OLDER)
    with reserve_case(target, overwrite=True) as folder:
        fill(folder, CASE)
        assert note(target) == "old"
    assert note(target) == "new"
    assert names(target.parent) == ["case-01"]


def test_overwriting_replaces_a_case_where_names_cannot_be_exchanged(target, monkeypatch):
    monkeypatch.setattr(folder_swap, "exchange_folders", lambda _one, _other: False)
    fill(target, OLDER)
    write(target, CASE, overwrite=True)
    assert note(target) == "new"
    assert names(target.parent) == ["case-01"]


def test_overwriting_replaces_an_empty_folder(target):
    target.mkdir()
    write(target, CASE, overwrite=True)
    assert note(target) == "new"


@pytest.mark.parametrize(
    "files",
    [
        {"thesis.doc": "years of work"},
        {"manifest.json": '{"name": "a web page"}'},
        {"manifest.json": "[]"},
        {"manifest.json": "not json"},
    ],
    ids=["documents", "another manifest", "a list", "no json"],
)
def test_overwriting_never_removes_what_mouldgen_did_not_write(target, files, contents):
    fill(target, files)
    before = contents(target)
    with pytest.raises(OutputError, match="did not write it"), reserve_case(target, overwrite=True):
        pytest.fail("the block must not run")
    assert contents(target) == before


def test_a_folder_that_came_in_between_is_not_replaced(target):
    place = reserve_case(target)
    fill(place.__enter__(), CASE)
    fill(target, {"thesis.doc": "years of work"})
    with pytest.raises(OutputError, match="--overwrite"):
        place.__exit__(None, None, None)
    assert names(target) == ["thesis.doc"]


def test_a_file_is_refused(target):
    target.write_text("a file")
    with pytest.raises(OutputError, match="not a folder"), reserve_case(target, overwrite=True):
        pytest.fail("the block must not run")
    assert target.read_text() == "a file"


def test_a_missing_parent_is_refused(target):
    with (
        pytest.raises(OutputError, match="does not exist; create it"),
        reserve_case(target / "deeper" / "case"),
    ):
        pytest.fail("the block must not run")


def test_a_folder_that_may_not_be_written_to_is_refused(target, monkeypatch):
    monkeypatch.setattr(reservation.os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(OutputError, match="you may not write"), reserve_case(target):
        pytest.fail("the block must not run")


def test_a_root_folder_is_refused():
    with pytest.raises(OutputError, match="give a name"), reserve_case("/"):
        pytest.fail("the block must not run")


def test_a_name_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(OutputError, match="shorter name"), reserve_case(tmp_path / ("x" * 250)):
        pytest.fail("the block must not run")


def test_a_link_stays_a_link_and_its_folder_is_replaced(target, tmp_path):
    fill(tmp_path / "elsewhere", OLDER)
    target.symlink_to(tmp_path / "elsewhere")
    write(target, CASE, overwrite=True)
    assert target.is_symlink()
    assert note(tmp_path / "elsewhere") == "new"


def test_a_relative_name_is_taken_from_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with reserve_case("case-01") as folder:
        fill(folder, CASE)
    assert note(tmp_path / "case-01") == "new"


def test_a_second_run_into_the_same_place_is_refused_at_once(target):
    with reserve_case(target) as folder:
        with pytest.raises(OutputError, match="another run is writing"), reserve_case(target):
            pytest.fail("the block must not run")
        fill(folder, CASE)
    assert note(target) == "new"


def test_of_many_runs_at_once_one_wins_and_all_others_say_why_not(target):
    start, outcomes = threading.Barrier(8), []

    def run(number):
        start.wait()
        try:
            with reserve_case(target) as folder:
                fill(folder, CASE | {"note": str(number)})
            outcomes.append("done")
        except OutputError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1
    refused = [outcome for outcome in outcomes if outcome != "done"]
    assert all("another run" in outcome or "exists" in outcome for outcome in refused)
    assert names(target.parent) == ["case-01"]


def test_runs_into_different_places_do_not_meet(target):
    with reserve_case(target) as one, reserve_case(target.with_name("case-02")) as two:
        fill(one, CASE)
        fill(two, CASE)
    assert names(target.parent) == ["case-01", "case-02"]


def test_what_a_dead_run_left_is_removed_by_the_next(target):
    fill(target.with_name(".case-01.mouldgen-new-0123abcd"), CASE)
    target.with_name(".case-01.mouldgen-lock").touch()
    write(target, CASE)
    assert names(target.parent) == ["case-01"]


def test_an_older_case_that_a_dead_run_moved_aside_comes_back(target):
    fill(target.with_name(".case-01.mouldgen-old-0123abcd"), OLDER)
    with pytest.raises(OutputError, match="--overwrite"), reserve_case(target):
        pytest.fail("the block must not run")
    assert note(target) == "old"
    assert names(target.parent) == ["case-01"]


def test_folders_of_other_names_are_left_alone(target):
    others = [
        ".case-01.mouldgen-new-0123abcd-mine",
        ".case-011.mouldgen-new-0123abcd",
        ".case-01.mouldgen-newer",
    ]
    for other in others:
        fill(target.with_name(other), OLDER)
    write(target, CASE)
    assert names(target.parent) == sorted([*others, "case-01"])


def test_an_interrupt_while_it_tidies_up_leaves_nothing_either(target, monkeypatch):
    remove, calls = reservation.remove_folder, []

    def interrupted_once(folder):
        calls.append(folder)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remove(folder)

    monkeypatch.setattr(reservation, "remove_folder", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        write(target, CASE, then=ZeroDivisionError)
    assert names(target.parent) == []


def test_handlers_of_signals_are_as_before_afterwards(target):
    before = signal.getsignal(signal.SIGTERM)
    with reserve_case(target) as folder:
        assert signal.getsignal(signal.SIGTERM) is not before
        fill(folder, CASE)
    assert signal.getsignal(signal.SIGTERM) is before


def test_handlers_of_the_user_are_kept(target):
    def mine(_number, _frame):
        """Do nothing."""

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with reserve_case(target) as folder:
            assert signal.getsignal(signal.SIGTERM) is mine
            fill(folder, CASE)
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(target, number):
    fill(target, OLDER)
    program = (
        "import sys, time\n"
        "from mouldgen.export.reservation import reserve_case\n"
        "with reserve_case(sys.argv[1], overwrite=True) as folder:\n"
        "    (folder / 'manifest.json').write_text('half')\n"
        "    print('inside', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(target)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout.readline() == b"inside\n"
        os.kill(process.pid, number)
        assert process.wait(20) != 0
    assert names(target.parent) == ["case-01"]
    assert note(target) == "old"
