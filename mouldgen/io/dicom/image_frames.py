"""The frames of an image: where each lies, what its values mean, and what tells repeated ones apart.

A classic file is one frame and says everything at its top. A multi-frame file of the enhanced kind says it
in functional groups: shared ones, and those of each frame, which come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import InputError
from mouldgen.io.dicom.attributes import items_of, number_of, numbers_of, text_of, whole_number_of
from mouldgen.io.dicom.planes import Plane

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["FRAME_KEYWORDS", "TRAITS", "ImageFrame", "image_frames", "planes_of"]

TRAITS = (
    "ImageType",
    "FrameType",
    "ComplexImageComponent",
    "EchoTime",
    "EffectiveEchoTime",
    "EchoNumbers",
    "InversionTime",
    "RepetitionTime",
    "FlipAngle",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "DiffusionDirectionality",
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "TemporalPositionTimeOffset",
    "TriggerTime",
    "NominalCardiacTriggerDelayTime",
    "NominalPercentageOfCardiacPhase",
    "FrameReferenceTime",
    "AcquisitionNumber",
    "FrameAcquisitionNumber",
    "ConvolutionKernel",
    "KVP",
    "StackID",
    "ContrastBolusAgent",
    "AcquisitionDateTime",
    "AcquisitionTime",
    "FrameAcquisitionDateTime",
    "FrameReferenceDateTime",
    "ContentTime",
)
"""What may tell images at the same position apart, the most telling first."""

_LARGEST = 1e7
"""No position, direction or spacing is larger, in mm; beyond, sums and products overflow."""

_PLANE_KEYWORDS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
_VALUE_KEYWORDS = ("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence")
_GROUPS = {
    "PlanePositionSequence": ("ImagePositionPatient",),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelMeasuresSequence": ("PixelSpacing",),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "FrameContentSequence": (
        "TemporalPositionIndex",
        "FrameAcquisitionNumber",
        "StackID",
        "FrameAcquisitionDateTime",
        "FrameReferenceDateTime",
    ),
    "MREchoSequence": ("EffectiveEchoTime",),
    "MRDiffusionSequence": ("DiffusionBValue", "DiffusionDirectionality"),
    "MRTimingAndRelatedParametersSequence": ("RepetitionTime", "FlipAngle"),
    "MRImageFrameTypeSequence": ("FrameType", "ComplexImageComponent"),
    "CTImageFrameTypeSequence": ("FrameType",),
    "PETFrameTypeSequence": ("FrameType",),
    "CTReconstructionSequence": ("ConvolutionKernel",),
    "TemporalPositionSequence": ("TemporalPositionTimeOffset",),
    "CardiacSynchronizationSequence": ("NominalCardiacTriggerDelayTime", "NominalPercentageOfCardiacPhase"),
}
"""Functional groups and what is taken from them."""

FRAME_KEYWORDS = (
    *_PLANE_KEYWORDS,
    *_VALUE_KEYWORDS,
    *TRAITS,
    "Rows",
    "Columns",
    "NumberOfFrames",
    "InstanceNumber",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)
"""What `image_frames` and `planes_of` look at."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageFrame:
    """One frame of an image file.

    Parameters
    ----------
    index
        In the file, from 0.
    number
        Instance number of a classic file, frame number (from 1) of a multi-frame one.
    plane
        Where it lies; None where the file does not say.
    slope, intercept
        Of the Modality LUT; None where the file has none.
    traits
        Values of `TRAITS` as text.
    """

    index: int
    number: int | None
    plane: Plane | None
    slope: float | None = None
    intercept: float | None = None
    traits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def planes_of(dataset: Dataset) -> tuple[Plane, ...]:
    """Return where the frames lie, in the file's order.

    Parameters
    ----------
    dataset
        Of a classic image or one with functional groups.

    Raises
    ------
    InputError
        If a frame's position, orientation or pixel spacing is absent or no set of numbers.
    """
    return tuple(_plane(frame) for frame in _frames(dataset))


def image_frames(dataset: Dataset) -> tuple[ImageFrame, ...]:
    """Return the frames of an image, in the file's order; without planes where any is unclear."""
    frames = tuple(_frames(dataset))
    try:
        planes: Sequence[Plane | None] = [_plane(frame) for frame in frames]
    except InputError:
        planes = [None] * len(frames)
    return tuple(
        ImageFrame(
            index=index,
            number=frame.number,
            plane=plane,
            slope=frame.number_of("RescaleSlope"),
            intercept=frame.number_of("RescaleIntercept"),
            traits=MappingProxyType(frame.traits()),
        )
        for index, (frame, plane) in enumerate(zip(frames, planes, strict=True))
    )


@dataclass(frozen=True, eq=False)
class _Frame:
    """One frame, and the data sets that speak of it: the nearest first."""

    dataset: Dataset
    groups: tuple[Dataset, ...]
    number: int | None

    def source_of(self, keyword: str) -> Dataset:
        """Return the data set that holds a keyword; the file's own where no group does."""
        for groups in self.groups:
            for sequence, keywords in _GROUPS.items():
                if keyword in keywords and sequence in groups:
                    for item in items_of(groups, sequence)[:1]:
                        if keyword in item:
                            return item
        return self.dataset

    def number_of(self, keyword: str) -> float | None:
        return number_of(self.source_of(keyword), keyword)

    def numbers_of(self, keyword: str, count: int) -> tuple[float, ...]:
        numbers = numbers_of(self.source_of(keyword), keyword)
        if numbers is not None and max(map(abs, numbers)) > _LARGEST:
            numbers = None
        if numbers is None or len(numbers) != count:
            which = "" if self.number is None else f" or frame with the number {self.number}"
            found = "none that can be read" if numbers is None else f"{len(numbers)}"
            message = (
                f"the image{which} needs {count} numbers for {keyword}, to have a place in the patient; "
                f"found {found}. Export the original series"
            )
            raise InputError(message)
        return numbers

    def traits(self) -> dict[str, str]:
        values = {keyword: text_of(self.source_of(keyword), keyword) for keyword in TRAITS}
        return {keyword: value for keyword, value in values.items() if value}


def _frames(dataset: Dataset) -> Iterator[_Frame]:
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    each = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    count = whole_number_of(dataset, "NumberOfFrames") or 1
    if not each:
        yield from _without_groups(dataset, shared, count)
        return
    if len(each) != count:
        message = (
            f"the image says that it has {count} frames, but describes {len(each)}; it is damaged. Export it "
            "again"
        )
        raise InputError(message)
    for number, own in enumerate(each, start=1):
        yield _Frame(dataset, (own, *shared), number)


def _without_groups(dataset: Dataset, shared: tuple[Dataset, ...], count: int) -> Iterator[_Frame]:
    if count > 1:
        message = (
            f"the image has {count} frames but does not say where each lies (it has no functional groups); "
            "export it as an enhanced image or as single slices"
        )
        raise InputError(message)
    yield _Frame(dataset, shared, whole_number_of(dataset, "InstanceNumber"))


def _plane(frame: _Frame) -> Plane:
    axes = np.array(frame.numbers_of("ImageOrientationPatient", 6))
    between_rows, between_columns = frame.numbers_of("PixelSpacing", 2)
    return Plane(
        position_lps=np.array(frame.numbers_of("ImagePositionPatient", 3)),
        row_direction=axes[:3],
        column_direction=axes[3:],
        spacing_mm=(between_rows, between_columns),
        rows=whole_number_of(frame.dataset, "Rows") or 0,
        columns=whole_number_of(frame.dataset, "Columns") or 0,
        number=frame.number,
    )
