"""``mouldgen make``: the main job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mouldgen.cli import extra_options as extra
from mouldgen.cli import habitat_options as hab
from mouldgen.cli import options as opt
from mouldgen.cli import part_options as part
from mouldgen.cli import pose_options as pose
from mouldgen.cli import site_options as site
from mouldgen.cli.habitat_choice import habitats_from_images
from mouldgen.cli.making import RunChoices, make_case
from mouldgen.cli.pose_choice import BEST, pose_settler

if TYPE_CHECKING:
    from collections.abc import Callable

    from mouldgen.specimen import Specimen

__all__ = ["make"]


def make(
    segmentation: Annotated[
        str,
        typer.Argument(
            help="Segmentation: NIfTI, NRRD, MHA, MHD, .seg.nrrd, DICOM SEG or RTSTRUCT; or a folder that "
            "holds one with its images. FOLDER#2 chooses by number, series UID or description.",
            metavar="SEG",
            show_default=False,
        ),
    ],
    output: opt.Output,
    *,
    label: opt.Labels = None,
    roi: opt.Rois = None,
    landmark_roi: opt.LandmarkRois = None,
    habitats: opt.HabitatsOrAuto = None,
    certainty: opt.Certainty = None,
    name: opt.Names = None,
    image: opt.Images = None,
    modality: hab.Modalities = None,
    register: hab.RegisterTo = None,
    features: hab.Features = None,
    count: hab.Count = None,
    min_region: hab.MinRegion = None,
    model: hab.Model = None,
    margin: opt.Margin = None,
    lesion: opt.Lesion = None,
    cropped: opt.Cropped = None,
    plane: opt.CutPlane = None,
    tilt: opt.Tilt = None,
    within: pose.Within = None,
    normal: opt.Normal = None,
    landmarks: opt.Landmarks = None,
    axis_rois: opt.AxisRois = None,
    blade_rois: opt.BladeRois = None,
    base: opt.Base = None,
    base_roi: opt.BaseRoi = None,
    first: opt.First = None,
    slab: opt.SlabThickness = None,
    cuts: opt.CutsAt = None,
    snap: opt.Snap = None,
    kerf: opt.Kerf = None,
    blade: opt.Blade = None,
    process: opt.PrintProcess = None,
    slot: opt.Slot = None,
    clearance: opt.Clearance = None,
    scale: opt.Scale = None,
    extras: extra.Extras = None,
    split: extra.Split = None,
    formats: extra.Formats = None,
    lid: part.Lid = None,
    tie: part.Tie = None,
    window: part.Windows = None,
    inlays: part.Inlays = None,
    drains: part.Drains = None,
    finger_holes: part.FingerHoles = None,
    feet: part.Feet = None,
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
    preset: opt.PresetName = None,
    printer: opt.PrinterName = None,
    config: opt.Config = None,
    assignments: opt.Assignments = None,
    case: opt.Case = None,
    overwrite: opt.Overwrite = False,
    json: opt.Json = False,
    strict: opt.Strict = False,
    quiet: opt.Quiet = False,
    debug: opt.Debug = False,  # noqa: ARG001  (read by main)
    no_pictures: opt.NoPictures = False,
) -> None:
    """Make a mould and its sampling map from a segmented tumour."""
    of_habitats = hab.habitat_values(
        modality=modality, register=register, features=features, count=count, min_region=min_region
    )
    parameters = opt.parameters_from(
        {"preset": preset, "printer": printer, "cassette": cassette, "lims": lims},
        config,
        assignments,
        {
            "case": case,
            "specimen.labels": opt.label_list(label),
            "specimen.rois": roi or None,
            "specimen.landmark_rois": landmark_roi or None,
            "specimen.lesion": lesion,
            "specimen.margin_mm": margin,
            "specimen.cropped": cropped,
            "specimen.habitat_names": opt.pairs(name, "--name", "1=necrosis"),
            "orientation.plane": None if plane == BEST else plane,
            "orientation.tilt_deg": tilt,
            "orientation.normal_lps": normal,
            "orientation.landmarks_lps": _landmarks(landmarks),
            "orientation.axis_rois": axis_rois,
            "orientation.blade_rois": blade_rois,
            "orientation.base": base,
            "orientation.base_roi": base_roi,
            "orientation.first": first,
            "cuts.slab_mm": slab,
            "cuts.positions_mm": opt.parted(cuts),
            "cuts.snap": snap,
            "cuts.kerf_mm": kerf,
            "blade.thickness_mm": blade,
            "blade.process": process,
            "blade.slot_mm": slot,
            "fit.clearance_mm": clearance,
            "fit.scale": opt.parted(scale),
            "extras.parts": opt.parted(extras),
            "split.mode": split,
            "files.formats": opt.parted(formats),
            **of_habitats,
            **part.part_values(
                lid=lid,
                tie=tie,
                window=window,
                inlays=inlays,
                drains=drains,
                finger_holes=finger_holes,
                feet=feet,
            ),
            **site.site_values(
                sites=sites,
                replicates=replicates,
                punch=punch,
                depth=depth,
                sigma=sigma,
                min_probability=min_probability,
                reserve=reserve,
                paper=paper,
            ),
        },
    )
    images = opt.pairs(image, "--image", "t2=t2.nii.gz") or {}
    from_images = habitats_from_images(habitats, model, of_habitats, parameters, pictures=not no_pictures)

    def read(on_stage: Callable[[str], None]) -> Specimen:
        from mouldgen.io.specimen import read_specimen

        specimen = read_specimen(
            segmentation,
            from_images.parameters_to_read if from_images else parameters,
            habitats=None if from_images else habitats,
            certainty=certainty,
            images=images,
            reserved=site.reserved_file(reserve),
            sites=sites_from,
        )
        return from_images.added_to(specimen, on_stage) if from_images else specimen

    choices = RunChoices(
        folder=output,
        overwrite=overwrite,
        strict=strict,
        quiet=quiet,
        json=json,
        pictures=not no_pictures,
        settle=pose_settler(plane, within),
        write_more=from_images.write if from_images else None,
    )
    make_case(read, parameters, choices)


def _landmarks(text: str | None) -> tuple[tuple[float, float, float], ...] | None:
    if text is None:
        return None
    from mouldgen.io.landmarks import read_landmarks

    return read_landmarks(text)
