"""Habitats as one NRRD file of labels that says what each label is, and their certainty as another.

The first is a segmentation of 3D Slicer, whatever its name ends in; reading it gives labels, names, coded
meanings and stability back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mouldgen.errors import InputError
from mouldgen.export.nrrd_volume import read_volume, write_volume
from mouldgen.export.segment_volume import Segment, write_segment_volume
from mouldgen.images import CertaintyVolume
from mouldgen.specimen import Habitat, HabitatMap

__all__ = ["read_certainty_volume", "write_certainty_volume", "write_habitat_volume"]


def write_habitat_volume(habitats: HabitatMap, path: Path) -> None:
    """Write labels, in LPS or the frame that the owner names, with what each of them is."""
    write_segment_volume(habitats.volume, tuple(_segments(habitats.habitats)), path)


def write_certainty_volume(certainty: CertaintyVolume, path: Path) -> None:
    """Write how sure each voxel's label is: 32-bit numbers from 0 to 1, compressed."""
    write_volume(certainty.voxels, certainty.grid, path, compressed=True)


def read_certainty_volume(path: Path) -> CertaintyVolume:
    """Return what `write_certainty_volume` wrote: the same numbers on the same grid.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    voxels, grid = read_volume(path)
    if voxels.dtype != np.float32:
        message = f"{path.name} holds {voxels.dtype} numbers, expected 32-bit fractions; write the case again"
        raise InputError(message)
    try:
        return CertaintyVolume(voxels, grid)
    except ValueError as error:
        message = f"{path.name} holds no certainty: {error}; write the case again"
        raise InputError(message) from None


def _segments(habitats: tuple[Habitat, ...]) -> Iterator[Segment]:
    for habitat in habitats:
        yield Segment(
            label=habitat.label,
            id=f"habitat_{habitat.label}",
            name=habitat.name,
            color=habitat.color,
            terminology=habitat.terminology,
            stability=habitat.stability,
        )
