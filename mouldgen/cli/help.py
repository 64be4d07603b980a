"""Help pages in plain text, options grouped under headings, at once.

Typer's rich pages cost 80 ms at every start, and its parser loads pydantic to read ``--help`` as a
truth value, another 70: together all of the time that help may take. So the pages are plain, and they
are printed without parsing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

__all__ = ["HELP_OPTIONS", "GroupedCommand", "help_page"]

HELP_OPTIONS = ("-h", "--help")


class GroupedCommand(TyperCommand):
    """A command whose help lists its options by panel."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for every panel, in the order in which they first occur."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                panel = getattr(parameter, "rich_help_panel", None) or _default_panel(parameter)
                sections.setdefault(panel, []).append(record)
        for panel, records in sections.items():
            with formatter.section(panel):
                formatter.write_dl(records)


def _default_panel(parameter: Any) -> str:
    return "Arguments" if parameter.param_type_name == "argument" else "Help"


def help_page(app: typer.Typer, arguments: Sequence[str]) -> str | None:
    """Return the help that the arguments ask for, or None if they ask for none."""
    if arguments and not set(HELP_OPTIONS) & set(arguments):
        return None
    group = get_command(app)
    context = typer.Context(group, info_name="mouldgen", help_option_names=list(HELP_OPTIONS))
    command = group.commands.get(arguments[0]) if arguments and isinstance(group, TyperGroup) else None
    if command is None:
        return str(group.get_help(context))
    return str(command.get_help(typer.Context(command, parent=context, info_name=command.name)))
