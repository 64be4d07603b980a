"""Fill in what the program itself knows: an mkdocs hook.

A page that holds ``<!-- generated: NAME -->`` gets the Markdown that the function for NAME makes from
the code, so that tables of parameters, options, errors and findings cannot fall behind it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import Any

import mouldgen.errors
from mouldgen.params import (
    DesignParameters,
    ParameterDescription,
    describe_parameters,
    list_presets,
    load_preset,
)

__all__ = ["fill", "on_page_markdown"]

_MARKER = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
_TEMPLATES = {
    "presets": "Organs",
    "printers": "Printers",
    "cassettes": "Cassettes",
    "lims": "Laboratory systems",
}
_PACKAGE = Path(mouldgen.errors.__file__).parent


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in a page; mkdocs calls this for every one."""
    return fill(markdown)


def fill(markdown: str) -> str:
    """Return the page with every marker replaced."""
    return _MARKER.sub(lambda match: _PIECES[match[1]](), markdown)


def parameters() -> str:
    """Return a table for every section of the parameters."""
    sections: dict[str, list[tuple[str, ...]]] = {}
    for parameter in describe_parameters():
        section, _, name = parameter.key.rpartition(".")
        source = f" *Default: {_cell(parameter.source)}.*" if parameter.source else ""
        row = (f"`{name}`", _toml(parameter.default), parameter.unit, _range(parameter))
        sections.setdefault(section, []).append((*row, _cell(parameter.help) + source))
    parts = []
    for section, rows in sections.items():
        if section:
            parts.append(f"## `{section}`\n\n{getattr(DesignParameters(), section).__doc__}\n")
        parts.append(_table(("Name", "Default", "Unit", "Range", "Meaning"), rows))
    return "\n".join(parts)


def presets() -> str:
    """Return what every template sets, with its source."""
    parts = []
    for kind, title in _TEMPLATES.items():
        parts.append(f"## {title}\n")
        for name in list_presets(kind):
            preset = load_preset(kind, name)
            parts.append(f"### `{name}`\n\n{preset.summary}\n")
            rows = [(f"`{key}`", _toml(value), source) for key, value, source in preset.entries]
            parts.append(_table(("Parameter", "Value", "Source"), rows))
    return "\n".join(parts)


def printers() -> str:
    """Return the process values of all printers side by side."""
    names = list_presets("printers")
    values = {name: load_preset("printers", name).values()["printer"] for name in names}
    described = {p.key: p for p in describe_parameters()}
    rows = []
    for key in next(iter(values.values())) | values[names[-1]]:
        if key == "name":
            continue
        unit = described[f"printer.{key}"].unit
        cells = (_printer_value(values[name].get(key)) for name in names)
        rows.append((f"`printer.{key}`" + (f", {unit}" if unit else ""), *cells))
    return _table(("", *(f"`{name}`" for name in names)), rows)


def _printer_value(value: Any) -> str:
    if value is None:
        return "-"
    return " x ".join(f"{side:g}" for side in value) if isinstance(value, list) else f"{value:g}"


def commands() -> str:
    """Return every command with its arguments and options, in the groups that its help shows."""
    import typer

    from mouldgen.cli.app import app

    group: Any = typer.main.get_command(app)
    parts = []
    for name, command in group.commands.items():
        parts.append(f"## `mouldgen {name}`\n\n{command.help.strip()}\n\n    {_usage(name, command)}\n")
        for panel in dict.fromkeys(_panel(parameter) for parameter in command.params):
            rows = [(_declaration(p), _cell(p.help)) for p in command.params if _panel(p) == panel]
            parts.append(_table((panel, "What it does"), rows))
    return "\n".join(parts)


def exit_codes() -> str:
    """Return the exit codes and the exceptions that lead to them."""
    codes = mouldgen.errors.ExitCode
    classes = {name: getattr(mouldgen.errors, name) for name in mouldgen.errors.__all__}
    rows = []
    for code in codes:
        names = [name for name, raised in classes.items() if getattr(raised, "exit_code", None) == code]
        exceptions = ", ".join(f"`{name}`" for name in names) or "-"
        rows.append((str(int(code)), exceptions, _EXIT_MEANINGS[code.name]))
    return _table(("Exit code", "Exception", "Meaning"), rows)


def findings() -> str:
    """Return every finding that the code can report: code, severity, where, and its message."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for code, severity, module, message in _findings():
        found.setdefault((code, severity, module), []).append(_cell(message))
    rows = [(f"`{key[0]}`", key[1], f"`{key[2]}`", "<br>".join(found[key])) for key in sorted(found)]
    return _table(("Code", "Severity", "Found by", "Message"), rows)


def map_schema() -> str:
    """Return a table of every key of ``sampling_map.json``."""
    from mouldgen.export.map_document import schema_text

    schema = json.loads(schema_text())
    return _table(("Key", "Type", "Meaning"), list(_schema_rows(schema, schema.get("$defs", {}), "")))


_EXIT_MEANINGS = {
    "DONE": "Done. Read the findings all the same.",
    "BUG": "A mistake in mouldgen. `--debug` shows the traceback; please report it.",
    "USAGE": "The command line was not understood: an unknown option or a missing argument.",
    "INPUT": "A file, or what it holds, cannot be used; or the case folder cannot be written.",
    "PARAMETER": "A parameter is unknown, missing or out of range.",
    "GEOMETRY": "What was asked for cannot be built.",
    "CHECK_FAILED": "A finding is an error, or with `--strict` a warning. Nothing is written then.",
    "EXTRA_MISSING": "An optional library is missing; the message names the extra that brings it.",
    "INTERRUPTED": "Stopped with Ctrl-C. Nothing half-made is left under the final name.",
}


def _range(parameter: ParameterDescription) -> str:
    """Return the limits of a number, or the values to choose from."""
    value: Any = reduce(getattr, parameter.key.split("."), DesignParameters())
    if isinstance(value, StrEnum):
        return ", ".join(f"`{member.value}`" for member in type(value))
    return parameter.limits


def _toml(value: Any) -> str:
    """Return a value as TOML writes it, which for the values in use is also JSON."""
    return "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _usage(name: str, command: Any) -> str:
    needed = [
        parameter.metavar if _is_argument(parameter) else f"{parameter.opts[0]} {parameter.metavar}"
        for parameter in command.params
        if parameter.required
    ]
    return " ".join(("mouldgen", name, *needed, "[OPTIONS]"))


def _is_argument(parameter: Any) -> bool:
    return not parameter.opts[0].startswith("-")


def _panel(parameter: Any) -> str:
    return parameter.rich_help_panel or ("Argument" if _is_argument(parameter) else "Options")


def _declaration(parameter: Any) -> str:
    """Return how an argument or option is written."""
    if _is_argument(parameter):
        return f"`{parameter.metavar}`"
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    return names if parameter.is_flag else _cell(f"{names} `{parameter.metavar}`")


def _findings() -> Iterator[tuple[str, str, str, str]]:
    """Find where the package makes a finding: code, severity, module, message."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(_PACKAGE.rglob("*.py"))}
    makers = dict(maker for tree in trees.values() for maker in _finding_makers(tree))
    for path, tree in trees.items():
        module = ".".join(path.relative_to(_PACKAGE).with_suffix("").parts)
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=function, args=[ast.Constant(value=str() as code), message]):
                    severity = makers.get(ast.unparse(function))
                    if severity:
                        yield code, severity, module, _text_of(message)


def _finding_makers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Return what makes findings, and of which severity: ``Finding.error`` and functions that wrap it."""
    for severity in ("info", "warning", "error"):
        yield f"Finding.{severity}", severity
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(
                name=name, body=[*_, ast.Return(value=ast.Call(func=function, args=[code, _]))]
            ):
                called = ast.unparse(function)
                if called.startswith("Finding.") and isinstance(code, ast.Name):
                    yield name, called.removeprefix("Finding.")


def _text_of(node: ast.expr) -> str:
    """Return a literal or formatted text, with an ellipsis for every value in it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "…"


def _schema_rows(
    schema: dict[str, Any], definitions: dict[str, Any], prefix: str
) -> Iterator[tuple[str, str, str]]:
    for name, field in schema.get("properties", {}).items():
        resolved = _resolved(field, definitions)
        kind, inner = _kind(resolved, definitions)
        yield f"`{prefix}{name}`", kind, _cell(field.get("description") or resolved.get("description"))
        suffix = "[]." if resolved.get("type") == "array" else "."
        yield from _schema_rows(inner, definitions, f"{prefix}{name}{suffix}")


def _resolved(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in field:
        return dict(definitions[field["$ref"].rpartition("/")[2]])
    return field


def _kind(field: dict[str, Any], definitions: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return what a field holds in words, and the schema of the objects in it."""
    if "anyOf" in field:
        names = [_kind(_resolved(option, definitions), definitions)[0] for option in field["anyOf"]]
        return " or ".join(names), {}
    if "const" in field:
        return f"`{field['const']}`", {}
    if field.get("type") == "array":
        if "prefixItems" in field:
            member = _kind(field["prefixItems"][0], definitions)[0]
            many = f"x {member}" if member[0].isdigit() else f"{member}s"
            return f"{len(field['prefixItems'])} {many}", {}
        inner = _resolved(field["items"], definitions)
        member = _kind(inner, definitions)[0].replace("list of", "lists of")
        return f"list of {member}" + ("s" if member.isalpha() else ""), inner
    return field.get("type", "any"), field


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


_PIECES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "exit_codes": exit_codes,
    "findings": findings,
    "map_schema": map_schema,
    "parameters": parameters,
    "presets": presets,
    "printers": printers,
}
