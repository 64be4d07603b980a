"""A specimen as a hospital would export it: series, contours, segments, and a segmentation of 3D Slicer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.specimen import Specimen
from mouldgen.testing.dicom_segments import source_images, write_segmentation
from mouldgen.testing.dicom_series import SeriesTexts, write_series
from mouldgen.testing.dicom_structures import DrawnContour, StructureSetFile, write_structure_set
from mouldgen.testing.segment_file import WrittenSegment, write_segment_file

__all__ = ["contours_of", "write_clinical_files"]

BoolArray = npt.NDArray[np.bool_]

FRAME_UID = "1.2.826.0.1.3680043.10.31"
SERIES_UIDS = {"t1": "1.2.826.0.1.3680043.10.32", "t2": "1.2.826.0.1.3680043.10.33"}
_PADDING_VOX = 6
_REFERENCE_RADIUS_MM = 4.0


@dataclass(frozen=True, eq=False)
class _Drawing:
    """The masks that are drawn, on one lattice."""

    grid: VoxelGrid
    tissue: BoolArray
    habitats: Mapping[str, BoolArray]
    marks: Mapping[str, BoolArray]


def write_clinical_files(specimen: Specimen, folder: Path) -> None:
    """Write a specimen with habitats in every clinical format.

    Parameters
    ----------
    specimen
        Whose tissue and habitats lie on one lattice.
    folder
        Existing. Into it go ``t1/`` and ``t2/`` (series), ``plan.dcm`` (contours, drawn on t1), ``seg.dcm``
        and ``habitats.dcm`` (segments), ``Segmentation.seg.nrrd``, and ``export/``, which holds both series
        and the contours. Structures are Tumour, Base, Ref_point_1 and Ref_point_2.
    """
    drawing = _draw(specimen)
    structures = {"Tumour": drawing.tissue, **drawing.marks}
    export = folder / "export"
    export.mkdir()
    for target in (folder, export):
        for number, name in enumerate(SERIES_UIDS, start=1):
            _write_images(target / name, number, drawing)
        rois = {name: contours_of(mask, drawing.grid) for name, mask in structures.items()}
        about = StructureSetFile(frame_of_reference_uid=FRAME_UID, series_uids=(SERIES_UIDS["t1"],))
        write_structure_set(target / "plan.dcm", rois, about)
    _write_segments(folder / "seg.dcm", {"Tumour": drawing.tissue}, drawing.grid)
    _write_segments(folder / "habitats.dcm", drawing.habitats, drawing.grid)
    segments = [WrittenSegment(name, 1, layer) for layer, name in enumerate(structures)]
    layers = [mask.astype(np.uint8) for mask in structures.values()]
    write_segment_file(folder / "Segmentation.seg.nrrd", layers, drawing.grid, segments)


def contours_of(mask: BoolArray, grid: VoxelGrid) -> list[DrawnContour]:
    """Return the borders of a mask in every plane of k, through the middle between voxels in and out."""
    return [
        DrawnContour(grid.to_points(np.column_stack([ring[:-1], np.full(len(ring) - 1, k)])))
        for k in range(grid.shape[2])
        for ring in _rings(mask[:, :, k])
    ]


def _rings(plane: BoolArray) -> Iterable[FloatArray]:
    from skimage.measure import find_contours

    return (ring - 1 for ring in find_contours(np.pad(plane, 1).astype(float), 0.5))


def _draw(specimen: Specimen) -> _Drawing:
    pad = _PADDING_VOX
    tissue = specimen.tissue
    grid = tissue.grid.cropped([-pad] * 3, [size + pad for size in tissue.grid.shape])
    mask = np.pad(tissue.voxels > 0, pad)
    assert specimen.habitats is not None  # noqa: S101  (for the type checker; phantoms have them)
    labels = np.zeros(grid.shape, np.uint16)
    volume = specimen.habitats.volume
    start = np.rint(grid.to_indices(volume.grid.origin_mm)).astype(int)
    box = tuple(slice(low, low + size) for low, size in zip(start, volume.grid.shape, strict=True))
    labels[box] = volume.voxels
    habitats = {habitat.name: labels == habitat.label for habitat in specimen.habitats.habitats}
    return _Drawing(grid, mask, habitats, _marks(mask, grid))


def _marks(mask: BoolArray, grid: VoxelGrid) -> dict[str, BoolArray]:
    """Return balls: Base on the posterior side, and two reference points to the right and left of it."""
    points = grid.to_points(np.moveaxis(np.indices(grid.shape), 0, -1))
    inside = points[mask]
    middle, low, high = inside.mean(axis=0), inside.min(axis=0), inside.max(axis=0)
    centers = {
        "Base": (middle[0], high[1], middle[2]),
        "Ref_point_1": (low[0], high[1], middle[2]),
        "Ref_point_2": (high[0], high[1], middle[2]),
    }
    return {
        name: np.linalg.norm(points - center, axis=-1) < _REFERENCE_RADIUS_MM
        for name, center in centers.items()
    }


def _write_images(folder: Path, number: int, drawing: _Drawing) -> None:
    folder.mkdir()
    texts = SeriesTexts(
        series_uid=SERIES_UIDS[folder.name],
        frame_of_reference_uid=FRAME_UID,
        series_number=number,
        description=f"{folder.name.upper()} axial",
    )
    voxels = (drawing.tissue * (number * 300) + 100).astype(np.int16)
    write_series(folder, voxels, drawing.grid, modality="MR", texts=texts)


def _write_segments(path: Path, masks: Mapping[str, BoolArray], grid: VoxelGrid) -> None:
    images = source_images(grid)
    for image in images:
        image.SeriesInstanceUID, image.FrameOfReferenceUID = SERIES_UIDS["t1"], FRAME_UID
    write_segmentation(path, list(masks.values()), list(masks), grid, images=images)
