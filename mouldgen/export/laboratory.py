"""A case as the laboratory sees it: the sampling map, and the voxels that belong to it.

Everything that the laboratory gets is made from this alone, so that a new plan of sites on an older case
folder gives the same files as `make` would have given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.export.map_document import MapDocument, OutlinesEntry, SlabEntry
from mouldgen.export.map_of_design import map_of_design
from mouldgen.export.section_shapes import SectionShapes
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import Image, Specimen
from mouldgen.orientation import MouldFrame
from mouldgen.params import DesignParameters
from mouldgen.sampling.contents import (
    MappedLandmark,
    NearestSlice,
    Rings,
    SamplingMap,
    SlabContent,
    SlabOutlines,
)
from mouldgen.slicing import CutPlan, CutPlane, Slab

if TYPE_CHECKING:
    from mouldgen.pipeline import MouldDesign

__all__ = ["LaboratoryCase", "frame_of_document", "rings_of", "sampling_of_document"]


@dataclass(frozen=True, eq=False)
class LaboratoryCase:
    """What the laboratory's files are made from.

    Parameters
    ----------
    document
        The sampling map, with sites and blocks: every number and name.
    specimen
        Tissue and habitats on their own grids, in LPS; its images are left out.
    frame
        The mould frame.
    lattice
        Covers the specimen in the mould frame; its axes run along x, y and z.
    images_mould
        Every image on the lattice, as ``maps/`` stores it.
    parameters
        Resolved.
    """

    document: MapDocument
    specimen: Specimen
    frame: MouldFrame
    lattice: VoxelGrid
    images_mould: tuple[Image, ...]
    parameters: DesignParameters

    @classmethod
    def of_design(cls, design: MouldDesign) -> LaboratoryCase:
        """Return the laboratory's view of a design."""
        return cls(
            document=map_of_design(design),
            specimen=design.specimen,
            frame=design.frame,
            lattice=design.habitats_mould.grid,
            images_mould=design.images_mould,
            parameters=design.parameters,
        )

    @cached_property
    def sampling(self) -> SamplingMap:
        """The map of slabs and landmarks, as the document says it."""
        return sampling_of_document(self.document)

    @cached_property
    def plan(self) -> CutPlan:
        """Cuts and slabs, as the document says them."""
        cuts = tuple(CutPlane(cut.index, cut.x_tissue_mm) for cut in self.document.cuts)
        return CutPlan(cuts, tuple(map(_slab, self.document.slabs)), self.document.kerf_mm)

    @cached_property
    def shapes(self) -> SectionShapes:
        """Sections of the slabs; each is worked out once, whoever asks first."""
        return SectionShapes(self.specimen, self.frame, self.lattice)


def sampling_of_document(document: MapDocument) -> SamplingMap:
    """Return what a document says of slabs and landmarks, in the types of the program."""
    landmarks = tuple(
        MappedLandmark(mark.name, np.array(mark.lps_mm), np.array(mark.mould_mm), mark.slab)
        for mark in document.landmarks
    )
    return SamplingMap(tuple(map(_content, document.slabs)), document.kerf_loss_mm3, landmarks)


def rings_of(rings: list[list[tuple[float, float]]]) -> Rings:
    """Return rings of a document as arrays of shape (N, 2), [y, z]."""
    return tuple(np.array(ring, np.float64) for ring in rings)


def frame_of_document(document: MapDocument, base_deg: float) -> MouldFrame:
    """Return the mould frame of a document."""
    return MouldFrame(Rigid(np.array(document.frame.mould_from_patient)), base_deg)


def _slab(entry: SlabEntry) -> Slab:
    return Slab(entry.index, entry.x_lower_mm, entry.x_upper_mm)


def _content(entry: SlabEntry) -> SlabContent:
    return SlabContent(
        slab=_slab(entry),
        tissue_mm3=entry.tissue_volume_mm3,
        habitat_mm3={int(label): volume for label, volume in entry.habitat_volume_mm3.items()},
        mid_point_lps=np.array(entry.mid_plane.point_lps),
        mid_normal_lps=np.array(entry.mid_plane.normal_lps),
        nearest_slices=tuple(NearestSlice(**nearest.model_dump()) for nearest in entry.nearest_slices),
        outlines=_outlines(entry.outlines_mm),
    )


def _outlines(entry: OutlinesEntry) -> SlabOutlines:
    return SlabOutlines(rings_of(entry.lower), rings_of(entry.mid), rings_of(entry.upper))
