"""How numbers are rounded in ``sampling_map.json``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mouldgen.sampling.contents import Rings
from mouldgen.sampling.map import OUTLINE_DECIMALS, POSITION_DECIMALS

__all__ = ["UNIT_DECIMALS", "mm", "mm3", "rings", "rounded", "row", "unit_share"]

UNIT_DECIMALS = 12
_VOLUME_DECIMALS = 3
_SHARE_DECIMALS = 4


def mm(value: float) -> float:
    """Round a length to 1e-6 mm."""
    return rounded(value, POSITION_DECIMALS)


def mm3(value: float) -> float:
    """Round a volume to 0.001 mm3."""
    return rounded(value, _VOLUME_DECIMALS)


def unit_share(value: float) -> float:
    """Round a share or probability to 1e-4, within 0 and 1."""
    return min(1.0, max(0.0, rounded(value, _SHARE_DECIMALS)))


def rounded(value: float, decimals: int) -> float:
    """Round a number; -0.0 becomes 0.0."""
    return round(float(value), decimals) + 0.0


def row(values: npt.ArrayLike, decimals: int = POSITION_DECIMALS) -> Any:
    """Round the numbers of a row, such as a point."""
    return tuple((np.round(np.asarray(values, np.float64), decimals) + 0.0).tolist())


def rings(outline: Rings) -> list[Any]:
    """Round rings to 1e-4 mm."""
    return [list(map(tuple, (np.round(ring, OUTLINE_DECIMALS) + 0.0).tolist())) for ring in outline]
