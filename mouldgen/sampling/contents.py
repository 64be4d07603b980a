"""What each slab holds: the types of the sampling map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mouldgen.frames import FloatArray
from mouldgen.slicing import Slab

__all__ = ["MappedLandmark", "NearestSlice", "SamplingMap", "SlabContent", "SlabOutlines"]

Rings = tuple[FloatArray, ...]


@dataclass(frozen=True)
class NearestSlice:
    """The image plane that lies nearest to the middle of a slab.

    Parameters
    ----------
    image
        Name of the image, or ``labels`` for the segmentation.
    index
        Slice number in the file, from 0.
    sop_instance_uid, instance_number
        Where the file has them.
    distance_mm
        From the middle of the slab's mid-plane to the slice, along the slice normal.
    angle_deg
        Between the slab's mid-plane and the slice.
    """

    image: str
    index: int
    sop_instance_uid: str | None
    instance_number: int | None
    distance_mm: float
    angle_deg: float


@dataclass(frozen=True, eq=False)
class SlabOutlines:
    """Where the specimen's surface meets the two faces and the mid-plane of a slab.

    Each is a tuple of closed rings, shape (N, 2), [y, z] in the mould frame at imaging size, the
    first point repeated at the end; outer rings run counterclockwise seen from +X, holes clockwise.
    """

    lower: Rings
    mid: Rings
    upper: Rings


@dataclass(frozen=True, eq=False)
class SlabContent:
    """One slab: its tissue, its habitats, and where it lies in the images.

    Parameters
    ----------
    slab
        Its place in the cut plan.
    tissue_mm3
        Volume of the specimen's voxels between its faces, exact.
    habitat_mm3
        Volume of every habitat's voxels between its faces, exact, by label.
    mid_point_lps, mid_normal_lps
        Shape (3,): its mid-plane in patient space.
    nearest_slices
        One for the segmentation and one for every image.
    outlines
        Its outlines.
    """

    slab: Slab
    tissue_mm3: float
    habitat_mm3: Mapping[int, float]
    mid_point_lps: FloatArray
    mid_normal_lps: FloatArray
    nearest_slices: tuple[NearestSlice, ...]
    outlines: SlabOutlines


@dataclass(frozen=True, eq=False)
class MappedLandmark:
    """A structure that rides along, in both frames.

    Parameters
    ----------
    name
        What it is called.
    position_lps, position_mould
        Shape (3,): its centroid, mm; in the mould frame at imaging size.
    slab_id
        The slab whose faces it lies between, also beside the tissue; None in a cut and beyond the ends.
    """

    name: str
    position_lps: FloatArray
    position_mould: FloatArray
    slab_id: str | None


@dataclass(frozen=True, eq=False)
class SamplingMap:
    """All slabs, in order, the tissue lost between them, and the landmarks."""

    slabs: tuple[SlabContent, ...]
    kerf_loss_mm3: float
    landmarks: tuple[MappedLandmark, ...] = ()
