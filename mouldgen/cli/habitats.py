"""``mouldgen habitats``: from images and a tumour's outline to habitats that can be sampled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import habitat_options as hab
from mouldgen.cli import options as opt
from mouldgen.cli import site_options as site
from mouldgen.cli.findings import count_findings, finding_rows, finding_table, refuse_fatal
from mouldgen.cli.habitat_summary import count_words, habitat_figures, habitat_table
from mouldgen.cli.progress import show_stages
from mouldgen.cli.terminal import show, show_json

if TYPE_CHECKING:
    from mouldgen.errors import Finding
    from mouldgen.habitats.computed import ComputedHabitats

__all__ = ["habitats"]


def habitats(
    segmentation: Annotated[
        str, typer.Argument(help="Segmentation, as for make.", metavar="SEG", show_default=False)
    ],
    output: hab.LabelMap,
    *,
    label: opt.Labels = None,
    roi: opt.Rois = None,
    image: hab.Images = None,
    margin: opt.Margin = None,
    lesion: opt.Lesion = None,
    cropped: opt.Cropped = None,
    modality: hab.Modalities = None,
    register: hab.RegisterTo = None,
    grid: hab.GridSpacing = None,
    features: hab.Features = None,
    window: hab.Window = None,
    count: hab.Count = None,
    method: hab.Method = None,
    min_region: hab.MinRegion = None,
    seed: hab.Seed = None,
    model: hab.Model = None,
    slab: opt.SlabThickness = None,
    punch: site.Punch = None,
    preset: opt.PresetName = None,
    config: opt.Config = None,
    assignments: opt.Assignments = None,
    overwrite: opt.Overwrite = False,
    json: opt.Json = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
    no_pictures: opt.NoPictures = False,
) -> None:
    """Compute habitats from images of a segmented tumour.

    Voxels that look alike in all images are grouped, groups made whole regions that a punch can take, and all
    of it repeated under noise to see what stays. Every choice is written into NAME.json.
    """
    parameters = opt.parameters_from(
        {"preset": preset},
        config,
        assignments,
        {
            "specimen.labels": opt.label_list(label),
            "specimen.rois": roi or None,
            "specimen.lesion": lesion,
            "specimen.margin_mm": margin,
            "specimen.cropped": cropped,
            "cuts.slab_mm": slab,
            "sites.punch_mm": punch,
            **hab.habitat_values(
                modality=modality,
                register=register,
                grid=grid,
                features=features,
                window=window,
                count=count,
                method=method,
                min_region=min_region,
                seed=seed,
            ),
        },
    )
    images = opt.pairs(image, "--image", "t2=t2.nii.gz") or {}
    from mouldgen.export.habitats.placing import reserve_habitats
    from mouldgen.io.computed_habitats import compute_for_specimen, habitat_map
    from mouldgen.io.specimen import read_specimen

    with show_stages(quiet=quiet) as stages, reserve_habitats(output, overwrite=overwrite) as places:
        from mouldgen.export.habitat_volumes import write_habitat_volume
        from mouldgen.export.habitats.files import write_habitats

        stages.begin("reading")
        specimen = read_specimen(segmentation, parameters, images=images)
        computed, sources = compute_for_specimen(specimen, parameters, model=model, on_stage=stages.begin)
        findings = (*specimen.findings, *computed.findings)
        refuse_fatal(findings, strict=strict)
        stages.begin("files")
        told = parameters.with_structures_named(specimen.withheld)
        write_habitats(computed, told, sources, places, pictures=not no_pictures)
        write_habitat_volume(habitat_map(computed), places.label_map)
        stages.end()
    if json:
        show_json({"label_map": str(output), **habitat_figures(computed), "findings": finding_rows(findings)})
    elif not quiet:
        _show(computed, findings, output)


def _show(computed: ComputedHabitats, findings: tuple[Finding, ...], output: Path) -> None:
    show(f"{output}: {count_words(computed)}; {count_findings(findings)}", "", habitat_table(computed))
    if findings:
        show("", finding_table(findings))
    folder = output.with_suffix("")
    show(
        "",
        f"look at {folder / 'slices.png'}; then: mouldgen make SEG -o CASE --habitats {output} "
        f"--certainty {folder / 'certainty.nrrd'}",
    )
