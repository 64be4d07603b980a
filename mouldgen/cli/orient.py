"""``mouldgen orient``: which pose serves best, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mouldgen.cli import options as opt
from mouldgen.cli import pose_options as pose
from mouldgen.cli.pose_choice import BEST
from mouldgen.cli.progress import show_stages
from mouldgen.cli.terminal import show, show_json

if TYPE_CHECKING:
    from rich.table import Table

    from mouldgen.params import Plane
    from mouldgen.poses.search import PoseSearch, RankedPose

__all__ = ["orient"]


def orient(
    segmentation: Annotated[
        str,
        typer.Argument(
            help="Segmentation, as for make.",
            metavar="SEG",
            show_default=False,
        ),
    ],
    *,
    label: opt.Labels = None,
    roi: opt.Rois = None,
    habitats: opt.Habitats = None,
    margin: opt.Margin = None,
    lesion: opt.Lesion = None,
    cropped: opt.Cropped = None,
    plane: pose.Planes = None,
    normal: opt.Normal = None,
    within: pose.Within = None,
    normals: pose.Normals = 240,
    sides: pose.Sides = 12,
    top: pose.Finalists = 3,
    base: opt.Base = None,
    slab: opt.SlabThickness = None,
    blade: opt.Blade = None,
    process: opt.PrintProcess = None,
    clearance: opt.Clearance = None,
    preset: opt.PresetName = None,
    printer: opt.PrinterName = None,
    config: opt.Config = None,
    assignments: opt.Assignments = None,
    picture: pose.Picture = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """Rank poses of a specimen: cutting angles with their best base sides.

    Many poses are estimated; the best and the one asked for are built, and their figures are those of the
    mould that make would write. Weights of the price: --set poses.void_weight=2 and so on.
    """
    planes = [name for name in plane or () if name != BEST]
    parameters = opt.parameters_from(
        {"preset": preset, "printer": printer},
        config,
        assignments,
        {
            "specimen.labels": opt.label_list(label),
            "specimen.rois": roi or None,
            "specimen.lesion": lesion,
            "specimen.margin_mm": margin,
            "specimen.cropped": cropped,
            "orientation.plane": planes[0] if planes else None,
            "orientation.normal_lps": normal,
            "orientation.base": base,
            "cuts.slab_mm": slab,
            "blade.thickness_mm": blade,
            "blade.process": process,
            "fit.clearance_mm": clearance,
        },
    )
    from mouldgen.io.specimen import read_specimen
    from mouldgen.orientation import cut_normal
    from mouldgen.poses.search import PoseRequest, search_poses

    request = PoseRequest(
        within_deg=90.0 if within is None else within,
        planes=_planes(planes) if len(planes) > 1 else (),
        normals=normals,
        sides=sides,
        finalists=max(top, len(planes)),
    )
    with show_stages(quiet=quiet) as stages:
        stages.begin("reading")
        specimen = read_specimen(segmentation, parameters, habitats=habitats)
        found = search_poses(specimen, parameters, request, on_stage=stages.begin)
    if picture is not None:
        from mouldgen.export.pose_map import draw_pose_map

        draw_pose_map(found, cut_normal(parameters.orientation, specimen), request.within_deg, picture)
    if json:
        show_json(_document(found))
    else:
        _show(found)


def _planes(names: list[str]) -> tuple[Plane, ...]:
    from mouldgen.errors import ParameterError
    from mouldgen.params import Plane

    try:
        return tuple(Plane(name) for name in names)
    except ValueError:
        message = f"--plane: expected {', '.join(Plane)}; got {', '.join(names)}"
        raise ParameterError(message) from None


def _document(found: PoseSearch) -> dict[str, Any]:
    return {
        "best": [_row(ranked, found) for ranked in found.best],
        "estimates": [_row(ranked, found) for ranked in found.estimates],
        "skipped": list(found.skipped),
    }


def _row(ranked: RankedPose, found: PoseSearch) -> dict[str, Any]:
    figures, reach = ranked.figures, ranked.figures.habitats
    row: dict[str, Any] = {
        "price": ranked.price,
        "as_asked": ranked is found.asked,
        "normal_lps": list(ranked.pose.normal_lps),
        "base_deg": ranked.pose.base_deg,
        "tilt_deg": round(figures.tilt_deg, 3),
        "void_percent": round(figures.void_percent, 3),
        "contact_share": round(figures.contact_share, 4),
        "rim_mm": round(figures.rim_mm, 2),
        "slabs": figures.slabs,
        "size_mm": [round(side, 1) for side in figures.size_mm],
        "bed": figures.bed.value,
        "plastic_ml": round(figures.plastic_ml, 1),
        "finger_mm": round(figures.finger_mm, 3),
    }
    if reach is not None:
        row |= {
            "habitats_reachable": reach.reachable,
            "habitats": reach.all,
            "worst_hit": round(reach.worst_hit, 4),
            "mean_hit": round(reach.mean_hit, 4),
        }
    return row


def _show(found: PoseSearch) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "price", "off plane", "base", "void", "contact", "rim", "slabs", "bed", "plastic"):
        table.add_column(name, justify="left" if name in {"", "base", "bed"} else "right")
    table.add_column("finger", justify="right")
    _add_habitat_columns(table, found)
    for number, ranked in enumerate(found.best, start=1):
        table.add_row(*_cells(number, ranked))
    tried = f"{len(found.estimates)} angles estimated, {len(found.best)} poses built"
    show(tried, "", table, "")
    for number, ranked in enumerate(found.best, start=1):
        asked = "  (as asked for)" if ranked is found.asked else ""
        x, y, z = ranked.pose.normal_lps
        show(f"{number}  --normal {x:.6f} {y:.6f} {z:.6f} --base {ranked.pose.base_deg:g}{asked}")
    for reason in found.skipped:
        show(f"left out: {reason}")


def _add_habitat_columns(table: Table, found: PoseSearch) -> None:
    if found.best[0].figures.habitats is not None:
        for name in ("habitats", "worst hit", "mean hit"):
            table.add_column(name, justify="right")


def _cells(number: int, ranked: RankedPose) -> Iterator[str]:
    import numpy as np

    from mouldgen.frames import anatomical_name
    from mouldgen.orientation import base_direction

    figures, reach = ranked.figures, ranked.figures.habitats
    side, off_deg = anatomical_name(base_direction(np.array(ranked.pose.normal_lps), ranked.pose.base_deg))
    yield str(number)
    yield f"{ranked.price:.2f}"
    yield f"{figures.tilt_deg:.1f} deg"
    yield side if off_deg < 0.05 else f"{side} ({off_deg:.0f} deg off)"
    yield f"{figures.void_percent:.1f} %"
    yield f"{100 * figures.contact_share:.0f} %"
    yield f"{figures.rim_mm:.1f} mm"
    yield str(figures.slabs)
    yield figures.bed.value
    yield f"{figures.plastic_ml:.0f} mL"
    yield f"{figures.finger_mm:.1f} mm"
    if reach is not None:
        yield f"{reach.reachable} of {reach.all}"
        yield f"{100 * reach.worst_hit:.0f} %"
        yield f"{100 * reach.mean_hit:.0f} %"
