import io
import json
import sys

import pytest
from rich.table import Table
from rich.text import Text

from mouldgen.cli.terminal import show, show_json
from mouldgen.errors import OutputError

LONG = "a sentence that is much longer than the eighty columns which a pipe is taken to have, and then some"


class Terminal(io.StringIO):
    """A terminal in memory."""

    def isatty(self) -> bool:
        return True


class FullDisk(io.StringIO):
    """A file on a disk that has no room left."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def table() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("name", LONG)
    grid.add_row("short", "text")
    return grid


def test_plain_output_is_not_wrapped_coloured_or_padded(capsys):
    show(Text("title", "bold"), table())
    assert capsys.readouterr().out == f"title\nname   {LONG}\nshort  text\n"


def test_brackets_and_colons_in_names_are_shown_as_they_are(capsys):
    grid = Table.grid()
    grid.add_row("label [/red] :smile:")
    show("case[bold] :+1:", grid)
    assert capsys.readouterr().out == "case[bold] :+1:\nlabel [/red] :smile:\n"


def test_a_terminal_gets_style_and_lines_that_fit(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show(Text("title", "bold"), table())
    text = terminal.getvalue()
    assert "\x1b[1mtitle\x1b[0m" in text
    assert all(len(line) <= 60 for line in text.splitlines() if "\x1b" not in line)
    assert len(text.splitlines()) > 3


def test_json_is_ascii_whatever_it_holds(capsys):
    show_json({"name": "Nekrose, größer", "value": 1.5})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"name": "Nekrose, größer", "value": 1.5}


@pytest.mark.parametrize("printing", [lambda: show("text"), lambda: show_json({})])
def test_a_full_disk_is_an_output_error(monkeypatch, printing):
    monkeypatch.setattr(sys, "stdout", FullDisk())
    with pytest.raises(OutputError, match="standard output cannot be written: No space left"):
        printing()
