"""Cut plan x labels -> what each slab holds and where it lies in the images."""

from __future__ import annotations

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.images import SliceStack
from mouldgen.orientation import MouldFrame
from mouldgen.sampling.contents import (
    MappedLandmark,
    NearestSlice,
    Rings,
    SamplingMap,
    SlabContent,
    SlabOutlines,
)
from mouldgen.sampling.voxel_shares import label_volumes_between
from mouldgen.slicing import CutPlan, Slab
from mouldgen.specimen import Landmark, Specimen
from mouldgen.surface import DistanceField, section_rings

__all__ = ["INSET_MM", "OUTLINE_DECIMALS", "POSITION_DECIMALS", "build_map", "nearest_slice"]

INSET_MM = 1e-3
"""Outlines of faces are taken this far inside a slab, so that the tissue's end has a defined side."""

POSITION_DECIMALS = 6
OUTLINE_DECIMALS = 4
"""So many decimals of a millimetre are kept, so that a map that is read again says exactly the same."""


def build_map(
    specimen: Specimen, frame: MouldFrame, plan: CutPlan, field: DistanceField, level_mm: float
) -> SamplingMap:
    """Return the sampling map.

    Parameters
    ----------
    specimen
        Tissue and habitats on their own grids.
    frame
        The mould frame.
    plan
        Cuts and slabs at imaging size.
    field, level_mm
        Signed distance in the mould frame and the level of the specimen's surface, for outlines.
    """
    normal = frame.cut_normal_lps
    edges = plan.edges_mm - frame.mould_from_patient.translation_mm[0]
    tissue = label_volumes_between(specimen.tissue, normal, edges)[1]
    habitats = label_volumes_between(specimen.habitats.volume, normal, edges) if specimen.habitats else {}
    middle = field.grid.center_mm
    slabs = tuple(
        SlabContent(
            slab=_as_stored(slab),
            tissue_mm3=float(tissue[2 * n + 1]),
            habitat_mm3={label: float(volumes[2 * n + 1]) for label, volumes in habitats.items()},
            mid_point_lps=_mid_point_lps(frame, slab, middle),
            mid_normal_lps=normal,
            nearest_slices=_nearest_slices(specimen, _mid_point_lps(frame, slab, middle), normal),
            outlines=_outlines(slab, field, level_mm),
        )
        for n, slab in enumerate(plan.slabs)
    )
    landmarks = tuple(_mapped(landmark, frame, plan) for landmark in specimen.landmarks)
    return SamplingMap(slabs, float(tissue[2:-2:2].sum()), landmarks)


def nearest_slice(
    name: str, stack: SliceStack, point_lps: FloatArray, normal_lps: FloatArray
) -> NearestSlice:
    """Return the slice of an image that lies nearest to a point, and how it lies to a plane there."""
    position = float((point_lps - stack.first_center_mm) @ stack.normal_lps) / stack.spacing_mm
    index = int(np.clip(np.floor(position + 0.5), 0, stack.count - 1))
    cosine = min(1.0, abs(float(stack.normal_lps @ normal_lps)))
    return NearestSlice(
        image=name,
        index=index,
        sop_instance_uid=stack.sop_instance_uids[index] if stack.sop_instance_uids else None,
        instance_number=stack.instance_numbers[index] if stack.instance_numbers else None,
        distance_mm=abs(position - index) * stack.spacing_mm,
        angle_deg=float(np.degrees(np.arccos(cosine))),
    )


def _nearest_slices(
    specimen: Specimen, point_lps: FloatArray, normal_lps: FloatArray
) -> tuple[NearestSlice, ...]:
    stacks = [("labels", specimen.slices), *((image.name, image.slices) for image in specimen.images)]
    return tuple(nearest_slice(name, stack, point_lps, normal_lps) for name, stack in stacks)


def _mapped(landmark: Landmark, frame: MouldFrame, plan: CutPlan) -> MappedLandmark:
    position = frame.mould_from_patient.apply(landmark.position_lps)
    slab = next((slab for slab in plan.slabs if slab.x_lower_mm <= position[0] < slab.x_upper_mm), None)
    return MappedLandmark(landmark.name, landmark.position_lps, position, slab.id if slab else None)


def _mid_point_lps(frame: MouldFrame, slab: Slab, middle_mould: FloatArray) -> FloatArray:
    return frame.patient_from_mould.apply([slab.x_mid_mm, middle_mould[1], middle_mould[2]])


def _outlines(slab: Slab, field: DistanceField, level_mm: float) -> SlabOutlines:
    positions = (slab.x_lower_mm + INSET_MM, slab.x_mid_mm, slab.x_upper_mm - INSET_MM)
    lower, mid, upper = (_rounded(section_rings(field, x, level_mm)) for x in positions)
    return SlabOutlines(lower, mid, upper)


def _as_stored(slab: Slab) -> Slab:
    """Return a slab with its faces as the map's file will state them."""
    faces_mm = (round(x, POSITION_DECIMALS) for x in (slab.x_lower_mm, slab.x_upper_mm))
    return Slab(slab.index, *faces_mm)


def _rounded(rings: Rings) -> Rings:
    return tuple(np.round(ring, OUTLINE_DECIMALS) + 0.0 for ring in rings)
