"""``mouldgen inspect``: what is in a file, and what looks odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import options as opt
from mouldgen.cli.findings import finding_table
from mouldgen.cli.terminal import show, show_json
from mouldgen.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from mouldgen.io.inspection import FolderReport, VolumeReport

__all__ = ["inspect"]


def inspect(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Files of any format that is read, folders of DICOM files, or FOLDER#2 for one series.",
            metavar="FILE...",
            show_default=False,
        ),
    ],
    *,
    json: opt.Json = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """Show grid, spacing, axes and labels of files, and what looks odd.

    A file that cannot be read does not keep the others from being shown.
    """
    from mouldgen.io.inspection import inspect_input

    reports: list[VolumeReport | FolderReport] = []
    errors: list[InputError] = []
    for path in files:
        try:
            reports.append(inspect_input(path))
        except InputError as error:
            errors.append(error)
    if json:
        show_json({"files": [report.to_dict() for report in reports]})
    else:
        for report in reports:
            _show(report)
    if errors:
        raise InputError("; ".join(str(error) for error in errors))


def _show(report: VolumeReport | FolderReport) -> None:
    from mouldgen.io.inspection import FolderReport

    if isinstance(report, FolderReport):
        _show_folder(report)
    else:
        _show_volume(report)


def _show_folder(report: FolderReport) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("number", "modality", "files", "description", "extent"):
        table.add_column(column, justify="right" if column in {"number", "files"} else "left")
    for row in report.series:
        cells = (str(row.number), row.modality, str(row.files), row.description or "-", row.extent)
        table.add_row(*cells)
    show(Text.assemble((report.folder, "bold"), f"  {len(report.series)} series"), table)
    if report.findings:
        show("", finding_table(report.findings))
    show("")


def _show_volume(report: VolumeReport) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    for name, text in _grid_rows(report):
        grid.add_row(name, text)
    show(Text.assemble((report.file, "bold"), f"  {report.format}, {report.pixel_type}"), grid)
    if report.labels:
        show("", _label_table(report))
    if report.findings:
        show("", finding_table(report.findings))
    show("")


def _grid_rows(report: VolumeReport) -> Iterator[tuple[str, str]]:
    hand = "right" if report.is_right_handed else "left"
    oblique = f", {report.oblique_deg:.1f} degrees oblique" if report.oblique_deg >= 0.05 else ""
    yield "size", " x ".join(str(count) for count in report.size)
    yield "spacing", _sides(report.spacing_mm, "g") + " mm"
    yield "axes", f"{report.axes}{oblique}, {hand}-handed"
    yield "origin", f"{_sides(report.origin_lps, '.2f', ', ')} mm in LPS"
    if report.values is not None:
        yield "values", f"{report.values.minimum:g} to {report.values.maximum:g}, mean {report.values.mean:g}"


def _label_table(report: VolumeReport) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("label", "name", "voxels", "mL", "extent L x P x S mm", "parts", "touches"):
        table.add_column(column, justify="left" if column in {"name", "touches"} else "right")
    for label in report.labels:
        table.add_row(
            str(label.label),
            label.name or "-",
            f"{label.voxels:,}",
            f"{label.volume_ml:.2f}",
            _sides(label.extent_mm, ".1f"),
            str(label.parts),
            ", ".join(label.borders) or "-",
        )
    return table


def _sides(values: Iterable[float], form: str, between: str = " x ") -> str:
    return between.join(format(round(value, 4), form) for value in values)
