"""The key/value pairs by which 3D Slicer describes the segments of a ``.seg.nrrd`` file.

https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mouldgen.errors import InputError
from mouldgen.frames import VoxelGrid
from mouldgen.io.terminology import Code, coded_meaning

__all__ = [
    "STABILITY_TAG",
    "SegmentKeys",
    "extent_offset",
    "has_segments",
    "parse_reference_grid",
    "parse_segments",
]

STABILITY_TAG = "mouldgen.Stability"
"""Tag that says how well the labels of a computed habitat repeat (Dice, 0 to 1)."""

_SEGMENT_KEY = re.compile(r"Segment([0-9]{1,6})_(ID|Name)")
_ESCAPED = re.compile(r"\\(.)")
_REFERENCE = "Reference image geometry|"
_LARGEST = 1e9


@dataclass(frozen=True)
class SegmentKeys:
    """What the header says of one segment.

    Parameters
    ----------
    position
        From 1, in the file's order.
    name
        Its name, or its identifier where it has none.
    label
        Value of its voxels.
    layer
        Which array of the file holds them, from 0.
    extent
        First and last index along each axis of the file; None where the header does not say.
    terminology
        Its coded meaning, for people.
    stability
        Of a computed habitat, from 0 to 1; None where the header does not say.
    """

    position: int
    name: str
    label: int
    layer: int
    extent: tuple[int, ...] | None
    terminology: str
    stability: float | None = None


def has_segments(pairs: Mapping[str, str]) -> bool:
    """Return whether a header describes segments."""
    return any(_SEGMENT_KEY.fullmatch(key) for key in pairs)


def parse_segments(name: str, pairs: Mapping[str, str], layers: int) -> tuple[SegmentKeys, ...]:
    """Return the segments that a header describes, in the file's order.

    Parameters
    ----------
    name
        The file's, for messages.
    pairs
        Of the header.
    layers
        How many arrays the file holds. A segment without a layer has one of its own.

    Raises
    ------
    InputError
        If a label value or a layer is no possible number.
    """
    found = {int(match[1]) for key in pairs if (match := _SEGMENT_KEY.fullmatch(key))}
    return tuple(
        _segment(name, pairs, number, position, layers)
        for position, number in enumerate(sorted(found), start=1)
    )


def parse_reference_grid(pairs: Mapping[str, str]) -> VoxelGrid | None:
    """Return the lattice of the image that the segments were drawn on, in LPS; None if unknown.

    The header keeps it among the parameters of conversion: a matrix from index to RAS, then the first and the
    last index along each axis.
    """
    _, found, rest = pairs.get("Segmentation_ConversionParameters", "").partition(_REFERENCE)
    try:
        numbers = [float(word) for word in rest.partition("|")[0].split(";") if word.strip()]
        if not found or len(numbers) != 22 or not np.abs(numbers).max() < _LARGEST:
            return None
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ np.array(numbers[:16]).reshape(4, 4)
        start, last = (np.array(numbers[first::2]).astype(int) for first in (16, 17))
        if (last < start).any():
            return None
        return VoxelGrid((1, 1, 1), affine).cropped(start.tolist(), (last + 1).tolist())
    except (ValueError, InputError):
        return None


def extent_offset(pairs: Mapping[str, str]) -> tuple[int, ...]:
    """Return where in the image's lattice the stored arrays begin; zeros where the header does not say.

    The space origin of the header counts this in already.
    """
    return _whole_numbers(pairs.get("Segmentation_ReferenceImageExtentOffset", ""), 3) or (0, 0, 0)


def _segment(name: str, pairs: Mapping[str, str], number: int, position: int, layers: int) -> SegmentKeys:
    def value(key: str) -> str:
        return _unescaped(pairs.get(f"Segment{number}_{key}", "")).strip()

    label, layer, tags = value("LabelValue"), value("Layer"), _tags(value("Tags"))
    return SegmentKeys(
        position=position,
        name=value("Name") or value("ID"),
        label=_number(name, position, "label value", label or "1", lowest=1),
        layer=_number(name, position, "layer", layer or _own_layer(position, label, layers), lowest=0),
        extent=_whole_numbers(value("Extent"), 6),
        terminology=_terminology(tags),
        stability=_stability(name, position, tags.get(STABILITY_TAG, "").strip()),
    )


def _own_layer(position: int, label: str, layers: int) -> str:
    """Return the layer of a segment whose header names none."""
    return "0" if layers == 1 and label else str(position - 1)


def _number(name: str, position: int, what: str, text: str, *, lowest: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) >= lowest:
        return int(text)
    message = (
        f"{name} gives its segment {position} a {what} that is no whole number from {lowest} up; save it "
        "again with 3D Slicer"
    )
    raise InputError(message)


def _whole_numbers(text: str, count: int) -> tuple[int, ...] | None:
    words = text.split()
    if len(words) != count or not all(re.fullmatch(r"-?[0-9]{1,9}", word) for word in words):
        return None
    return tuple(int(word) for word in words)


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], value)


def _tags(text: str) -> dict[str, str]:
    """Return the tags of a segment: ``name:value|name:value|``."""
    return dict(tag.split(":", 1) for tag in text.split("|") if ":" in tag)


def _stability(name: str, position: int, text: str) -> float | None:
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,20})?", text) and float(text) <= 1:
        return float(text)
    message = (
        f"{name} gives its segment {position} a stability ({STABILITY_TAG}) that is no number from 0 to 1; "
        "compute the habitats again"
    )
    raise InputError(message)


def _terminology(tags: Mapping[str, str]) -> str:
    """Return what the tag ``TerminologyEntry`` says: context~category~type~modifier~..., each a triple."""
    parts = [*tags.get("TerminologyEntry", "").split("~"), "", "", "", ""]
    category, kind, modifier = (Code(*[*part.split("^"), "", "", ""][:3]) for part in parts[1:4])
    return coded_meaning(category, kind, modifier)
