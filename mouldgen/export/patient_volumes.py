"""``slicer/*.nrrd``: specimen, habitats and their certainty, reserved tissue and slabs in the patient."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mouldgen.export.habitat_volumes import write_certainty_volume, write_habitat_volume
from mouldgen.export.segment_volume import Segment, write_segment_volume
from mouldgen.export.slab_voxels import slab_volume

if TYPE_CHECKING:
    from mouldgen.export.laboratory import LaboratoryCase
    from mouldgen.export.map_document import MapDocument

__all__ = [
    "CERTAINTY_NAME",
    "HABITATS_NAME",
    "RESERVED_NAME",
    "SLABS_NAME",
    "SPECIMEN_NAME",
    "write_patient_volumes",
]

SPECIMEN_NAME: Final = "specimen.seg.nrrd"
HABITATS_NAME: Final = "habitats.seg.nrrd"
CERTAINTY_NAME: Final = "certainty.nrrd"
RESERVED_NAME: Final = "reserved.seg.nrrd"
SLABS_NAME: Final = "slabs.seg.nrrd"

_SPECIMEN = Segment(1, "specimen", "specimen", "#d9b8a0")
_RESERVED = Segment(1, "reserved", "reserved for diagnosis", "#b00020")


def write_patient_volumes(lab: LaboratoryCase, folder: Path) -> None:
    """Write the segmentations of a case, and how sure its habitats are, in patient space.

    Parameters
    ----------
    lab
        Its voxels are stored as they are: reading gives the same labels on the same grids.
    folder
        ``slicer/`` of the case folder.
    """
    specimen = lab.specimen
    write_segment_volume(specimen.tissue, [_SPECIMEN], folder / SPECIMEN_NAME)
    if specimen.habitats is not None:
        write_habitat_volume(specimen.habitats, folder / HABITATS_NAME)
        if specimen.habitats.certainty is not None:
            write_certainty_volume(specimen.habitats.certainty, folder / CERTAINTY_NAME)
    if specimen.reserved is not None:
        write_segment_volume(specimen.reserved, [_RESERVED], folder / RESERVED_NAME)
    slabs = slab_volume(specimen.tissue, lab.frame.mould_from_patient, lab.plan)
    write_segment_volume(slabs, tuple(_slab_segments(lab.document)), folder / SLABS_NAME)


def _slab_segments(document: MapDocument) -> Iterator[Segment]:
    for slab in document.slabs:
        yield Segment(slab.index, slab.id, slab.id, _slab_color(slab.index, len(document.slabs)))


def _slab_color(index: int, count: int) -> str:
    """Return a colour that runs from blue at S01 to red at the last slab, every other one darker."""
    hue = 0.62 * (1 - (index - 1) / max(count - 1, 1))
    red, green, blue = colorsys.hls_to_rgb(hue, 0.42 if index % 2 else 0.62, 0.65)
    return "#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue))
