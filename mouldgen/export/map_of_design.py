"""From a design to its ``sampling_map.json``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mouldgen.export.map_document import (
    CutEntry,
    FindingEntry,
    FrameEntry,
    HabitatEntry,
    LandmarkEntry,
    MapDocument,
    MidPlaneEntry,
    MouldEntry,
    NearestSliceEntry,
    OutlinesEntry,
    PartEntry,
    SlabEntry,
    SpecimenEntry,
    StructureEntry,
    WindowEntry,
)
from mouldgen.export.map_numbers import UNIT_DECIMALS, mm, mm3, rings, rounded, row, unit_share
from mouldgen.export.map_of_sites import is_about_sites, sampling_entry, with_sites

if TYPE_CHECKING:
    from mouldgen.frames import Rigid
    from mouldgen.mould.parts import MadeWindow, Part
    from mouldgen.pipeline import MouldDesign
    from mouldgen.sampling.contents import MappedLandmark, NearestSlice, SlabContent, SlabOutlines
    from mouldgen.specimen import Specimen

__all__ = ["map_of_design"]


def map_of_design(design: MouldDesign) -> MapDocument:
    """Return the sampling map of a design.

    Volumes are rounded to 0.001 mm3, positions to 1e-6 mm, outlines to 1e-4 mm; the transform is not.
    """
    document = MapDocument(
        case_id=design.case_id,
        design_hash=design.design_hash,
        frame=_frame(design),
        specimen=_specimen(design.specimen),
        mould=_mould(design),
        kerf_mm=mm(design.plan.kerf_mm),
        kerf_loss_mm3=mm3(design.sampling.kerf_loss_mm3),
        habitats=list(_habitats(design.specimen)),
        cuts=list(_cuts(design)),
        slabs=[_slab(content, design) for content in design.sampling.slabs],
        landmarks=[_landmark(landmark) for landmark in design.sampling.landmarks],
        sampling=sampling_entry(design.parameters.sites),
        sites=[],
        blocks=[],
        unreachable=[],
        findings=list(map(FindingEntry.of, design.findings)),
    )
    about_inputs = (item for item in design.specimen.findings if is_about_sites(item.code))
    return with_sites(document, design.sites, design.parameters.sites, about_inputs)


def _frame(design: MouldDesign) -> FrameEntry:
    frame = design.frame
    return FrameEntry(
        patient_axes="LPS",
        mould_from_patient=_matrix(frame.mould_from_patient),
        cut_normal_lps=row(frame.cut_normal_lps, UNIT_DECIMALS),
        insertion_lps=row(frame.insertion_lps, UNIT_DECIMALS),
        scale=design.parameters.fit.scale,
    )


def _specimen(specimen: Specimen) -> SpecimenEntry:
    return SpecimenEntry(
        volume_mm3=mm3(specimen.volume_mm3),
        segmented_mm3=mm3(specimen.segmented_mm3),
        structures=[
            StructureEntry(name=name, terminology=terminology) for name, terminology in specimen.structures
        ],
        habitats_computed_from=list(specimen.habitats.computed_from) if specimen.habitats else [],
    )


def _matrix(transform: Rigid) -> Any:
    return tuple(map(tuple, (transform.matrix + 0.0).tolist()))


def _mould(design: MouldDesign) -> MouldEntry:
    mould = design.mould
    return MouldEntry(
        base_part=f"mould/{mould.base.name}.stl",
        slot_width_mm=mm(mould.slot_width_mm),
        clearance_mm=mm(mould.clearance_mm),
        floor_z_mm=mm(mould.floor_z_mm),
        rim_z_mm=mm(mould.rim_z_mm),
        guide_z_mm=mm(mould.guide_z_mm),
        score_z_mm=mm(mould.score_z_mm),
        score_z_tissue_mm=mm(design.score_z_mm),
        locked_mm3=mm3(design.locked_mm3),
        void_percent=rounded(mould.void_percent, 3),
        slot_y_mm=(mm(mould.slot_y_mm[0]), mm(mould.slot_y_mm[1])),
        slots_closed_at_back=mould.is_tied,
        marks=list(mould.marks),
        windows=[_window(window) for window in mould.windows],
        parts=[_part(part) for part in mould.parts],
    )


def _window(window: MadeWindow) -> WindowEntry:
    return WindowEntry(
        landmark=window.landmark,
        mark=window.mark,
        through=window.way,
        mould_mm=row(window.position_mould),
        radius_mm=mm(window.radius_mm),
    )


def _part(part: Part) -> PartEntry:
    return PartEntry(
        file=f"mould/{part.name}.stl",
        title=part.title,
        printable=part.printable,
        color=part.color,
        mould_from_part=_matrix(part.mould_from_part),
    )


def _habitats(specimen: Specimen) -> Iterator[HabitatEntry]:
    if specimen.habitats is None:
        return
    volume = specimen.habitats.volume
    voxels = np.bincount(volume.voxels.ravel("K"), minlength=1 << 16)
    for habitat in specimen.habitats.habitats:
        certainty = specimen.habitats.mean_certainty(habitat.label)
        volume_mm3 = mm3(int(voxels[habitat.label]) * volume.grid.voxel_mm3)
        yield HabitatEntry(
            label=habitat.label,
            name=habitat.name,
            code=habitat.code,
            color=habitat.color,
            terminology=habitat.terminology,
            volume_mm3=volume_mm3,
            stability=None if habitat.stability is None else unit_share(habitat.stability),
            is_stable=habitat.is_stable,
            mean_certainty=None if certainty is None else unit_share(certainty),
        )


def _cuts(design: MouldDesign) -> Iterator[CutEntry]:
    for cut, slot_x_mm in zip(design.plan.cuts, design.mould.slot_x_mm, strict=True):
        yield CutEntry(index=cut.index, x_mm=mm(slot_x_mm), x_tissue_mm=mm(cut.x_mm))


def _slab(content: SlabContent, design: MouldDesign) -> SlabEntry:
    slab, outlines = content.slab, content.outlines
    return SlabEntry(
        id=slab.id,
        index=slab.index,
        x_lower_mm=mm(slab.x_lower_mm),
        x_upper_mm=mm(slab.x_upper_mm),
        tissue_volume_mm3=mm3(content.tissue_mm3),
        habitat_volume_mm3={str(label): mm3(value) for label, value in sorted(content.habitat_mm3.items())},
        mid_plane=MidPlaneEntry(
            point_lps=row(content.mid_point_lps),
            normal_lps=row(content.mid_normal_lps, UNIT_DECIMALS),
        ),
        nearest_slices=[_nearest(nearest) for nearest in content.nearest_slices],
        outlines_mm=OutlinesEntry(
            lower=rings(outlines.lower), mid=rings(outlines.mid), upper=rings(outlines.upper)
        ),
        base_line_z_mm=mm(_lowest_z_mm(outlines)),
        has_score_mark=slab.id not in design.unscored,
        hit_regions_mm={},
    )


def _lowest_z_mm(outlines: SlabOutlines) -> float:
    """Return the lowest height of any outline of a slab; 0 where the surface misses it."""
    every = (*outlines.lower, *outlines.mid, *outlines.upper)
    return min((float(ring[:, 1].min()) for ring in every), default=0.0)


def _nearest(nearest: NearestSlice) -> NearestSliceEntry:
    return NearestSliceEntry(
        image=nearest.image,
        index=nearest.index,
        sop_instance_uid=nearest.sop_instance_uid,
        instance_number=nearest.instance_number,
        distance_mm=mm(nearest.distance_mm),
        angle_deg=mm(nearest.angle_deg),
    )


def _landmark(landmark: MappedLandmark) -> LandmarkEntry:
    return LandmarkEntry(
        name=landmark.name,
        mould_mm=row(landmark.position_mould),
        lps_mm=row(landmark.position_lps),
        slab=landmark.slab_id,
    )
