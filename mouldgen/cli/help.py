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

from mouldgen.cli.options import ANGLE, CUTS, FIT, HABITATS, OUTPUT, PARTS, PRESETS, SAMPLING, SPECIMEN

__all__ = ["CONTEXT_SETTINGS", "GroupedCommand", "help_page"]

HELP_OPTIONS = ("-h", "--help")
CONTEXT_SETTINGS = {"help_option_names": list(HELP_OPTIONS), "max_content_width": 100}

ARGUMENTS = "Arguments"
PANELS = (ARGUMENTS, SPECIMEN, ANGLE, CUTS, FIT, PARTS, SAMPLING, HABITATS, PRESETS, OUTPUT)


class GroupedCommand(TyperCommand):
    """A command whose help lists its options by panel, and whose usage names all that it needs."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write for instance ``mouldgen make SEG -o CASE [OPTIONS]``."""
        words = [_usage_word(parameter) for parameter in self.params]
        formatter.write_usage(ctx.command_path, " ".join(filter(None, (*words, "[OPTIONS]"))))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write a section for every panel that has options."""
        sections: dict[str, list[tuple[str, str]]] = {panel: [] for panel in PANELS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections[_panel(parameter)].append(record)
        for panel, records in sections.items():
            if records:
                with formatter.section(panel):
                    formatter.write_dl(records)


def help_page(app: typer.Typer, arguments: Sequence[str]) -> str | None:
    """Return the help that the arguments ask for, or None if they ask for none."""
    if arguments and not set(HELP_OPTIONS) & set(arguments):
        return None
    group = get_command(app)
    context = typer.Context(group, info_name="mouldgen", **CONTEXT_SETTINGS)  # type: ignore[arg-type]
    if not arguments or arguments[0].startswith("-"):
        return str(group.get_help(context))
    command = group.commands.get(arguments[0]) if isinstance(group, TyperGroup) else None
    if command is None:
        return None
    return str(command.get_help(typer.Context(command, parent=context, info_name=command.name)))


def _panel(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return ARGUMENTS
    return getattr(parameter, "rich_help_panel", None) or OUTPUT


def _usage_word(parameter: Any) -> str | None:
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    return f"{parameter.opts[0]} {parameter.metavar}" if parameter.required else None
