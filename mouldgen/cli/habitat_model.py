"""``mouldgen habitat-model``: one model of habitats for a cohort."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import habitat_options as hab
from mouldgen.cli import options as opt
from mouldgen.cli.findings import count_findings, finding_rows, finding_table, refuse_fatal
from mouldgen.cli.progress import show_stages
from mouldgen.cli.terminal import show, show_json

if TYPE_CHECKING:
    from mouldgen.errors import Finding
    from mouldgen.habitats.model import HabitatModel

__all__ = ["habitat_model"]


def habitat_model(
    cohort: Annotated[
        Path,
        typer.Argument(
            help="CSV with a column segmentation, one for every image, and a row for every patient; files "
            "are relative to it.",
            metavar="COHORT.csv",
            show_default=False,
        ),
    ],
    output: hab.ModelFile,
    *,
    label: opt.Labels = None,
    roi: opt.Rois = None,
    lesion: opt.Lesion = None,
    cropped: opt.Cropped = None,
    modality: hab.Modalities = None,
    register: hab.RegisterTo = None,
    grid: hab.GridSpacing = None,
    features: hab.Features = None,
    window: hab.Window = None,
    count: hab.Count = None,
    method: hab.Method = None,
    seed: hab.Seed = None,
    config: opt.Config = None,
    assignments: opt.Assignments = None,
    overwrite: opt.Overwrite = False,
    json: opt.Json = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
) -> None:
    """Fit one model of habitats to a cohort, so that habitat 2 means the same in all patients.

    Every tumour counts as much as another. 'mouldgen habitats --model' and 'make --habitats auto --model'
    apply it.
    """
    parameters = opt.parameters_from(
        {},
        config,
        assignments,
        {
            "specimen.labels": opt.label_list(label),
            "specimen.rois": roi or None,
            "specimen.lesion": lesion,
            "specimen.cropped": cropped,
            **hab.habitat_values(
                modality=modality,
                register=register,
                grid=grid,
                features=features,
                window=window,
                count=count,
                method=method,
                seed=seed,
            ),
        },
    )
    from mouldgen.export.habitats.model_file import check_model_place, write_model
    from mouldgen.io.cohort_table import read_cohort_table
    from mouldgen.io.computed_habitats import fit_to_cohort

    check_model_place(output, overwrite=overwrite)
    with show_stages(quiet=quiet) as stages:
        model, findings = fit_to_cohort(read_cohort_table(cohort), parameters, on_stage=stages.begin)
    refuse_fatal(findings, strict=strict)
    write_model(model.to_json_text(), output, overwrite=overwrite)
    if json:
        show_json(
            {
                "model": str(output),
                "cases": model.cases,
                "habitats": list(model.names),
                "findings": finding_rows(findings),
            }
        )
    elif not quiet:
        _show(model, findings, output)


def _show(model: HabitatModel, findings: tuple[Finding, ...], output: Path) -> None:
    patients = f"{model.cases} patient{'s' if model.cases > 1 else ''}"
    show(f"{output}: {len(model.names)} habitats of {patients}; {count_findings(findings)}", "")
    for label, name in enumerate(model.names, start=1):
        weight = model.components.weights[label - 1]
        show(f"{label}  {name}, {100 * weight:.0f} % of the voxels")
    if findings:
        show("", finding_table(findings))
