"""The application, its commands, and what an error becomes on the way out."""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Never

import typer

from mouldgen.cli.check import check
from mouldgen.cli.demo import demo
from mouldgen.cli.habitat_model import habitat_model
from mouldgen.cli.habitats import habitats
from mouldgen.cli.help import CONTEXT_SETTINGS, GroupedCommand, help_page
from mouldgen.cli.inspect import inspect
from mouldgen.cli.make import make
from mouldgen.cli.orient import orient
from mouldgen.cli.presets import presets
from mouldgen.cli.sites import sites
from mouldgen.errors import ExitCode, MouldgenError

__all__ = ["app", "main", "run_program"]

_STOPPING = (signal.SIGINT, signal.SIGTERM)

app = typer.Typer(
    name="mouldgen",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT_SETTINGS,
)
for command in (make, demo, habitats, habitat_model, sites, orient, inspect, check, presets):
    app.command(cls=GroupedCommand)(command)


def show_version(wanted: bool) -> None:  # noqa: FBT001  (typer calls it with the flag)
    """Print the version and stop."""
    if wanted:
        from mouldgen import __version__

        typer.echo(f"mouldgen {__version__}")
        raise typer.Exit


@app.callback()
def start(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and stop.", callback=show_version, is_eager=True),
    ] = False,
) -> None:
    """Cutting moulds and sampling maps that tie imaging habitats to pathology slabs.

    For research; not a medical device.
    """


def main() -> None:
    """Run the command line and leave with one of the exit codes of `mouldgen.errors`."""
    _stop_on_signals()
    _write_any_text()
    debug = "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")
    try:
        _run(sys.argv[1:])
    except SystemExit as stop:
        if stop.code == ExitCode.INTERRUPTED:
            _say("interrupted; no half-made folder was left")
        raise
    except BrokenPipeError:  # the reader has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001  (a bug gets one message, too)
        if debug:
            sys.excepthook(type(error), error, error.__traceback__)
        _leave(error)


def run_program() -> None:
    """Run `main` as a program of its own.

    One that is done, or interrupted, leaves without Python's own tidying: it takes a sixth of a second after
    a design, and libraries crash in it while their threads are still at work.
    """
    _spare_the_second_core()
    try:
        main()
    except SystemExit as stop:
        if stop.code in (ExitCode.DONE, ExitCode.INTERRUPTED) and _flushed():
            os._exit(int(stop.code))
        raise


def _flushed() -> bool:
    """Write out what is left to be shown; return False if that fails, which Python then reports."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return False
    return True


def _run(arguments: Sequence[str]) -> None:
    page = help_page(app, arguments)
    if page is None:
        app(prog_name="mouldgen")
    else:
        typer.echo(page)


def _leave(error: Exception) -> Never:
    """Say in one message what is wrong, and leave with its exit code."""
    if isinstance(error, MouldgenError):
        _say(f"error: {error}")
        sys.exit(int(error.exit_code))
    if isinstance(error, MemoryError):
        _say("error: there is not enough memory; a coarser grid needs less: --set surface.grid_mm=1")
        sys.exit(int(ExitCode.GEOMETRY))
    _say(
        f"this is a bug in mouldgen: {type(error).__name__}: {error}\n"
        "Run the same command with --debug and report what it prints."
    )
    sys.exit(int(ExitCode.BUG))


def _say(message: str) -> None:
    sys.stderr.write(f"mouldgen: {message}\n")
    sys.stderr.flush()


def _write_any_text() -> None:
    """Let names that the terminal's encoding does not have be shown with their code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _spare_the_second_core() -> None:
    """Keep linear algebra to one thread, here and in programs that this one starts.

    Its matrices are small, and a second thread spins while it waits for the next one: 0.1 s of processor
    time in every program. OpenBLAS reads the variable when numpy is loaded, which is later.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _stop_on_signals() -> None:
    """Let Ctrl-C and SIGTERM unwind what is running, unless the shell has them ignored."""
    for number in _STOPPING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(_number: int, _frame: FrameType | None) -> Never:
    """Leave once; a second Ctrl-C must not break off the clean-up."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(int(ExitCode.INTERRUPTED))
