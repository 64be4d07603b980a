"""Writes segmentations as 3D Slicer does (``.seg.nrrd``), in every variant that the format has."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid

__all__ = ["WrittenSegment", "write_segment_file"]

_TYPE_WORDS = {
    "uint8": "unsigned char",
    "int16": "short",
    "uint16": "unsigned short",
    "int32": "int",
    "float32": "float",
    "float64": "double",
}
_TO_LPS = {"left-posterior-superior": (1.0, 1.0, 1.0), "right-anterior-superior": (-1.0, -1.0, 1.0)}
_MASS = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^49755003^Morphologically Altered "
    "Structure~SCT^4147007^Mass~^^~Anatomic codes - DICOM master list~^^~^^"
)


@dataclass(frozen=True)
class WrittenSegment:
    """One segment as the header describes it; None leaves a key out.

    Parameters
    ----------
    name
        For people.
    label
        Value of its voxels.
    layer
        Which array holds them.
    extent
        ``"0 9 0 9 0 9"``.
    terminology
        As 3D Slicer spells it.
    """

    name: str | None
    label: int | str | None = 1
    layer: int | str | None = 0
    extent: str | None = None
    terminology: str = _MASS


def write_segment_file(
    path: Path,
    layers: Sequence[npt.NDArray[Any]],
    grid: VoxelGrid,
    segments: Sequence[WrittenSegment],
    *,
    space: str = "left-posterior-superior",
    list_axis: int | None = 0,
    is_compressed: bool = True,
    image: VoxelGrid | None = None,
    offset: Sequence[int] | None = None,
    pairs: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write a segmentation.

    Parameters
    ----------
    path
        Where to; it should end in ``.seg.nrrd``.
    layers
        Arrays of shape ``grid.shape`` and one number type.
    grid
        Where they lie in LPS, in the order in which they are stored.
    segments
        What the header says of them.
    space
        Of the header's directions and origin.
    list_axis
        Which of the four axes counts the layers; with None a single layer is stored in three axes.
    is_compressed
        By gzip.
    image
        Lattice of the image that the segments were drawn on, for the parameters of conversion.
    offset
        Index in that lattice at which the arrays begin.
    pairs
        Further key/value pairs.
    """
    stored = layers[0] if list_axis is None else np.stack(layers, axis=list_axis)
    turn = np.diag(_TO_LPS[space])
    directions = [_vector(turn @ column) for column in grid.point_from_index[:3, :3].T]
    kinds = ["domain"] * 3
    if list_axis is not None:
        directions.insert(list_axis, "none")
        kinds.insert(list_axis, "list")
    lines = [
        "NRRD0004",
        "# Complete NRRD file format specification at:",
        f"type: {_TYPE_WORDS[stored.dtype.name]}",
        f"dimension: {stored.ndim}",
        f"space: {space}",
        f"sizes: {' '.join(str(size) for size in stored.shape)}",
        f"space directions: {' '.join(directions)}",
        f"kinds: {' '.join(kinds)}",
        "endian: little",
        f"encoding: {'gzip' if is_compressed else 'raw'}",
        f"space origin: {_vector(turn @ grid.origin_mm)}",
        *_pairs(segments, image, offset),
        *(f"{key}:={value}" for key, value in pairs.items()),
    ]
    data = stored.astype(stored.dtype.newbyteorder("<")).tobytes(order="F")
    text = "\n".join(lines) + "\n\n"
    path.write_bytes(text.encode() + (gzip.compress(data, 1, mtime=0) if is_compressed else data))


def _pairs(
    segments: Sequence[WrittenSegment], image: VoxelGrid | None, offset: Sequence[int] | None
) -> Iterator[str]:
    for number, segment in enumerate(segments):
        values = {
            "ID": f"Segment_{number + 1}",
            "Name": segment.name,
            "LabelValue": segment.label,
            "Layer": segment.layer,
            "Extent": segment.extent,
            "Tags": f"Segmentation.Status:inprogress|TerminologyEntry:{segment.terminology}|",
        }
        yield from (f"Segment{number}_{key}:={value}" for key, value in values.items() if value is not None)
    yield "Segmentation_MasterRepresentation:=Binary labelmap"
    if image is not None:
        geometry = f"Reference image geometry|{_geometry(image)}|Image geometry.\\nOf the image."
        yield f"Segmentation_ConversionParameters:=Collapse labelmaps|1|Merge.&{geometry}&Smoothing|0|.&"
    if offset is not None:
        yield f"Segmentation_ReferenceImageExtentOffset:={' '.join(str(start) for start in offset)}"


def _vector(values: FloatArray) -> str:
    return f"({','.join(repr(float(value)) for value in values.round(17))})"


def _geometry(image: VoxelGrid) -> str:
    """Return a lattice as 3D Slicer writes it: index to RAS, then first and last index along each axis."""
    matrix = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.point_from_index
    extent = [number for size in image.shape for number in (0, size - 1)]
    return "".join(f"{number!r};" for number in [*matrix.ravel().tolist(), *extent])
