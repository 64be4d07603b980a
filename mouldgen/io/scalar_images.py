"""Images of the specimen: MR, CT, PET or maps, each on its own grid."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from mouldgen.errors import Finding, InputError, ParameterError
from mouldgen.frames import FloatArray
from mouldgen.images import Image, LabelVolume
from mouldgen.io.stored_volume import StoredVolume
from mouldgen.io.voxel_values import to_image

__all__ = ["check_image_names", "differ", "read_image"]

COVERED_SHARE = 0.99
"""Less of the specimen than this inside an image is a warning."""

LEAST_COVERED_SHARE = 0.01
"""Less than this is refused: the image shows another place."""

LEAST_FOREIGN_SHARE = 0.9
"""The same for an image of another frame of reference, which may lie anywhere."""

_FOREIGN_FRAME = (
    Finding.warning(
        "frame_of_reference_differs",
        "the image and the segmentation carry different frames of reference, but lie in the same place; they "
        "are taken as registered. Check on the slab pictures, or in a viewer, that they fit",
    ),
)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_TAKEN_NAMES = {"labels", "habitats", "certainty"}
_MOST_POINTS = 200_000


def check_image_names(names: Iterable[str]) -> None:
    """Refuse names that cannot be file names in the case folder, or are taken.

    Raises
    ------
    ParameterError
        With the name.
    """
    seen = set(_TAKEN_NAMES)
    for name in names:
        if not _NAME.fullmatch(name):
            message = (
                f"an image cannot be called {name!r}; expected 1 to 32 letters, digits, '-' or '_', for "
                "instance t2 in --image t2=FILE"
            )
            raise ParameterError(message)
        if name.lower() in seen:
            message = f"an image cannot be called {name!r}, because that name is taken; choose another"
            raise ParameterError(message)
        seen.add(name.lower())


def read_image(
    volume: StoredVolume, name: str, tissue: LabelVolume, frame_of_reference_uid: str = ""
) -> tuple[Image, tuple[Finding, ...]]:
    """Return a file's values as an image of the specimen.

    Parameters
    ----------
    volume
        As read.
    name
        What the user calls it.
    tissue
        The specimen.
    frame_of_reference_uid
        Of the segmentation, where it is DICOM. An image of another frame of reference must show nearly all of
        the specimen: then only its place tells that they belong together.

    Raises
    ------
    InputError
        If the image holds nothing finite, or lies beside the specimen.
    """
    is_foreign = differ(volume.frame_of_reference_uid, frame_of_reference_uid)
    outside_mm = _outside_mm(volume, tissue)
    covered = float((outside_mm <= 0).mean())
    if covered < (LEAST_FOREIGN_SHARE if is_foreign else LEAST_COVERED_SHARE):
        foreign = ", and its frame of reference is another" if is_foreign else ""
        message = (
            f"{volume.name} (image {name}) does not show the specimen: {100 * covered:.1f} % of it lies in "
            f"the image, the rest up to {outside_mm.max():.1f} mm away{foreign}. Give an image in the same "
            "patient coordinates as the segmentation"
        )
        raise InputError(message)
    image, findings = to_image(volume, name)
    return image, (*findings, *(_FOREIGN_FRAME if is_foreign else ()), *_coverage(covered))


def differ(one: str, other: str) -> bool:
    """Return whether two identifiers are given and are not the same."""
    return bool(one and other) and one != other


def _outside_mm(volume: StoredVolume, tissue: LabelVolume) -> FloatArray:
    """Return how far voxels of the tissue lie outside the image, for at most 200 000 of them."""
    index = np.argwhere(tissue.voxels)
    points = tissue.grid.to_points(index[:: -(-len(index) // _MOST_POINTS)])
    position = volume.grid.to_indices(points)
    last = np.array(volume.grid.shape) - 1
    beyond = np.maximum(np.maximum(-0.5 - position, position - (last + 0.5)), 0.0)
    return np.asarray(np.linalg.norm(beyond * volume.grid.spacing_mm, axis=1))


def _coverage(covered: float) -> tuple[Finding, ...]:
    missing = f"{100 * (1 - covered):.1f} % of the specimen lies outside the image, where pictures show 0"
    if covered < COVERED_SHARE:
        return (Finding.warning("image_partial", f"{missing}; check that it is the image of this specimen"),)
    return (Finding.info("image_partial", f"{missing}"),) if covered < 1 else ()
