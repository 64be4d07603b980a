"""What is measured on finished parts, put together as they belong: overlaps, and what stops lid and blade."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from mouldgen.frames import Rigid
from mouldgen.mould.parts import Mould
from mouldgen.solids import Solid, compose

__all__ = ["Assembly", "assemble"]

SLOT_MARGIN_MM = 0.02
SECTION_STEP_MM = 2.0
TURNED_OVER = Rigid.from_parts(np.diag([1.0, -1.0, -1.0]), np.zeros(3))


@dataclass(frozen=True, eq=False)
class Assembly:
    """All parts as solids in the mould frame.

    Parameters
    ----------
    mould
        Where the slots are.
    solids
        By the names of the parts.
    """

    mould: Mould
    solids: dict[str, Solid]

    def overlaps_mm3(self) -> dict[tuple[str, str], float]:
        """Return the volume that any two parts have in common, where they have any."""
        shared = {
            (one, other): self.solids[one].shared_mm3(self.solids[other])
            for one, other in combinations(self.solids, 2)
            if _boxes_meet(self.solids[one], self.solids[other])
        }
        return {pair: volume for pair, volume in shared.items() if volume > 0}

    def locked_mm3(self) -> float:
        """Return how much of the base is in the specimen's way in from above."""
        return self.solids["base"].volume_above_mm3(self.solids["specimen"], SECTION_STEP_MM)

    def locked_in_lid_mm3(self) -> float:
        """Return how much of the lid is in the specimen's way as the lid goes on from above."""
        if "lid" not in self.solids:
            return 0.0
        lid, specimen = (self.solids[name].moved(TURNED_OVER) for name in ("lid", "specimen"))
        return lid.volume_above_mm3(specimen, SECTION_STEP_MM)

    def blocked_mm3(self, name: str) -> float:
        """Return the plastic of a part in boxes that are a little narrower than the slots.

        They reach from the baseplate up, over the whole blade: to the tie at the back, or beyond everything.
        """
        if not self.mould.slot_x_mm or name not in self.solids:
            return 0.0
        (_, front, _), (_, back, top) = self.solids[name].bounds_mm
        half, floor = self.mould.slot_width_mm / 2 - SLOT_MARGIN_MM, self.mould.floor_z_mm + SLOT_MARGIN_MM
        end = self.mould.slot_y_mm[1] - SLOT_MARGIN_MM if self.mould.is_tied else back + 1
        boxes = [
            Solid.box((x - half, front - 1, floor), (x + half, end, top + 1), "slot")
            for x in self.mould.slot_x_mm
        ]
        return self.solids[name].shared_mm3(compose(boxes, "slots"))


def assemble(mould: Mould) -> Assembly:
    """Return the parts of a mould where they belong."""
    solids = {part.name: part.solid.moved(part.mould_from_part) for part in mould.parts if part.is_assembled}
    return Assembly(mould, solids)


def _boxes_meet(one: Solid, other: Solid) -> bool:
    (low, high), (other_low, other_high) = one.bounds_mm, other.bounds_mm
    return bool((low < other_high).all() and (other_low < high).all())
