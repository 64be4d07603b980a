"""Writes volumes as DICOM image series: classic files of one slice, or one multi-frame file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

__all__ = ["EXPLICIT", "SeriesTexts", "write_enhanced", "write_series"]

EXPLICIT = "1.2.840.10008.1.2.1"
"""Explicit VR Little Endian."""

_IMPLICIT = "1.2.840.10008.1.2"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_NATIVE = (EXPLICIT, _IMPLICIT, _BIG_ENDIAN, "1.2.840.10008.1.2.1.99")
_CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "MR": "1.2.840.10008.5.1.4.1.1.4"}
_CLASSES |= {"PT": "1.2.840.10008.5.1.4.1.1.128"}
_ENHANCED = {"CT": "1.2.840.10008.5.1.4.1.1.2.1", "MR": "1.2.840.10008.5.1.4.1.1.4.1"}
_ENHANCED |= {"PT": "1.2.840.10008.5.1.4.1.1.130"}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_ENCODERS = {
    "1.2.840.10008.1.2.5": "pydicom",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg",
}
"""One each, because GDCM, where it is installed, ends the whole process on images of odd size."""

Attributes = Mapping[str, object]


@dataclass(frozen=True)
class SeriesTexts:
    """What a series says of itself.

    Parameters
    ----------
    series_uid, study_uid, frame_of_reference_uid
        Made from the other texts where empty, always the same ones.
    series_number
        In its study.
    description
        Of the series.
    attributes
        Further values by keyword, for every file: names of persons, slice thickness, ...
    """

    series_uid: str = ""
    study_uid: str = ""
    frame_of_reference_uid: str = ""
    series_number: int = 1
    description: str = ""
    attributes: Attributes = field(default_factory=lambda: MappingProxyType({}))

    def uids(self, modality: str) -> tuple[str, str, str]:
        """Return the UIDs of the series, the study and the frame of reference."""
        from pydicom.uid import generate_uid

        own = [modality, str(self.series_number), self.description]
        return (
            self.series_uid or str(generate_uid(entropy_srcs=["series", *own])),
            self.study_uid or str(generate_uid(entropy_srcs=["study"])),
            self.frame_of_reference_uid or str(generate_uid(entropy_srcs=["frame"])),
        )


def write_series(
    folder: Path,
    voxels: npt.NDArray[Any],
    grid: VoxelGrid,
    *,
    modality: str = "CT",
    texts: SeriesTexts | None = None,
    transfer_syntax: str = EXPLICIT,
    scales: Sequence[tuple[float, float]] = (),
    per_slice: Callable[[int], Attributes] = lambda _: {},
    name: Callable[[int], str] = "IM{:04d}.dcm".format,
    first_number: int = 1,
) -> tuple[Path, ...]:
    """Write a volume as classic files of one slice each.

    Parameters
    ----------
    folder
        Existing; files of the same names are replaced.
    voxels
        Stored values of shape ``grid.shape``, indexed [column, row, slice], of 8, 16 or 32-bit whole numbers.
    grid
        Of any orientation and handedness.
    modality
        Which kind of image; other than CT, MR and PT are written as secondary captures.
    texts
        What the series says of itself.
    transfer_syntax
        UID: uncompressed, deflated, RLE, JPEG-LS or JPEG 2000.
    scales
        Rescale slope and intercept of each slice; none are written where it is empty.
    per_slice
        Further values by keyword for slice k, which replace those that are written anyway.
    name
        File name of slice k.
    first_number
        Instance number of slice 0.

    Returns
    -------
    tuple of Path
        In the order of k.
    """
    texts = texts or SeriesTexts()
    paths = []
    for k in range(grid.shape[2]):
        dataset = _dataset(_CLASSES.get(modality, _SECONDARY_CAPTURE), modality, texts, str(k))
        dataset.InstanceNumber = first_number + k
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.ImagePositionPatient = _decimals(grid.to_points((0, 0, k)))
        dataset.ImageOrientationPatient = _decimals(grid.directions[:, :2].T.ravel())
        dataset.PixelSpacing = _decimals(grid.spacing_mm[1::-1])
        dataset.SliceThickness = _decimals(grid.spacing_mm[2:])[0]
        if scales:
            dataset.RescaleSlope, dataset.RescaleIntercept = _decimals(np.array(scales[k]))
        _set_pixels(dataset, voxels[:, :, k].T, transfer_syntax)
        _set(dataset, {**texts.attributes, **per_slice(k)})
        paths.append(_saved(dataset, folder / name(k), transfer_syntax))
    return tuple(paths)


def write_enhanced(
    path: Path,
    voxels: npt.NDArray[Any],
    grid: VoxelGrid,
    *,
    modality: str = "CT",
    texts: SeriesTexts | None = None,
    transfer_syntax: str = EXPLICIT,
    scales: Sequence[tuple[float, float]] = (),
    order: Sequence[int] = (),
    per_frame: Callable[[int], Mapping[str, Attributes]] = lambda _: {},
) -> Path:
    """Write a volume as one multi-frame file with functional groups.

    Parameters
    ----------
    path
        Of the file.
    voxels, grid, modality, texts, transfer_syntax, scales
        As for `write_series`; modality is CT, MR or PT. Scales are of slices, not of frames.
    order
        Which slice each frame holds; a slice may come more than once. In ascending order where it is empty.
    per_frame
        Further functional groups of frame f (from 0): values by keyword, by the keyword of their sequence.
    """
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence as Items

    texts = texts or SeriesTexts()
    slices = list(order) or list(range(grid.shape[2]))
    dataset = _dataset(_ENHANCED[modality], modality, texts, "enhanced")
    dataset.InstanceNumber = 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.NumberOfFrames = len(slices)
    shared = Dataset()
    _set_group(
        shared,
        "PlaneOrientationSequence",
        {"ImageOrientationPatient": _decimals(grid.directions[:, :2].T.ravel())},
    )
    _set_group(shared, "PixelMeasuresSequence", {"PixelSpacing": _decimals(grid.spacing_mm[1::-1])})
    dataset.SharedFunctionalGroupsSequence = Items([shared])
    frames = []
    for number, k in enumerate(slices):
        frame = Dataset()
        position = _decimals(grid.to_points((0, 0, k)))
        _set_group(frame, "PlanePositionSequence", {"ImagePositionPatient": position})
        if scales:
            slope, intercept = _decimals(np.array(scales[k]))
            scale = {"RescaleSlope": slope, "RescaleIntercept": intercept, "RescaleType": "US"}
            _set_group(frame, "PixelValueTransformationSequence", scale)
        content = {"StackID": "1", "InStackPositionNumber": k + 1, "DimensionIndexValues": [1, k + 1]}
        for keyword, values in {"FrameContentSequence": content, **per_frame(number)}.items():
            _set_group(frame, keyword, values)
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Items(frames)
    _set_pixels(dataset, voxels[:, :, slices].T, transfer_syntax)
    _set(dataset, texts.attributes)
    return _saved(dataset, path, transfer_syntax)


def _dataset(sop_class: str, modality: str, texts: SeriesTexts, part: str) -> FileDataset:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, generate_uid

    series_uid, study_uid, frame_uid = texts.uids(modality)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID = UID(sop_class)
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[series_uid, part])
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = series_uid, study_uid
    dataset.FrameOfReferenceUID = frame_uid
    dataset.Modality = modality
    dataset.SeriesNumber = texts.series_number
    dataset.SeriesDescription = texts.description
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "", "", ""
    return dataset


def _set_pixels(dataset: FileDataset, pixels: npt.NDArray[Any], transfer_syntax: str) -> None:
    """Set the pixels, of shape (rows, columns) or (frames, rows, columns), and compress them."""
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    bits = 8 * pixels.dtype.itemsize
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    stored_type = pixels.dtype.newbyteorder(">" if transfer_syntax == _BIG_ENDIAN else "<")
    data = np.ascontiguousarray(pixels).astype(stored_type).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"


def _set(dataset: Dataset, values: Attributes) -> None:
    for keyword, value in values.items():
        setattr(dataset, keyword, value)


def _set_group(groups: Dataset, sequence: str, values: Attributes) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence as Items

    item = Dataset()
    _set(item, values)
    setattr(groups, sequence, Items([item]))


def _saved(dataset: FileDataset, path: Path, transfer_syntax: str) -> Path:
    from pydicom.uid import UID

    dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT)
    dataset.set_original_encoding(transfer_syntax == _IMPLICIT, transfer_syntax != _BIG_ENDIAN)
    if transfer_syntax in _NATIVE:
        dataset.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    else:
        plugin = _ENCODERS.get(transfer_syntax, "")
        dataset.compress(transfer_syntax, encoding_plugin=plugin, generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _decimals(values: FloatArray) -> list[str]:
    """Return numbers as DICOM stores them, in at most 16 characters."""
    from pydicom.valuerep import format_number_as_ds

    return [format_number_as_ds(float(value)) for value in values]
