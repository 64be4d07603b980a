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
from mouldgen.export.mould_volumes import images_as_stored
from mouldgen.export.section_shapes import SectionShapes
from mouldgen.frames import Rigid, VoxelGrid
from mouldgen.images import CertaintyVolume, Image, LabelVolume, SliceStack
from mouldgen.orientation import MouldFrame, base_angle_deg
from mouldgen.params import DesignParameters
from mouldgen.sampling.contents import (
    MappedLandmark,
    NearestSlice,
    Rings,
    SamplingMap,
    SlabContent,
    SlabOutlines,
)
from mouldgen.sampling.site_plan import SiteOrigin
from mouldgen.slicing import CutPlan, CutPlane, Slab
from mouldgen.specimen import GivenSite, Habitat, HabitatMap, Landmark, Specimen

if TYPE_CHECKING:
    from mouldgen.pipeline import MouldDesign

__all__ = [
    "LaboratoryCase",
    "LaboratoryVolumes",
    "frame_of_document",
    "rings_of",
    "sampling_of_document",
]


@dataclass(frozen=True, eq=False)
class LaboratoryVolumes:
    """The voxels that a case folder keeps, as it gives them back.

    Parameters
    ----------
    tissue, habitats, reserved
        In LPS, each on its own grid, cropped to its labels; None where there is none.
    certainty
        Of the habitats, on their grid; None if unknown.
    lattice
        Covers the specimen in the mould frame.
    images_mould
        Every image on the lattice.
    """

    tissue: LabelVolume
    habitats: LabelVolume | None
    certainty: CertaintyVolume | None
    reserved: LabelVolume | None
    lattice: VoxelGrid
    images_mould: tuple[Image, ...]

    @classmethod
    def of_design(cls, design: MouldDesign) -> LaboratoryVolumes:
        """Return the voxels of a design."""
        specimen = design.specimen
        reserved = specimen.reserved
        habitats = specimen.habitats.cropped() if specimen.habitats else None
        return cls(
            tissue=specimen.tissue.cropped(),
            habitats=habitats.volume if habitats else None,
            certainty=habitats.certainty if habitats else None,
            reserved=reserved.cropped() if reserved is not None and reserved.labels() else None,
            lattice=design.habitats_mould.grid,
            images_mould=images_as_stored(design),
        )


@dataclass(frozen=True, eq=False)
class LaboratoryCase:
    """What the laboratory's files are made from.

    Parameters
    ----------
    document
        The sampling map, with sites and blocks: every number and name.
    specimen
        Tissue and habitats on their own grids, in LPS. Its images, sources and findings are left out; its
        landmarks and given sites are those of the document, its slices those of the tissue's own grid.
    frame
        The mould frame; its base angle follows from the transform.
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
        """Return the laboratory's view of a design: the same as its case folder will give back."""
        return cls.of_volumes(map_of_design(design), LaboratoryVolumes.of_design(design), design.parameters)

    @classmethod
    def of_volumes(
        cls, document: MapDocument, volumes: LaboratoryVolumes, parameters: DesignParameters
    ) -> LaboratoryCase:
        """Return the view of a case whose parts were read, or made, one by one.

        Raises
        ------
        ValueError
            If the document's transform is not rigid.
        """
        return cls(
            document=document,
            specimen=_specimen(document, volumes),
            frame=frame_of_document(document),
            lattice=volumes.lattice,
            images_mould=volumes.images_mould,
            parameters=parameters,
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


def frame_of_document(document: MapDocument) -> MouldFrame:
    """Return the mould frame of a document.

    The base angle is worked out from the transform: where it was searched, parameters do not hold it.
    """
    transform = Rigid(np.array(document.frame.mould_from_patient))
    return MouldFrame(transform, base_angle_deg(transform))


def _specimen(document: MapDocument, volumes: LaboratoryVolumes) -> Specimen:
    tissue = volumes.tissue
    return Specimen(
        tissue=tissue,
        slices=SliceStack.along_axis(tissue.grid, 2),
        segmented_mm3=document.specimen.segmented_mm3,
        habitats=_habitat_map(document, volumes.habitats, volumes.certainty),
        structures=tuple((item.name, item.terminology) for item in document.specimen.structures),
        landmarks=tuple(Landmark(mark.name, np.array(mark.lps_mm)) for mark in document.landmarks),
        reserved=volumes.reserved,
        given_sites=tuple(
            GivenSite(site.id, np.array(site.lps_mm), habitat=site.habitat)
            for site in document.sites
            if site.origin is SiteOrigin.GIVEN
        ),
    )


def _habitat_map(
    document: MapDocument, labels: LabelVolume | None, certainty: CertaintyVolume | None
) -> HabitatMap | None:
    if labels is None:
        return None
    habitats = (
        Habitat(
            label=item.label,
            name=item.name,
            code=item.code,
            color=item.color,
            terminology=item.terminology,
            stability=item.stability,
            is_stable=item.is_stable,
        )
        for item in document.habitats
    )
    images = tuple(document.specimen.habitats_computed_from)
    return HabitatMap(labels, tuple(habitats), certainty, images)


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
