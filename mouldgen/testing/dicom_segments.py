"""Writes DICOM SEG files with highdicom, from masks on a lattice of any orientation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["Kind", "reorder_frames", "source_images", "write_segmentation"]

Kind = Literal["BINARY", "FRACTIONAL", "LABELMAP"]

EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_CT_STORAGE = "1.2.840.10008.5.1.4.1.1.2"


def write_segmentation(
    path: Path,
    masks: Sequence[npt.NDArray[Any]],
    names: Sequence[str],
    grid: VoxelGrid,
    *,
    kind: Kind = "BINARY",
    fractional_type: Literal["OCCUPANCY", "PROBABILITY"] = "OCCUPANCY",
    largest: int = 255,
    numbers: Sequence[int] | None = None,
    omit_empty_frames: bool = True,
    transfer_syntax_uid: str = EXPLICIT_LITTLE_ENDIAN,
    images: Sequence[Dataset] | None = None,
    frame_order: Sequence[int] | None = None,
) -> Dataset:
    """Write one segment a mask, and return the data set.

    Parameters
    ----------
    path
        Where to.
    masks
        Shape ``grid.shape`` each: columns, rows, slices. They are shares from 0 to 1 where `kind` is
        ``FRACTIONAL``. In a ``LABELMAP`` they must not overlap.
    names
        Labels of the segments.
    grid
        Where they lie in LPS; it may be left-handed.
    kind
        How voxels are stored.
    fractional_type, largest
        Of ``FRACTIONAL``: what shares mean, and the number that stands for 1.
    numbers
        Of the segments; 1, 2, ... by default, and only in a ``LABELMAP`` anything else.
    omit_empty_frames
        Whether planes without any segment are left out.
    transfer_syntax_uid
        What highdicom can write.
    images
        What the segments were drawn on; by default one CT slice for each plane.
    frame_order
        For each frame of the file, which of highdicom's it is.
    """
    import highdicom as hd

    numbers = tuple(numbers or range(1, len(masks) + 1))
    images = source_images(grid) if images is None else images
    with warnings.catch_warnings(), _without_gdcm():
        warnings.simplefilter("ignore")
        dataset: Dataset = hd.seg.Segmentation(
            source_images=images,
            pixel_array=_volume(masks, grid, kind, numbers, images),
            segmentation_type=kind,
            segment_descriptions=[_description(n, name) for n, name in zip(numbers, names, strict=True)],
            series_instance_uid=hd.UID(),
            series_number=2,
            sop_instance_uid=hd.UID(),
            instance_number=1,
            manufacturer="mouldgen",
            manufacturer_model_name="testing",
            software_versions="1",
            device_serial_number="1",
            fractional_type=fractional_type,
            max_fractional_value=largest,
            omit_empty_frames=omit_empty_frames,
            transfer_syntax_uid=transfer_syntax_uid,
        )
        if frame_order is not None:
            reorder_frames(dataset, frame_order)
        dataset.save_as(path)
    return dataset


def source_images(grid: VoxelGrid, *, rows: int | None = None, columns: int | None = None) -> list[Dataset]:
    """Return headers of CT slices at the planes of a lattice, without pixels.

    Parameters
    ----------
    grid
        Columns, rows, slices.
    rows, columns
        Of the slices, where they are larger than the lattice.
    """
    from pydicom.uid import generate_uid

    study, series, frame_of_reference = generate_uid(), generate_uid(), generate_uid()
    images = []
    for index in range(grid.shape[2]):
        image = _patient()
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series
        image.FrameOfReferenceUID = frame_of_reference
        image.SOPInstanceUID = generate_uid()
        image.InstanceNumber = index + 1
        image.Rows, image.Columns = rows or grid.shape[1], columns or grid.shape[0]
        image.ImagePositionPatient = _decimals(grid.to_points((0, 0, index)))
        image.ImageOrientationPatient = _decimals(grid.directions[:, :2].T.ravel())
        image.PixelSpacing = _decimals(grid.spacing_mm[[1, 0]])
        image.SliceThickness = "1"
        images.append(image)
    return images


def reorder_frames(dataset: Dataset, order: Sequence[int]) -> None:
    """Change the order of the frames of an uncompressed SEG, or drop some of them."""
    bits = int(dataset.BitsAllocated)
    shape = (int(dataset.NumberOfFrames), int(dataset.Rows) * int(dataset.Columns) * max(bits // 8, 1))
    values = np.frombuffer(dataset.PixelData, np.uint8)
    if bits == 1:
        values = np.unpackbits(values, bitorder="little")
    frames = values[: shape[0] * shape[1]].reshape(shape)[list(order)]
    packed = (np.packbits(frames, bitorder="little") if bits == 1 else frames).tobytes()
    dataset.PixelData = packed + bytes(len(packed) % 2)
    items = dataset.PerFrameFunctionalGroupsSequence
    dataset.PerFrameFunctionalGroupsSequence = [items[index] for index in order]
    dataset.NumberOfFrames = len(order)


@contextmanager
def _without_gdcm() -> Iterator[None]:
    """Keep pydicom from encoding RLE with GDCM, which ends the process where it dislikes an image."""
    from pydicom.pixels.encoders.base import RLELosslessEncoder

    if "gdcm" not in RLELosslessEncoder.available_plugins:
        yield
        return
    RLELosslessEncoder.remove_plugin("gdcm")
    try:
        yield
    finally:
        RLELosslessEncoder.add_plugin("gdcm", ("pydicom.pixels.encoders.gdcm", "encode_pixel_data"))


def _volume(
    masks: Sequence[npt.NDArray[Any]],
    grid: VoxelGrid,
    kind: Kind,
    numbers: Sequence[int],
    images: Sequence[Dataset],
) -> Any:
    """Return the masks as a volume of highdicom: slices, rows, columns, and segments if they may overlap."""
    import highdicom as hd

    affine = grid.point_from_index[:, [2, 1, 0, 3]]
    channels: dict[Any, Any] | None = {"SegmentNumber": list(numbers)}
    if kind == "LABELMAP":
        stored = sum(np.uint16(number) * (mask > 0) for number, mask in zip(numbers, masks, strict=True))
        array, channels = np.asarray(stored, np.uint16).T, None
    else:
        dtype = np.float32 if kind == "FRACTIONAL" else np.uint8
        array = np.stack([mask.T.astype(dtype) for mask in masks], axis=-1)
    return hd.Volume(
        np.ascontiguousarray(array),
        affine,
        "PATIENT",
        frame_of_reference_uid=images[0].FrameOfReferenceUID,
        channels=channels,
    )


def _description(number: int, name: str) -> Any:
    import highdicom as hd
    from pydicom.sr.coding import Code

    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=Code("49755003", "SCT", "Morphologically Altered Structure"),
        segmented_property_type=Code("4147007", "SCT", "Mass"),
        algorithm_type="MANUAL",
    )


def _patient() -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = _CT_STORAGE
    image.Modality = "CT"
    image.PatientName, image.PatientID = "Doe^Jane", "MRN-4711"
    image.PatientBirthDate, image.PatientSex = date(1960, 2, 3), "F"
    image.AccessionNumber, image.StudyID = "", ""
    image.StudyDate, image.StudyTime = date(2024, 1, 2), time(3, 4, 5)
    image.ReferringPhysicianName = ""
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation, image.SamplesPerPixel = 0, 1
    image.PhotometricInterpretation = "MONOCHROME2"
    return image


def _decimals(values: FloatArray) -> list[str]:
    """Return numbers in the 16 characters that DICOM allows."""
    from pydicom.valuerep import format_number_as_ds

    return [format_number_as_ds(float(value)) for value in values]
