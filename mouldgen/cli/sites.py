"""``mouldgen sites``: plan sites anew for a case whose mould is already made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import options as opt
from mouldgen.cli import site_options as site
from mouldgen.cli.findings import count_findings, finding_rows, finding_table, refuse_fatal
from mouldgen.cli.progress import show_stages
from mouldgen.cli.site_summary import site_figures, site_table
from mouldgen.cli.terminal import show, show_json
from mouldgen.errors import Finding

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.specimen import Specimen

__all__ = ["sites"]

_NOTHING = "none"
"""Word that takes back what a case has reserved, or its given sites."""


def sites(
    case: Annotated[Path, typer.Argument(help="Case folder.", metavar="CASE", show_default=False)],
    *,
    sites: site.Sites = None,
    replicates: site.Replicates = None,
    punch: site.Punch = None,
    depth: site.Depth = None,
    sigma: site.Sigma = None,
    min_probability: site.MinProbability = None,
    reserve: site.Reserve = None,
    sites_from: site.SitesFrom = None,
    cassette: site.Cassette = None,
    lims: site.Lims = None,
    paper: site.PaperSize = None,
    config: opt.Config = None,
    assignments: opt.Assignments = None,
    output: site.OtherOutput = None,
    overwrite: opt.Overwrite = False,
    json: opt.Json = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
    no_pictures: opt.NoPictures = False,
) -> None:
    """Plan sites, blocks and paper of a case anew; its mould stays as it is.

    What is not given stays as it was. 'none' takes back what --reserve FILE or --sites-from gave.
    """
    values = site.site_values(
        sites=sites,
        replicates=replicates,
        punch=punch,
        depth=depth,
        sigma=sigma,
        min_probability=min_probability,
        reserve=reserve,
        paper=paper,
    )
    from mouldgen.export.case_folder import reserve_case
    from mouldgen.export.manifest import read_manifest
    from mouldgen.export.replanning import fill_replanned_case, open_case, replan_sites

    read_manifest(case)  # before its place is reserved: what is no case is said so
    target = output or case
    with (
        show_stages(quiet=quiet) as stages,
        reserve_case(target, overwrite=overwrite or output is None) as temporary,
    ):
        stages.begin("reading")
        opened = open_case(case)
        parameters = opt.parameters_from(
            {"cassette": cassette, "lims": lims},
            config,
            assignments,
            values,
            base=opened.lab.parameters.to_dict(),
        )
        specimen = _with_inputs(opened.lab.specimen, site.reserved_file(reserve), sites_from)
        stages.begin("sites")
        lab = replan_sites(opened.lab, parameters, specimen)
        stages.end()
        refuse_fatal(_findings(lab), strict=strict)
        written = fill_replanned_case(
            opened,
            lab,
            temporary,
            sources=specimen.sources,
            pictures=not no_pictures,
            on_stage=stages.begin,
            seconds=stages.seconds,
        )
        refuse_fatal(written.findings, strict=strict)
    _show(lab, (*_findings(lab), *written.findings), str(target), json=json, quiet=quiet)


def _with_inputs(specimen: Specimen, reserved: str | None, sites_from: str | None) -> Specimen:
    """Return the specimen with what was given for sites; its sources and findings are those of that alone."""
    from mouldgen.io.site_inputs import add_site_inputs

    specimen = replace(specimen, sources=(), findings=())
    if reserved == _NOTHING:
        specimen = replace(specimen, reserved=None)
    if sites_from == _NOTHING:
        specimen = replace(specimen, given_sites=())
    return add_site_inputs(
        specimen,
        reserved=None if reserved == _NOTHING else reserved,
        sites=None if sites_from == _NOTHING else sites_from,
    )


def _findings(lab: LaboratoryCase) -> tuple[Finding, ...]:
    """Return what the plan of sites found; the mould's findings were said when it was made."""
    from mouldgen.export.map_of_sites import site_findings

    return site_findings(lab.document)


def _show(lab: LaboratoryCase, findings: Iterable[Finding], folder: str, *, json: bool, quiet: bool) -> None:
    findings = tuple(findings)
    if json:
        figures = site_figures(lab.document)
        show_json(
            {
                "folder": folder,
                "case_id": lab.document.case_id,
                "design_hash": lab.document.design_hash,
                **figures,
                "findings": finding_rows(findings),
            }
        )
    elif not quiet:
        show(
            f"{folder}: {len(lab.document.sites)} sites, {count_findings(findings)}",
            "",
            site_table(lab.document),
        )
        if findings:
            show("", finding_table(findings))
