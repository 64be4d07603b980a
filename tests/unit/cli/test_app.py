import os
import signal
import warnings

import pytest

from mouldgen.errors import (
    CheckFailed,
    GeometryError,
    InputError,
    MissingExtraError,
    OutputError,
    ParameterError,
)


@pytest.fixture
def failing(monkeypatch, mouldgen):
    """Return a function that runs a command whose work ends with an exception."""

    def run(action, *options):
        monkeypatch.setattr("mouldgen.export.case_check.check_case", lambda _folder, **_options: action())
        return mouldgen("check", "case", *options)

    return run


def raising(error):
    def action():
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("no file"), 3),
        (OutputError("no room"), 3),
        (ParameterError("too thin"), 4),
        (GeometryError("cannot be built"), 5),
        (CheckFailed("does not hold"), 6),
        (MissingExtraError("not installed"), 7),
    ],
)
def test_an_error_becomes_one_message_and_its_exit_code(failing, error, code):
    said = failing(raising(error))
    assert (said.out, said.err, said.code) == ("", f"mouldgen: error: {error}\n", code)


def test_an_error_shows_its_traceback_with_debug(failing):
    said = failing(raising(InputError("no file")), "--debug")
    assert "Traceback (most recent call last)" in said.err
    assert said.err.endswith("mouldgen: error: no file\n")
    assert said.code == 3


def test_a_bug_says_that_it_is_one_and_asks_for_debug(failing):
    said = failing(raising(ZeroDivisionError("division by zero")))
    assert said.err == (
        "mouldgen: this is a bug in mouldgen: ZeroDivisionError: division by zero\n"
        "Run the same command with --debug and report what it prints.\n"
    )
    assert said.code == 1


def test_too_little_memory_says_what_needs_less(failing):
    said = failing(raising(MemoryError("Unable to allocate 9 TiB")))
    assert said.err.startswith("mouldgen: error: there is not enough memory; a coarser grid needs less: ")
    assert said.code == 5


def test_a_bug_shows_its_traceback_with_debug(failing):
    said = failing(raising(ZeroDivisionError("division by zero")), "--debug")
    assert "Traceback (most recent call last)" in said.err
    assert said.code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_130_and_without_traceback(failing, number):
    said = failing(lambda: os.kill(os.getpid(), number))
    assert (said.out, said.err) == ("", "mouldgen: interrupted; no half-made folder was left\n")
    assert said.code == 130


def test_a_second_signal_does_not_break_off_the_clean_up(failing):
    cleaned = []

    def action():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            cleaned.append(True)

    assert failing(action).code == 130
    assert cleaned


def test_an_interrupt_that_the_shell_has_ignored_stays_ignored(failing):
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def action():
        os.kill(os.getpid(), signal.SIGINT)
        return ()

    assert failing(action).code == 0


def test_warnings_of_libraries_stay_inside(failing):
    def action():
        warnings.warn("a library changes", DeprecationWarning, stacklevel=1)
        return ()

    said = failing(action)
    assert (said.err, said.code) == ("", 0)
