"""``mouldgen presets``: what ships with the program, with every value and its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.reporting import console, print_json

if TYPE_CHECKING:
    from mouldgen.params import Preset

__all__ = ["presets"]


def presets(
    name: Annotated[
        str | None, typer.Argument(help="A preset or a printer.", metavar="[NAME]", show_default=False)
    ] = None,
    *,
    json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """List presets and printers, or show the values of one.

    Every value comes with its source.
    """
    rows = _list_rows() if name is None else _preset_rows(_load(name))
    if json:
        print_json({"presets" if name is None else "values": rows})
        return
    _print_table(rows)


def _load(name: str) -> Preset:
    from mouldgen.params import list_presets, load_preset

    kind = "printers" if name in list_presets("printers") else "presets"
    return load_preset(kind, name)


def _list_rows() -> list[dict[str, Any]]:
    from mouldgen.params import list_presets, load_preset

    return [
        {"option": f"--{kind[:-1]}", "name": name, "summary": load_preset(kind, name).summary}
        for kind in ("presets", "printers")
        for name in list_presets(kind)
    ]


def _preset_rows(preset: Preset) -> list[dict[str, Any]]:
    """Return every parameter: the values of the preset first, then the defaults that it leaves."""
    from mouldgen.params import describe_parameters

    own = {key: (value, source) for key, value, source in preset.entries}
    rows = [
        {"parameter": key, "value": value, "unit": _unit(key), "source": source, "from": preset.name}
        for key, (value, source) in own.items()
    ]
    rows += [
        {"parameter": p.key, "value": p.default, "unit": p.unit, "source": p.source, "from": "default"}
        for p in describe_parameters()
        if p.key not in own
    ]
    return rows


def _unit(key: str) -> str:
    from mouldgen.params import describe_parameters

    return next((parameter.unit for parameter in describe_parameters() if parameter.key == key), "")


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in rows[0]:
        table.add_column(column, overflow="fold", no_wrap=column in {"parameter", "name", "option"})
    for row in rows:
        table.add_row(*(_text(value) for value in row.values()))
    console().print(table)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " x ".join(_text(part) for part in value) or "-"
    if value is None or value == {}:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
