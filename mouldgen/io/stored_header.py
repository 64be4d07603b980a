"""What the header of a volume file announces, and whether that can be.

ITK fills what a file lacks with zeros, takes a spacing of 0 for 1 and allocates whatever a header asks for.
So every header is read here first, and nothing is handed to ITK that does not add up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.io.stored_data import StoredData

__all__ = [
    "StoredHeader",
    "check_affine",
    "check_announced_voxels",
    "check_declared_numbers",
    "check_declared_spacing",
    "check_line_length",
    "no_orientation",
    "wrong_content",
]

MOST_VOXELS = 2**31
"""Larger volumes are refused: eight gigabytes as 32-bit numbers."""

_FARTHEST_MM = 1e5
_LONGEST_LINE = 500
_LARGEST_NUMBER = 1e12
"""No length or cosine is larger; arithmetic with such overflows, in ITK too."""

_SNIFFED_BYTES = 512
_NIFTI_SIZES = tuple((348).to_bytes(4, order) for order in ("little", "big"))


@dataclass(frozen=True, eq=False)
class StoredHeader:
    """What a file's header announces.

    Parameters
    ----------
    format_name
        For people: ``NIfTI-1``, ``NRRD``, ``MetaImage``.
    path
        The file that was named.
    shape
        Voxels along the file's three axes of space, in the file's order.
    spacing
        Declared along the same axes, in `unit`.
    dimensions
        How many axes the file declares.
    volumes
        How many volumes or components are stored, the product of all further axes.
    pixel_type
        ``uint8``, ``float32``, ...
    data
        Where the voxels are.
    affines_lps
        What the header says about where voxels lie, by the name of its field: shape (4, 4), voxel index in
        the file's order to LPS millimetres. ITK's own answer must agree with one of them.
    unit
        Unit of length that the header declares: ``mm``, ``m``, ``um``, or empty.
    label_names
        Names of labels, where the file has them.
    findings
        What is unusual; messages name no file.
    """

    format_name: str
    path: Path
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]
    dimensions: int
    volumes: int
    pixel_type: str
    data: StoredData
    affines_lps: Mapping[str, FloatArray]
    unit: str = "mm"
    label_names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Finding, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The file that was named, and its data file where that is another."""
        return (self.path,) if self.data.path == self.path else (self.path, self.data.path)


def no_orientation(reason: str) -> Finding:
    """Return the finding that a header leaves the patient's directions open."""
    return Finding.warning(
        "no_orientation",
        f"{reason}, so its axes are taken to run to the patient's left, posterior and superior; left and "
        "right may be exchanged. Compare with the patient, or export the volume again with its orientation",
    )


def check_announced_voxels(name: str, sizes: Sequence[int]) -> None:
    """Refuse a header that announces no voxels, or more than fit in memory.

    Raises
    ------
    InputError
        With the sizes.
    """
    text = " x ".join(str(size) for size in sizes)
    if any(size < 1 for size in sizes):
        message = f"{name} announces {text} voxels; every size must be at least 1. Export the volume again"
        raise InputError(message)
    if math.prod(sizes) > MOST_VOXELS:
        message = (
            f"{name} announces {text} voxels; at most {MOST_VOXELS:.2g} are read. Crop the volume, or "
            "export it again if its header is damaged"
        )
        raise InputError(message)


def check_declared_spacing(name: str, spacing: Sequence[float]) -> None:
    """Refuse spacings that are zero, negative or not numbers.

    Raises
    ------
    InputError
        With the spacing.
    """
    if all(math.isfinite(step) and step > 0 for step in spacing):
        return
    text = " x ".join(f"{step:g}" for step in spacing)
    message = (
        f"{name} declares a voxel spacing of {text} mm; every spacing must be above zero. Correct the header "
        "or export the volume again"
    )
    raise InputError(message)


def check_declared_numbers(name: str, what: str, numbers: Iterable[float]) -> None:
    """Refuse lengths and cosines that are not finite, or beyond any that can be reckoned with.

    Raises
    ------
    InputError
        With the number.
    """
    wrong = [number for number in numbers if not abs(number) <= _LARGEST_NUMBER]
    if wrong:
        message = (
            f"the affine of {name} is not a finite 4 x 4 matrix: its {what} holds {wrong[0]:.3g}. Export the "
            "volume again"
        )
        raise InputError(message)


def check_line_length(name: str, line: str | bytes) -> None:
    """Refuse a line of a text header that is too long for ITK, which ends the whole process on some.

    Raises
    ------
    InputError
        With its length.
    """
    if len(line) > _LONGEST_LINE:
        message = (
            f"the header of {name} is damaged: a line of it has {len(line)} characters, expected at most "
            f"{_LONGEST_LINE}. Export the volume again"
        )
        raise InputError(message)


def check_affine(name: str, shape: tuple[int, int, int], affine_lps: FloatArray) -> None:
    """Refuse an affine that is sheared, singular, not finite, or leads far away from any scanner.

    Raises
    ------
    InputError
        With the shear in degrees or the distance.
    """
    try:
        grid = VoxelGrid(shape, affine_lps)
    except InputError as error:
        message = f"{name}: {error}"
        raise InputError(message) from None
    distance_mm = float(abs(grid.origin_mm).max())
    if distance_mm > _FARTHEST_MM:
        message = (
            f"{name} places its first voxel {distance_mm / 1000:.4g} m from the scanner's origin; expected "
            f"at most {_FARTHEST_MM / 1000:g} m. Correct the header or export the volume again"
        )
        raise InputError(message)


def wrong_content(path: Path, expected: str) -> InputError:
    """Return the error that a file does not hold what its extension says.

    Parameters
    ----------
    path
        An existing file.
    expected
        ``gzip``, ``NIfTI-1``, ``NRRD`` or ``MetaImage``.
    """
    with path.open("rb") as file:
        found = _content(file.read(_SNIFFED_BYTES))
    if found == expected:
        message = f"{path.name} is cut short or damaged: its header is not whole. Copy or export it again"
    else:
        message = (
            f"{path.name} is not {expected}, which its extension stands for: its content is {found}. Give "
            "the file its right extension, or export it again"
        )
    return InputError(message)


def _content(begin: bytes) -> str:
    """Return what the first bytes of a file tell of its format."""
    known = {
        "gzip": begin.startswith(b"\x1f\x8b"),
        "NRRD": begin.startswith(b"NRRD00"),
        "NIfTI-1": begin[:4] in _NIFTI_SIZES or begin[344:347] == b"n+1",
        "DICOM": begin[128:132] == b"DICM",
        "MetaImage": b"NDims" in begin,
        "text": begin.isascii() and b"\0" not in begin,
    }
    return next((name for name, found in known.items() if found), "of no known format")
