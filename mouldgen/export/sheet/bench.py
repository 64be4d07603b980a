"""A slab as it lies on the bench: lengths from its two datum lines, at the size of the tissue in the mould.

Lengths of the sampling map are at imaging size. Where the mould was scaled, for tissue that shrinks, the
slab on the bench has the size of the mould, and so have the drawings and figures of the sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.map_document import BlockEntry, SiteEntry, SlabEntry
from mouldgen.export.section_shapes import SectionPlane
from mouldgen.export.sheet.typography import printable
from mouldgen.frames import FloatArray
from mouldgen.params import PunchDepth
from mouldgen.sampling.contents import SlabContent
from mouldgen.sampling.site_plan import Face

__all__ = ["BenchFace", "BenchSite", "BenchSlab", "bench_slabs"]

_LONGEST_MARK = 5
_AT_FACE_MM = 1e-3
_FACES = {SectionPlane.LOWER: Face.LOWER, SectionPlane.UPPER: Face.UPPER}
Rings = tuple[FloatArray, ...]


@dataclass(frozen=True)
class BenchSite:
    """A site from the datum lines.

    Parameters
    ----------
    entry
        As the sampling map says it.
    mark
        What stands beside it on the drawings.
    right_mm, above_mm
        From the score line, to the right where the upper face is seen; and from the base line.
    depth_mm
        Of the punch.
    """

    entry: SiteEntry
    mark: str
    right_mm: float
    above_mm: float
    depth_mm: float

    @property
    def radius_mm(self) -> float:
        """Of the punch, which does not shrink with the tissue."""
        return self.entry.punch_diameter_mm / 2

    def enters(self, plane: SectionPlane) -> bool:
        """Tell whether the punch enters a face, or comes out of it."""
        return self.entry.face in (Face.THROUGH, _FACES[plane])


@dataclass(frozen=True, eq=False)
class BenchFace:
    """One face of a slab; rings are [right of the score line, above the base line].

    Parameters
    ----------
    plane
        Lower or upper.
    outline
        Of the tissue.
    habitats
        By label.
    is_cut
        Whether there is a face. Where the tissue has ended, the section in the middle stands for it.
    neighbour
        The slab on its other side; none at the ends.
    """

    plane: SectionPlane
    outline: Rings
    habitats: Mapping[int, Rings]
    is_cut: bool
    neighbour: str | None


@dataclass(frozen=True, eq=False)
class BenchSlab:
    """One slab with what is drawn of it.

    Parameters
    ----------
    lab
        The case.
    entry, content
        The slab in the sampling map, and in the types of the program.
    sites, blocks
        Those of this slab.
    """

    lab: LaboratoryCase
    entry: SlabEntry
    content: SlabContent
    sites: tuple[BenchSite, ...]
    blocks: tuple[BlockEntry, ...]

    @cached_property
    def upper(self) -> BenchFace:
        """The face toward the next slab."""
        return self._face(SectionPlane.UPPER, 1)

    @cached_property
    def lower(self) -> BenchFace:
        """The face toward S01."""
        return self._face(SectionPlane.LOWER, -1)

    @cached_property
    def middle(self) -> BenchFace:
        """The section in the middle, seen like the upper face."""
        shape = self.lab.shapes.at(self.content, SectionPlane.MID)
        habitats = {label: self.from_datums(rings) for label, rings in shape.habitats.items()}
        return BenchFace(
            SectionPlane.MID, self.from_datums(shape.outline), habitats, bool(shape.outline), None
        )

    @cached_property
    def mid_outline(self) -> Rings:
        """The outline in the middle of the slab."""
        return self.from_datums(self.content.outlines.mid)

    def blocks_at(self, plane: SectionPlane) -> list[BlockEntry]:
        """Return the blocks that a face is part of."""
        slab = self.content.slab
        if plane is SectionPlane.UPPER:
            return [block for block in self.blocks if block.x_mm[1] > slab.x_upper_mm - _AT_FACE_MM]
        return [block for block in self.blocks if block.x_mm[0] < slab.x_lower_mm + _AT_FACE_MM]

    def hit_regions_at(self, plane: SectionPlane) -> dict[int, Rings]:
        """Return where punches into a face take a habitat, by label: all, or those that sites enter for."""
        regions = {
            int(label): self.from_datums([np.array(ring) for ring in rings])
            for label, rings in self.entry.hit_regions_mm.items()
        }
        if self.lab.document.sampling.depth is PunchDepth.THROUGH:
            return regions
        entered = {site.entry.habitat for site in self.sites if site.enters(plane)}
        return {label: rings for label, rings in regions.items() if label in entered}

    @property
    def thickness_mm(self) -> float:
        """At the bench."""
        return self.content.slab.thickness_mm * self.lab.document.frame.scale[0]

    def from_datums(self, rings: Sequence[FloatArray]) -> Rings:
        """Map rings of [y, z] at imaging size to distances from the datum lines at the bench."""
        _, scale_y, scale_z = self.lab.document.frame.scale
        start = np.array([0.0, self.entry.base_line_z_mm])
        return tuple((ring - start) * (scale_y, scale_z) for ring in rings)

    def _face(self, plane: SectionPlane, step: int) -> BenchFace:
        shapes, slabs = self.lab.shapes, self.lab.document.slabs
        shape = shapes.at(self.content, plane)
        position = self.entry.index - 1 + step
        neighbour = slabs[position].id if 0 <= position < len(slabs) else None
        is_cut = bool(shape.outline) and neighbour is not None
        shown = shape if is_cut else shapes.at(self.content, SectionPlane.MID)
        habitats = {label: self.from_datums(rings) for label, rings in shown.habitats.items()}
        return BenchFace(plane, self.from_datums(shown.outline), habitats, is_cut, neighbour)


def bench_slabs(lab: LaboratoryCase) -> tuple[BenchSlab, ...]:
    """Return all slabs of a case, in order."""
    document = lab.document
    return tuple(
        BenchSlab(
            lab,
            entry,
            content,
            _bench_sites(lab, entry),
            tuple(block for block in document.blocks if block.slab == entry.id),
        )
        for entry, content in zip(document.slabs, lab.sampling.slabs, strict=True)
    )


def _bench_sites(lab: LaboratoryCase, slab: SlabEntry) -> tuple[BenchSite, ...]:
    scale_x = lab.document.frame.scale[0]
    sites = [site for site in lab.document.sites if site.slab == slab.id]
    marks = _marks(sites, slab.id)
    return tuple(
        BenchSite(
            site,
            mark,
            site.right_of_score_mm,
            site.above_base_mm,
            scale_x * (site.x_to_mm - site.x_from_mm),
        )
        for site, mark in zip(sites, marks, strict=True)
    )


def _marks(sites: Sequence[SiteEntry], slab_id: str) -> list[str]:
    """Return short marks: ids without their slab, or running numbers where any is long."""
    marks = [printable(site.id.removeprefix(f"{slab_id}-"), "") for site in sites]
    if len(set(marks)) == len(marks) and all(0 < len(mark) <= _LONGEST_MARK for mark in marks):
        return marks
    return [str(number) for number in range(1, len(sites) + 1)]
