"""The printable parts of a mould and the figures that describe it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, Rigid
from mouldgen.meshes import TriangleMesh
from mouldgen.mould.engravings import Engraving
from mouldgen.solids import Solid

__all__ = ["IN_PLACE", "MadeWindow", "Mould", "Part", "Way", "is_round_below", "names_in_pieces"]

IN_PLACE = Rigid.from_parts(np.eye(3), np.zeros(3))
"""Of a part that is printed as it stands in the mould."""


class Way(StrEnum):
    """Through what a window leads."""

    BASE = "base"
    WALL = "wall"
    LID = "lid"


@dataclass(frozen=True, eq=False)
class MadeWindow:
    """A window that was made.

    Parameters
    ----------
    landmark
        Its name.
    mark
        What is engraved beside it; empty without room.
    way
        Through what it leads.
    position_mould
        Shape (3,): the landmark, at the size of the plastic.
    radius_mm
        Half the width that was asked for.
    """

    landmark: str
    mark: str
    way: Way
    position_mould: FloatArray
    radius_mm: float


@dataclass(frozen=True, eq=False)
class Part:
    """One body.

    Parameters
    ----------
    name
        Stem of its file, such as ``base`` or ``specimen``.
    title
        What people call it, such as ``Mould base``.
    mesh
        As it is printed, a printable part standing on z = 0; coordinates are exact in 32 bits, so that an
        STL file holds the same.
    color
        ``#rrggbb``.
    printable
        Whether it is part of the mould (False for the replica of the specimen).
    extruder
        Which extruder of a printer with several is to print it, from 1.
    is_assembled
        Whether it is in the mould when all is put together; not so what stands beside it, or pieces of a
        part that is there whole.
    mould_from_part
        Rigid, from the mesh to where the part belongs in the mould.
    engraved
        Texts that are cut into its level surfaces.
    """

    name: str
    title: str
    mesh: TriangleMesh
    color: str
    printable: bool = True
    extruder: int = 1
    is_assembled: bool = True
    mould_from_part: Rigid = field(default=IN_PLACE)
    engraved: tuple[Engraving, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Return what is stored of the part: not its solid, which other programs cannot read."""
        return {name: value for name, value in self.__dict__.items() if name != "solid"}

    @cached_property
    def solid(self) -> Solid:
        """What the mesh encloses."""
        return Solid.from_mesh(self.mesh, self.name)


def names_in_pieces(names: Collection[str]) -> set[str]:
    """Return the names of parts that are there in pieces as well, which are printed instead of the whole."""
    return {whole for whole in ("base", "lid") if f"{whole}-1" in names}


def is_round_below(name: str) -> bool:
    """Return whether a part is shaped like the specimen, so that it is printed with supports."""
    return name == "specimen" or name.startswith("replica")


@dataclass(frozen=True, eq=False)
class Mould:
    """The parts, and what was measured while they were built.

    Parameters
    ----------
    parts
        The base first.
    slot_width_mm, clearance_mm
        As built.
    floor_z_mm
        Top of the baseplate.
    rim_z_mm
        Top of the cavity wall.
    guide_z_mm
        Top of the blade guides.
    score_z_mm
        Bottom of the score slot.
    void_percent
        Space between specimen and cavity below the rim that the upward sweep left, as a share of the
        specimen below the rim.
    slot_x_mm
        Middle of every slot in the plastic (imaging size times the scale along X).
    slot_y_mm
        Where the slots begin at the front, and end at the back.
    is_tied
        Whether a tie closes the slots at the back.
    marks
        Every engraved text, in reading order.
    windows
        Openings at landmarks.
    findings
        What building found.
    """

    parts: tuple[Part, ...]
    slot_width_mm: float
    clearance_mm: float
    floor_z_mm: float
    rim_z_mm: float
    guide_z_mm: float
    score_z_mm: float
    void_percent: float
    slot_x_mm: tuple[float, ...]
    slot_y_mm: tuple[float, float]
    is_tied: bool
    marks: tuple[str, ...]
    windows: tuple[MadeWindow, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def base(self) -> Part:
        """The part that the specimen lies in."""
        return self.parts[0]

    def part(self, name: str) -> Part | None:
        """Return the part of this name, if there is one."""
        return next((part for part in self.parts if part.name == name), None)
