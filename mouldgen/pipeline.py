"""From specimen and parameters to a design: no files, no prints, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mouldgen.checks import check_map, check_mould, check_score, check_stability, print_flaws, unscored_slabs
from mouldgen.errors import Finding
from mouldgen.frames import Rigid
from mouldgen.images import CertaintyVolume, Image, LabelVolume
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.build import build_mould
from mouldgen.mould.cavity import RimRules
from mouldgen.mould.layout import Texts
from mouldgen.mould.lying import LyingSpecimen
from mouldgen.mould.marks import mark_texts
from mouldgen.mould.parts import Mould
from mouldgen.mould.pose import search_base
from mouldgen.mould.targets import Targets, find_targets
from mouldgen.orientation import MouldFrame, base_from_parameters, cut_normal, lying_rotation
from mouldgen.params import DesignParameters, InlaysOf
from mouldgen.printability.flaws import Flaw, findings_of
from mouldgen.sampling.contents import SamplingMap
from mouldgen.sampling.map import build_map
from mouldgen.sampling.planning import plan_sites
from mouldgen.sampling.site_plan import SitePlan
from mouldgen.sampling.volumes import resample_certainty, resample_image, resample_labels
from mouldgen.slicing import CutPlan, plan_specimen
from mouldgen.specimen import Specimen
from mouldgen.surface import DistanceField, build_distance, extract_surface, resample_distance

__all__ = [
    "LaidSpecimen",
    "MouldDesign",
    "StageCallback",
    "build_laid",
    "design_mould",
    "distance_in_patient",
    "lay_out",
]

StageCallback = Callable[[str], None]
"""Called with the name of each stage when it begins: ``surface``, ``pose``, ``cuts``, ..."""


@dataclass(frozen=True, eq=False)
class MouldDesign:
    """Everything about one mould: what the case folder says, before it is written.

    Parameters
    ----------
    case_id
        What the user calls the case, or ``case-`` and a hash.
    design_hash
        Eight hexadecimal digits of parameters and voxels; engraved on the mould.
    specimen, parameters
        What it was made from; parameters are resolved.
    frame, plan, mould, sampling, sites
        The results of the stages.
    score_z_mm
        Where the score slot ends, at imaging size.
    unscored
        Ids of slabs that the score slot does not mark.
    locked_mm3
        Specimen that plastic would block on its way in; measured on the finished parts.
    habitats_mould
        Habitat labels in the mould frame (specimen labels where there are none), or None if left out.
    certainty_mould
        Certainty of these labels in the mould frame; None if unknown.
    images_mould
        Every image in the mould frame.
    flaws
        What the printer makes of the parts, with where.
    findings
        Of all stages, in the order they were found.
    """

    case_id: str
    design_hash: str
    specimen: Specimen
    parameters: DesignParameters
    frame: MouldFrame
    plan: CutPlan
    mould: Mould
    sampling: SamplingMap
    sites: SitePlan
    score_z_mm: float
    unscored: tuple[str, ...]
    locked_mm3: float
    habitats_mould: LabelVolume
    certainty_mould: CertaintyVolume | None
    images_mould: tuple[Image, ...]
    flaws: tuple[Flaw, ...]
    findings: tuple[Finding, ...]


def design_mould(
    specimen: Specimen,
    parameters: DesignParameters | None = None,
    *,
    on_stage: StageCallback | None = None,
    on_mould: Callable[[Mould], None] | None = None,
) -> MouldDesign:
    """Design the mould and the sampling map of a specimen.

    Parameters
    ----------
    specimen
        From `mouldgen.io.specimen.read_specimen`, or made in memory.
    parameters
        All defaults if left out.
    on_stage
        Called when a stage begins, for progress and timing.
    on_mould
        Called with the mould once it is built: what it starts runs while the mould is checked.

    Raises
    ------
    ParameterError
        If parameters contradict each other or the specimen.
    GeometryError
        If the geometry cannot be built.

    Examples
    --------
    >>> from mouldgen.testing.phantoms import demo_specimen
    >>> design = design_mould(demo_specimen())
    >>> len(design.sampling.slabs) == len(design.plan.cuts) + 1
    True
    """
    parameters = (parameters or DesignParameters()).with_structures_named(specimen.withheld)
    begin = on_stage or _ignore
    begin("surface")
    field = distance_in_patient(specimen, parameters)
    laid = lay_out(specimen, field, parameters, begin)
    frame, lying, plan = laid.frame, laid.lying, laid.plan
    begin("mould")
    with ThreadPoolExecutor(1) as second_core:
        building = second_core.submit(build_laid, laid, parameters)
        begin("map")
        sampling = build_map(specimen, frame, plan, lying.field, lying.level_mm)
        begin("sites")
        sites = plan_sites(
            specimen, frame, sampling, parameters, lattice=lying.field.grid, case_id=laid.case_id
        )
        begin("mould")  # what is left of it
        mould = building.result()
        if on_mould:
            on_mould(mould)
        examining = second_core.submit(print_flaws, mould, parameters.printer)
        begin("resampling")  # once the cavity's lattice is gone from memory
        transform, grid = frame.mould_from_patient, lying.field.grid
        habitats_mould = resample_labels(specimen, transform, grid)
        certainty_mould = resample_certainty(specimen, transform, grid)
        images_mould = tuple(resample_image(image, transform, grid) for image in specimen.images)
        begin("checks")
        checks = check_mould(mould)
        flaws = examining.result()
    scale_z = parameters.fit.scale[2]
    unscored = unscored_slabs(mould, plan, lying, scale_z)
    found = (
        *specimen.findings,
        *check_stability(specimen, parameters.trust.least_dice),
        *_scale_finding(parameters),
        *mould.findings,
        *checks.findings,
        *check_map(specimen, plan, sampling, lying),
        *findings_of(flaws),
        *check_score(unscored),
        *sites.findings,
    )
    return MouldDesign(
        case_id=laid.case_id,
        design_hash=laid.design_hash,
        specimen=specimen,
        parameters=parameters,
        frame=frame,
        plan=plan,
        mould=mould,
        sampling=sampling,
        sites=sites,
        score_z_mm=lying.bottom_mm + (mould.score_z_mm - lying.bottom_mm) / scale_z,
        unscored=unscored,
        locked_mm3=checks.locked_mm3,
        habitats_mould=habitats_mould,
        certainty_mould=certainty_mould,
        images_mould=images_mould,
        flaws=flaws,
        findings=tuple(dict.fromkeys(found)),  # that a base is too large is also a flaw, with its place
    )


@dataclass(frozen=True, eq=False)
class LaidSpecimen:
    """A specimen in its pose, and all that its mould is built from besides the parameters.

    Parameters
    ----------
    frame, lying
        The mould frame, and the specimen in it.
    plan
        The cuts.
    texts, targets
        What is engraved, and what windows and inlays are for.
    case_id, design_hash
        As engraved.
    """

    frame: MouldFrame
    lying: LyingSpecimen
    plan: CutPlan
    texts: Texts
    targets: Targets
    case_id: str
    design_hash: str


def lay_out(
    specimen: Specimen, field: DistanceField, parameters: DesignParameters, begin: StageCallback
) -> LaidSpecimen:
    """Lay a specimen down and plan its cuts.

    Parameters
    ----------
    specimen, parameters
        As `design_mould` takes them.
    field
        From `distance_in_patient`.
    begin
        Called when a stage begins.
    """
    begin("pose")
    frame, lying = _lay_down(specimen, field, parameters)
    begin("cuts")
    x_low, x_high = lying.mesh.bounds_mm[:, 0]
    plan = plan_specimen(specimen, frame, (float(x_low), float(x_high)), parameters.cuts)
    design_hash = _design_hash(specimen, parameters)
    case_id = parameters.case or f"case-{design_hash}"
    habitats = parameters.inlays.inlays_of is InlaysOf.HABITATS
    targets = find_targets(specimen, frame.mould_from_patient, habitats=habitats)
    texts = mark_texts(frame, len(plan.slabs), case_id, design_hash)
    return LaidSpecimen(frame, lying, plan, texts, targets, case_id, design_hash)


def build_laid(laid: LaidSpecimen, parameters: DesignParameters) -> Mould:
    """Build the mould of a specimen that was laid down with the same parameters."""
    return build_mould(laid.lying, laid.plan, laid.texts, parameters, laid.targets)


def _ignore(_stage: str) -> None:
    """Do nothing: nobody listens to the stages."""


def distance_in_patient(specimen: Specimen, parameters: DesignParameters) -> DistanceField:
    """Return the signed distance to the specimen's surface, as far out as the mould needs it."""
    beyond_mm = max(parameters.surface.grid_mm, parameters.mould.chamfer_mm)
    reach_mm = parameters.fit.clearance_mm + beyond_mm
    return build_distance(specimen.tissue, reach_mm=reach_mm / min(parameters.fit.scale))


def _lay_down(
    specimen: Specimen, field: DistanceField, parameters: DesignParameters
) -> tuple[MouldFrame, LyingSpecimen]:
    """Return the mould frame, and the specimen in it."""
    normal = cut_normal(parameters.orientation, specimen)
    base_deg = base_from_parameters(parameters.orientation, normal, specimen)
    if base_deg is None:
        base_deg = search_base(field, normal, RimRules.from_parameters(parameters.mould))
    rotation = lying_rotation(normal, base_deg)
    low, high = specimen.tissue.extent_along(rotation)
    centered = Rigid.from_parts(rotation, -(low + high) / 2)
    grid_mm = parameters.surface.grid_mm
    around_mm = parameters.fit.clearance_mm + parameters.mould.chamfer_mm + 2 * grid_mm
    pad_mm = around_mm / min(parameters.fit.scale)
    lying_field = resample_distance(field, centered, spacing_mm=grid_mm, pad_mm=pad_mm)
    mesh, level_mm = extract_surface(lying_field)
    bottom_mm = parameters.mould.plate_mm + parameters.mould.skin_mm + parameters.fit.clearance_mm
    # single voxels that smoothing took away stay above the plate too
    lowest_mm = min(
        float(mesh.bounds_mm[0, 2]), float(centered.apply(specimen.tissue.row_ends())[:, 2].min())
    )
    lift = Rigid.from_parts(np.eye(3), [0.0, 0.0, bottom_mm - lowest_mm])
    mould_from_patient = Rigid.from_parts(rotation, lift.apply(centered.translation_mm))
    lifted = TriangleMesh(lift.apply(mesh.vertices_mould), mesh.faces)
    return (
        MouldFrame(mould_from_patient, base_deg),
        LyingSpecimen(lying_field.moved(lift), lifted, level_mm),
    )


def _design_hash(specimen: Specimen, parameters: DesignParameters) -> str:
    """Return eight hexadecimal digits of the parameters and voxels that decide mould and slabs."""
    digest = hashlib.sha256(json.dumps(parameters.mould_values(), sort_keys=True).encode())
    volumes = [specimen.tissue]
    if specimen.habitats:
        volumes.append(specimen.habitats.volume)
    for volume in volumes:
        labels = volume.cropped()
        # micrometres, off any round number, so that noise in the last digits of a header does not count
        micrometres = np.floor(labels.grid.point_from_index[:3] * 1000 + 0.31415).astype(np.int64)
        digest.update(micrometres.tobytes())
        digest.update(np.array(labels.grid.shape, np.int64).tobytes())
        digest.update(np.ascontiguousarray(labels.voxels).tobytes())
    return digest.hexdigest()[:8]


def _scale_finding(parameters: DesignParameters) -> tuple[Finding, ...]:
    if parameters.fit.scale == (1.0, 1.0, 1.0):
        return ()
    factors = " x ".join(f"{factor:g}" for factor in parameters.fit.scale)
    return (
        Finding.info(
            "scaled",
            f"the plastic is made for tissue of {factors} times its size in the images; volumes, outlines "
            "and positions in the map are those of the images",
        ),
    )
