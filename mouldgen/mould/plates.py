"""All printable parts of a mould, laid out on the plates of the printer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.mould.packing import pack_rectangles
from mouldgen.mould.parts import Mould, Part, names_in_pieces
from mouldgen.params import DesignParameters

__all__ = ["Placement", "Plate", "arrange_plates", "parts_to_print"]


@dataclass(frozen=True, eq=False)
class Placement:
    """A part on a plate.

    Parameters
    ----------
    part
        The part, in the mould frame.
    corner_mm
        X and Y of its lower left corner on the plate, from the plate's front left corner.
    is_turned
        Whether it is turned by 90 degrees about Z, counterclockwise seen from above.
    """

    part: Part
    corner_mm: tuple[float, float]
    is_turned: bool

    @property
    def rotation(self) -> FloatArray:
        """Shape (3, 3): takes the part's points to the plate's axes."""
        if self.is_turned:
            return np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        return np.eye(3)

    @property
    def shift_mm(self) -> FloatArray:
        """Shape (3,): added after the rotation; the part stands on z = 0."""
        low, high = self.part.mesh.bounds_mm
        corner = [-high[1], low[0], low[2]] if self.is_turned else low
        return np.asarray(np.array([*self.corner_mm, 0.0]) - np.array(corner))


@dataclass(frozen=True, eq=False)
class Plate:
    """What is printed at once."""

    placements: tuple[Placement, ...]


def parts_to_print(mould: Mould) -> tuple[Part, ...]:
    """Return the parts that go onto plates: all printable ones, and pieces instead of what is in pieces."""
    wholes = names_in_pieces({part.name for part in mould.parts})
    return tuple(part for part in mould.parts if part.printable and part.name not in wholes)


def arrange_plates(parts: Sequence[Part], parameters: DesignParameters) -> tuple[Plate, ...]:
    """Return as few plates as the layout finds; parts that do not fit the printer are on none.

    What lies on a plate is moved to its middle.

    Parameters
    ----------
    parts
        From `parts_to_print`.
    parameters
        Build volume, margin at its edge, and gap between parts.
    """
    bed, margin = parameters.printer.bed_mm, parameters.split.margin_mm
    standing = [part for part in parts if float(np.ptp(part.mesh.bounds_mm[:, 2])) <= bed[2]]
    sizes = [tuple(np.ptp(part.mesh.bounds_mm, axis=0)[:2].tolist()) for part in standing]
    room = (bed[0] - 2 * margin, bed[1] - 2 * margin)
    # a part as large as the bed goes onto it without a margin
    if any(not _fits(size, room) and _fits(size, bed[:2]) for size in sizes):
        room, margin = (bed[0], bed[1]), 0.0
    spots = pack_rectangles(sizes, room, parameters.files.plate_gap_mm)
    placed = [
        (spot.sheet, Placement(part, (spot.x_mm + margin, spot.y_mm + margin), spot.is_turned))
        for part, spot in zip(standing, spots, strict=True)
        if spot is not None
    ]
    # the plate with the first part comes first
    sheets = list(dict.fromkeys(sheet for sheet, _ in placed))
    return tuple(
        _centered([placement for on, placement in placed if on == sheet], (bed[0], bed[1]))
        for sheet in sheets
    )


def _fits(size: Sequence[float], room: Sequence[float]) -> bool:
    return bool((np.sort(size) <= np.sort(room)).all())


def _centered(laid: Sequence[Placement], bed_mm: tuple[float, float]) -> Plate:
    corners, opposite = [], []
    for placement in laid:
        width, depth, _ = np.ptp(placement.part.mesh.bounds_mm, axis=0)
        sides = (depth, width) if placement.is_turned else (width, depth)
        corners.append(placement.corner_mm)
        opposite.append(np.add(placement.corner_mm, sides))
    free = np.array(bed_mm) - np.max(opposite, axis=0) - np.min(corners, axis=0)
    # hundredths keep the numbers in the file short
    shift = np.floor(50 * free) / 100
    return Plate(
        tuple(
            Placement(
                placement.part,
                (float(placement.corner_mm[0] + shift[0]), float(placement.corner_mm[1] + shift[1])),
                placement.is_turned,
            )
            for placement in laid
        )
    )
