"""``mould/plate-1.3mf`` and so on: what is printed at once, where it lies on the bed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.export.threemf_files import write_plate_threemf
from mouldgen.mould.plates import arrange_plates, parts_to_print

if TYPE_CHECKING:
    from mouldgen.pipeline import MouldDesign

__all__ = ["plate_name", "write_plates"]


def plate_name(number: int) -> str:
    """Return the file name of a plate, counted from 1."""
    return f"plate-{number}.3mf"


def write_plates(design: MouldDesign, folder: Path) -> None:
    """Write one 3MF file for every plate.

    Raises
    ------
    CheckFailed
        If a file, read back, breaks the specification or holds other bodies.
    """
    plates = arrange_plates(parts_to_print(design.mould), design.parameters)
    for number, plate in enumerate(plates, start=1):
        write_plate_threemf(
            plate,
            folder / plate_name(number),
            case_id=design.case_id,
            design_hash=design.design_hash,
            title=f"plate {number} of {len(plates)}",
        )
