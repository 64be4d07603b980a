"""The command line: parse, call, show, exit code. Nothing heavy is imported before it is needed."""

from __future__ import annotations

from mouldgen.cli.app import main, run_program

__all__ = ["main", "run_program"]
