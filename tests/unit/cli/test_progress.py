import io
import sys
import time

import pytest

from mouldgen.cli.progress import StageProgress, show_stages


class Terminal(io.StringIO):
    """A terminal in memory."""

    def isatty(self) -> bool:
        return True


def test_every_stage_is_timed_until_the_next_begins():
    stages = StageProgress()
    stages.begin("reading")
    time.sleep(0.02)
    stages.begin("surface")
    stages.end()
    stages.end()
    assert list(stages.seconds) == ["reading", "surface"]
    assert stages.seconds["reading"] >= 0.02 > stages.seconds["surface"]


def test_a_stage_that_runs_twice_adds_up():
    stages = StageProgress()
    for _ in range(2):
        stages.begin("map")
        time.sleep(0.01)
    stages.end()
    assert stages.seconds["map"] >= 0.02


@pytest.mark.parametrize(("quiet", "is_shown"), [(False, True), (True, False)])
def test_the_running_stage_is_shown_on_a_terminal_unless_quiet(monkeypatch, quiet, is_shown):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with show_stages(quiet=quiet) as stages:
        stages.begin("surface")
        time.sleep(0.25)
    assert ("surface" in terminal.getvalue()) is is_shown


def test_nothing_is_shown_where_stderr_is_no_terminal(capsys):
    with show_stages(quiet=False) as stages:
        stages.begin("surface")
        time.sleep(0.15)
    assert capsys.readouterr().err == ""
