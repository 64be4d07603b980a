"""Grey levels, as the Image Biomarker Standardisation Initiative discretises (IBSI 1, section 2.7).

A fixed number of levels between the least and the greatest value, or levels of a fixed size from a fixed
start: -1000 HU for CT (configuration C of IBSI 1), 0 for PET (SUV), and 0 for parametric maps. Weighted MR
has no unit, so that a fixed size means nothing there unless it is given.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mouldgen.errors import ParameterError
from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import Channel, TumourVoxels
from mouldgen.params.habitats import Binning, FeatureParameters, Modality

__all__ = ["grey_levels", "levels_of_number", "levels_of_size"]

LevelArray = npt.NDArray[np.int64]

START = {Modality.CT: -1000.0, Modality.PET: 0.0, Modality.MR: 0.0, Modality.MAP: 0.0}
"""Where levels of a fixed size begin, in the unit of the image."""
SIZE = {Modality.CT: 25.0, Modality.PET: 0.5}
"""Their size where none is given: 25 HU (configuration C of IBSI 1), SUV 0.5 (Leijenaar 2015)."""


def grey_levels(channel: Channel, tumour: TumourVoxels, parameters: FeatureParameters) -> LevelArray:
    """Return the grey levels of an image: from 1 within the tumour, 0 outside; shape of the grid.

    A fixed number of levels spans the scaled values, so that what the scale clips counts as its ends;
    levels of a fixed size are of the image's own values.

    Raises
    ------
    ParameterError
        If levels have a fixed size, but none is given for an image whose values have no unit.
    """
    if parameters.binning is Binning.NUMBER:
        levels = levels_of_number(channel.scaled[tumour.inside], parameters.bin_count)
    else:
        levels = levels_of_size(
            channel.values[tumour.inside], _bin_size(channel, parameters), START[channel.modality]
        )
    volume = np.zeros(tumour.grid.shape, np.int64)
    volume[tumour.inside] = levels
    return volume


def levels_of_number(values: npt.ArrayLike, count: int) -> LevelArray:
    """Return levels 1 to `count`, of equal size between the least and the greatest value.

    The greatest value has the last level. If all values are alike, their level is 1.
    """
    numbers = np.asarray(values, np.float64)
    low, high = numbers.min(initial=np.inf), numbers.max(initial=-np.inf)
    if not low < high:
        return np.ones(numbers.shape, np.int64)
    steps: LevelArray = np.floor(count * ((numbers - low) / (high - low))).astype(np.int64)
    return np.asarray(np.minimum(steps + 1, count))


def levels_of_size(values: npt.ArrayLike, size: float, start: float) -> LevelArray:
    """Return levels of a fixed size: level 1 begins at `start`, and includes it.

    Where values lie below, the start moves down by whole levels until none does.
    """
    numbers: FloatArray = np.asarray(values, np.float64)
    levels: LevelArray = np.floor((numbers - start) / size).astype(np.int64) + 1
    levels += max(0, 1 - int(levels.min(initial=1)))
    return levels


def _bin_size(channel: Channel, parameters: FeatureParameters) -> float:
    size = parameters.bin_sizes.get(channel.name, SIZE.get(channel.modality))
    if size is None:
        message = (
            f"{channel.name} has no unit in which levels have a usual size; give its size in bin_sizes, "
            "or take a fixed number of levels (binning = 'number')"
        )
        raise ParameterError(message)
    return size
