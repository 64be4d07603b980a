"""``mouldgen demo``: the main job on a specimen that ships with the program."""

from __future__ import annotations

from mouldgen.cli import options as opt
from mouldgen.cli import part_options as part
from mouldgen.cli import site_options as site
from mouldgen.cli.making import RunChoices, make_case

__all__ = ["demo"]


def demo(
    output: opt.Output,
    *,
    plane: opt.CutPlane = None,
    tilt: opt.Tilt = None,
    normal: opt.Normal = None,
    base: opt.Base = None,
    slab: opt.SlabThickness = None,
    lid: part.Lid = None,
    tie: part.Tie = None,
    inlays: part.Inlays = None,
    drains: part.Drains = None,
    finger_holes: part.FingerHoles = None,
    feet: part.Feet = None,
    sites: site.Sites = None,
    punch: site.Punch = None,
    cassette: site.Cassette = None,
    paper: site.PaperSize = None,
    preset: opt.PresetName = None,
    printer: opt.PrinterName = None,
    config: opt.Config = None,
    assignments: opt.Assignments = None,
    overwrite: opt.Overwrite = False,
    json: opt.Json = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
    no_pictures: opt.NoPictures = False,
) -> None:
    """Make the mould of a built-in specimen.

    It is a lobed tumour with three habitats and one image, made in memory.
    """
    parameters = opt.parameters_from(
        {"preset": preset, "printer": printer, "cassette": cassette},
        config,
        assignments,
        {
            "case": "demo",
            "orientation.plane": plane,
            "orientation.tilt_deg": tilt,
            "orientation.normal_lps": normal,
            "orientation.base": base,
            "cuts.slab_mm": slab,
            **part.part_values(
                lid=lid,
                tie=tie,
                inlays=inlays,
                drains=drains,
                finger_holes=finger_holes,
                feet=feet,
            ),
            **site.site_values(sites=sites, punch=punch, paper=paper),
        },
    )
    from mouldgen.testing.phantoms import demo_specimen

    choices = RunChoices(
        folder=output, overwrite=overwrite, strict=strict, quiet=quiet, json=json, pictures=not no_pictures
    )
    make_case(lambda _on_stage: demo_specimen(), parameters, choices)
