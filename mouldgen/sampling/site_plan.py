"""Where to sample: the types of the plan of sites and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mouldgen.errors import Finding
from mouldgen.frames import FloatArray, frozen_array
from mouldgen.sampling.contents import Rings

__all__ = ["Block", "Face", "Obstacle", "Site", "SiteOrigin", "SitePlan", "UnreachableHabitat"]


class Face(StrEnum):
    """Where a punch enters a slab: the face toward S01, the other one, or either, all the way through."""

    LOWER = "lower"
    UPPER = "upper"
    THROUGH = "through"


class SiteOrigin(StrEnum):
    """Who chose a site."""

    PLANNED = "planned"
    GIVEN = "given"


class Obstacle(StrEnum):
    """Why no punch can take a habitat."""

    TOO_SMALL = "too_small"
    RESERVED = "reserved"
    BELOW_PROBABILITY = "below_probability"
    UNCERTAIN = "uncertain"
    CROWDED = "crowded"
    NO_TISSUE = "no_tissue"


@dataclass(frozen=True, eq=False)
class Site:
    """A place to take a sample: a cylinder along X of the mould, at imaging size.

    Parameters
    ----------
    id
        ``S03-A1``, with ``a``, ``b`` behind it for replicates; a given site keeps the user's name.
    slab_id
        The slab that it lies in.
    habitat
        Label that it aims at; None for tissue of a specimen without habitats.
    position_mould, position_lps
        Shape (3,): the middle of the cylinder.
    x_from_mm, x_to_mm
        Its ends along X.
    punch_mm, punch_tissue_mm
        Its diameter at the bench, and in the images.
    face
        Where the punch enters.
    purity
        Share of the cylinder that is its habitat, where the map is right.
    hit_probability
        The same, expected under the registration error; where the certainty of labels is known, each point
        counts as much as its label is certain.
    destination
        Where the sample goes; empty where the laboratory ticks one.
    tube
        What to write on the tube.
    cassette
        The block that it is taken from, or the tube where no blocks are planned; all of them where it
        goes through several.
    origin
        Who chose it.
    certainty
        Mean certainty of the labels where the cylinder is its habitat; None if unknown.
    """

    id: str
    slab_id: str
    habitat: int | None
    position_mould: FloatArray
    position_lps: FloatArray
    x_from_mm: float
    x_to_mm: float
    punch_mm: float
    punch_tissue_mm: float
    face: Face
    purity: float
    hit_probability: float
    destination: str
    tube: str
    cassette: str
    origin: SiteOrigin
    certainty: float | None = None

    def __post_init__(self) -> None:
        for name in ("position_mould", "position_lps"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), float))


@dataclass(frozen=True)
class UnreachableHabitat:
    """A habitat without any site.

    Parameters
    ----------
    habitat
        Its label.
    obstacle
        Why.
    reason
        The same in words, with figures.
    advice
        What would help, with figures.
    """

    habitat: int
    obstacle: Obstacle
    reason: str
    advice: str


@dataclass(frozen=True)
class Block:
    """What goes into one cassette: a box of the mould frame at imaging size.

    Parameters
    ----------
    id
        Unique in the case.
    slab_id
        The slab that it is cut from.
    part
        Letter of the sub-slice, ``A`` at the lower face.
    number
        From 1, within the slab's grid.
    x_lower_mm, x_upper_mm, y_lower_mm, y_upper_mm, z_lower_mm, z_upper_mm
        Its sides.
    face_down
        The face that lies on the floor of the cassette.
    """

    id: str
    slab_id: str
    part: str
    number: int
    x_lower_mm: float
    x_upper_mm: float
    y_lower_mm: float
    y_upper_mm: float
    z_lower_mm: float
    z_upper_mm: float
    face_down: Face


@dataclass(frozen=True, eq=False)
class SitePlan:
    """All sites, what cannot be sampled, and the blocks.

    Parameters
    ----------
    sites
        Slab by slab, in the order of their ids.
    unreachable
        Habitats that were wanted and got no site.
    blocks
        Slab by slab; empty without a cassette.
    hit_regions
        By slab id and label: rings [y, z] within which a punch hits with at least the wanted probability.
    findings
        What planning found.
    """

    sites: tuple[Site, ...] = ()
    unreachable: tuple[UnreachableHabitat, ...] = ()
    blocks: tuple[Block, ...] = ()
    hit_regions: Mapping[str, Mapping[int, Rings]] | None = None
    findings: tuple[Finding, ...] = ()

    def regions_of(self, slab_id: str) -> Mapping[int, Rings]:
        """Return the hit regions of a slab by label; empty where there are none."""
        return (self.hit_regions or {}).get(slab_id, {})
