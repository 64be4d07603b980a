"""The application, its commands, and what an error becomes on the way out."""

from __future__ import annotations

import signal
import sys
import warnings
from types import FrameType
from typing import Annotated, Never

import typer

from mouldgen.cli.check import check
from mouldgen.cli.demo import demo
from mouldgen.cli.help import HELP_OPTIONS, GroupedCommand, help_page
from mouldgen.cli.inspect import inspect
from mouldgen.cli.make import make
from mouldgen.cli.presets import presets
from mouldgen.errors import ExitCode, MouldgenError

__all__ = ["app", "main"]

app = typer.Typer(
    name="mouldgen",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": list(HELP_OPTIONS)},
)
for command in (make, demo, inspect, check, presets):
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
    page = help_page(app, sys.argv[1:])
    if page is not None:
        typer.echo(page)
        return
    debug = "--debug" in sys.argv
    if not debug:
        warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        app()
    except MouldgenError as error:
        if debug:
            raise
        _leave(f"error: {error}", error.exit_code)
    except KeyboardInterrupt:
        _leave("interrupted; nothing was left behind", ExitCode.INTERRUPTED)
    except Exception as error:
        if debug:
            raise
        _leave(
            f"this is a bug in mouldgen: {type(error).__name__}: {error}\n"
            "Run the same command with --debug and report what it prints.",
            ExitCode.BUG,
        )


def _interrupted(_signal: int, _frame: FrameType | None) -> Never:
    raise KeyboardInterrupt


def _leave(message: str, code: ExitCode) -> Never:
    sys.stderr.write(f"mouldgen: {message}\n")
    sys.exit(int(code))
