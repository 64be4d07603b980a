"""``mouldgen presets``: what ships with the program, with every value and its source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.terminal import show, show_json
from mouldgen.errors import ParameterError

if TYPE_CHECKING:
    from rich.table import Table

    from mouldgen.params import Preset

__all__ = ["presets"]

_KINDS = {
    "presets": "Organs, for --preset",
    "printers": "Printers, for --printer",
    "cassettes": "Cassettes, for --cassette",
    "lims": "Laboratory systems, for --lims",
}
_DEFAULT = "default"


def presets(
    name: Annotated[
        str | None, typer.Argument(help="An organ or a printer.", metavar="[NAME]", show_default=False)
    ] = None,
    *,
    json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """List presets, printers, cassettes and laboratory systems, or show the values of one.

    With a NAME every parameter is shown with its source, those that keep their default too.
    """
    if name is None:
        _show_all(json=json)
    else:
        _show_one(_load(name), json=json)


def _show_all(*, json: bool) -> None:
    from rich.text import Text

    from mouldgen.params import list_presets, load_preset

    known = {kind: [load_preset(kind, name) for name in list_presets(kind)] for kind in _KINDS}
    if json:
        show_json({kind: [{"name": p.name, "summary": p.summary} for p in known[kind]] for kind in _KINDS})
        return
    for kind, title in _KINDS.items():
        show(Text(title, "bold"), _table((preset.name, preset.summary) for preset in known[kind]), "")
    show("'mouldgen presets NAME' shows every value and its source.")


def _show_one(preset: Preset, *, json: bool) -> None:
    from rich.text import Text

    rows = list(_value_rows(preset))
    if json:
        show_json({"kind": preset.kind, "name": preset.name, "summary": preset.summary, "values": rows})
        return
    show(Text.assemble((preset.name, "bold"), "  ", preset.summary))
    for origin, title in ((preset.name, f"set by {preset.name}"), (_DEFAULT, "defaults that stay")):
        chosen = ((row["key"], _text(row), row["source"]) for row in rows if row["from"] == origin)
        show("", _table(chosen, heads=(title, "value", "source")))


def _load(name: str) -> Preset:
    """Return the preset, printer, cassette or laboratory system of that name.

    Raises
    ------
    ParameterError
        If there is none; the message suggests some.
    """
    from mouldgen.params import list_presets, load_preset
    from mouldgen.params.problems import did_you_mean

    kinds = {known: kind for kind in _KINDS for known in list_presets(kind)}
    if name not in kinds:
        hint = did_you_mean(name, kinds) or "."
        message = f"there is no preset, printer, cassette or system {name!r}{hint} Known: {', '.join(kinds)}"
        raise ParameterError(message)
    return load_preset(kinds[name], name)


def _value_rows(preset: Preset) -> Iterator[dict[str, Any]]:
    """Yield every parameter: the values of the preset first, then the defaults that it leaves."""
    from mouldgen.params import describe_parameters

    described = {parameter.key: parameter for parameter in describe_parameters()}
    for key, value, source in preset.entries:
        unit = described.pop(key).unit
        yield {"key": key, "value": value, "unit": unit, "source": source, "from": preset.name}
    for key, parameter in described.items():
        yield {
            "key": key,
            "value": parameter.default,
            "unit": parameter.unit,
            "source": parameter.source,
            "from": _DEFAULT,
        }


def _table(rows: Iterable[Iterable[str]], heads: Iterable[str] = ("", "")) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(heads))
    for position, head in enumerate(heads):
        table.add_column(head, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _text(row: dict[str, Any]) -> str:
    """Return a value with its unit."""
    value = row["value"]
    if value in (None, [], {}):
        return "-"
    parts = value if isinstance(value, list | tuple) else [value]
    return f"{', '.join(map(_part_text, parts))} {row['unit']}".rstrip()


def _part_text(part: Any) -> str:
    if isinstance(part, bool):
        return str(part).lower()
    return f"{part:g}" if isinstance(part, float) else str(part)
