"""What the laboratory does with the slabs: where to sample, what it goes into, and the paper beside it."""

from __future__ import annotations

import string
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from mouldgen.params.section import Section, field_value

__all__ = [
    "BlockParameters",
    "LimsParameters",
    "Paper",
    "PunchDepth",
    "SheetParameters",
    "SiteParameters",
]

SigmaMm = Annotated[float, Field(ge=0.0, le=20.0)]
Quota = Annotated[int, Field(ge=0, le=500)]
OneLine = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]
_BLOCK_FIELDS = {"case", "slab", "block"}


class PunchDepth(StrEnum):
    """How deep a punch goes."""

    THROUGH = "through"
    FACE = "face"


class Paper(StrEnum):
    """Size of the sheet's pages."""

    A4 = "a4"
    LETTER = "letter"


class SiteParameters(Section):
    """Where to take samples, and how sure a punch must be of its habitat."""

    per_habitat: Quota = field_value(
        3, "Places to sample in every habitat; 0 plans none.", source="R1 to R3 of multiregion practice"
    )
    quotas: dict[str, Quota] = field_value(
        {},
        "Places for single habitats, by label, instead of per_habitat.",
        expected="numbers of places by label, for instance {2 = 5}",
    )
    replicates: int = field_value(1, "Punches side by side at every place.", ge=1, le=20)
    punch_mm: float = field_value(
        4.0,
        "Diameter of the punch.",
        unit="mm",
        gt=0.0,
        le=30.0,
        source="biopsy punches of 3 to 8 mm are usual in multiregion sampling",
    )
    sigma_mm: SigmaMm = field_value(
        2.0,
        "Registration error within a slab: standard deviation along Y and along Z.",
        unit="mm",
        source="landmarks 1.9 mm apart in moulds (Starobinets 2014), 2 to 3 mm in prostates (Rusu 2020)",
    )
    sigma_across_mm: SigmaMm | None = field_value(
        None,
        "The same across the slabs, along X. Unset: as sigma_mm.",
        unit="mm",
        expected="a number from 0 to 20 mm",
    )
    sigma_by_slab_mm: dict[str, SigmaMm] = field_value(
        {},
        "Registration error within single slabs, by their ids, instead of sigma_mm.",
        unit="mm",
        expected="millimetres by slab, for instance {S01 = 3.5}",
    )
    min_probability: float = field_value(
        0.8,
        "Least probability that a punch takes its habitat.",
        ge=0.0,
        le=1.0,
        source="four punches of five (engineering judgement)",
    )
    depth: PunchDepth = field_value(
        PunchDepth.THROUGH, "A punch goes through the slab, or into one face of it."
    )
    face_depth_mm: float = field_value(
        4.0,
        "Depth of a punch into a face; at most the slab.",
        unit="mm",
        gt=0.0,
        le=50.0,
        source="a standard cassette holds 4 to 5 mm",
    )
    apart_mm: float = field_value(
        2.0,
        "Tissue left between two punches.",
        unit="mm",
        ge=0.0,
        le=100.0,
        source="keeps the bridge between holes from tearing (engineering judgement)",
    )
    reserve_mm: float = field_value(
        0.0,
        "Tissue below the specimen's surface that stays for diagnosis: margins and capsule.",
        unit="mm",
        ge=0.0,
        le=50.0,
    )
    destinations: tuple[OneLine, ...] = field_value(
        ("FFPE", "frozen", "RNA"),
        "Where samples go. Replicates get them in turn; a single punch gets one by a tick on the sheet.",
        expected="one to six names",
        min_length=1,
        max_length=6,
    )

    @field_validator("destinations", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("quotas")
    @classmethod
    def _quotas_by_label(cls, value: dict[str, int]) -> dict[str, int]:
        for label in value:
            if not label.isdecimal() or not 1 <= int(label) <= 65535:
                message = f"a quota is given by the label of a habitat, 1 to 65535; got {label!r}"
                raise ValueError(message)
        return {str(int(label)): value[label] for label in sorted(value, key=int)}

    @field_validator("sigma_by_slab_mm")
    @classmethod
    def _sigma_by_slab(cls, value: dict[str, float]) -> dict[str, float]:
        for slab in value:
            if not (slab.startswith("S") and slab[1:].isdecimal() and len(slab) >= 3):
                message = f"a slab is named S01, S02 and so on; got {slab!r}"
                raise ValueError(message)
        return {slab: value[slab] for slab in sorted(value)}

    @property
    def across_mm(self) -> float:
        """Registration error across the slabs."""
        return self.sigma_mm if self.sigma_across_mm is None else self.sigma_across_mm

    def within_mm(self, slab_id: str) -> float:
        """Return the registration error within a slab."""
        return self.sigma_by_slab_mm.get(slab_id, self.sigma_mm)

    def quota(self, label: int) -> int:
        """Return how many places a habitat gets."""
        return self.quotas.get(str(label), self.per_habitat)


class BlockParameters(Section):
    """What slabs are embedded in; without a cassette they are not parted into blocks."""

    cassette: str | None = field_value(None, "Name of the cassette; unset: no blocks are planned.")
    length_mm: float = field_value(30.0, "Inner length of the cassette.", unit="mm", ge=5, le=300)
    width_mm: float = field_value(25.0, "Inner width of the cassette.", unit="mm", ge=5, le=300)
    depth_mm: float = field_value(5.0, "Inner depth of the cassette.", unit="mm", ge=1, le=100)
    name_pattern: str = field_value(
        "{case}-{slab}{block}",
        "How blocks are called; {block} is the sub-slice's letter and the number in its grid.",
        expected="text with {case}, {slab} and {block}",
    )

    @field_validator("name_pattern")
    @classmethod
    def _known_fields(cls, value: str) -> str:
        try:
            fields = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
        except ValueError:
            fields = {"?"}
        if "block" not in fields or not fields <= _BLOCK_FIELDS or not value.isprintable():
            message = f"expected text with {{block}}, and with {{case}} and {{slab}} if wanted; got {value!r}"
            raise ValueError(message)
        value.format(case="case", slab="S01", block="A1")
        return value


class SheetParameters(Section):
    """The printed sheet."""

    paper: Paper = field_value(Paper.A4, "Size of its pages.")
    inks: dict[OneLine, OneLine] = field_value(
        {},
        "Ink legend: what each colour marks. Empty leaves lines to fill in.",
        expected="sides by colour, for instance {blue = 'left'}",
    )


class LimsParameters(Section):
    """A second table of samples under the column names of a laboratory's system."""

    name: str | None = field_value(
        None,
        "Name of the system; unset: no such table.",
        expected="letters, digits, '_' and '-'",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$",
    )
    columns: dict[OneLine, str] = field_value(
        {},
        "Columns of the table, in order: their names, and the column of sites.csv or '=text' that fills "
        "them.",
        expected="our columns by theirs, for instance {Label = 'specimen_id', Type = '=Tissue'}",
    )

    @model_validator(mode="after")
    def _columns_for_name(self) -> Self:
        if self.name is not None and not self.columns:
            message = f"the table {self.name!r} has no columns; give lims.columns, or a name that ships"
            raise ValueError(message)
        return self
