"""Every parameter, by section: unit, range, help and source of its default."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = [
    "BladeParameters",
    "CutParameters",
    "FitParameters",
    "MouldParameters",
    "OrientationParameters",
    "Plane",
    "PrinterParameters",
    "Process",
    "Section",
    "SpecimenParameters",
    "SurfaceParameters",
    "Vector",
    "field_value",
]

_SIDES = ("left", "right", "anterior", "posterior", "superior", "inferior")

Vector = tuple[float, float, float]


class Plane(StrEnum):
    """Anatomical cutting planes, and the image's own slices."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    IMAGE = "image"


class Process(StrEnum):
    """How the mould is printed."""

    FDM = "fdm"
    SLA = "sla"


SLOT_PLAY_MM = {Process.FDM: 0.8, Process.SLA: 0.5}
"""Added to the blade for a slot: 0.4 mm a side for FDM, 0.25 for SLA.

BoneReconstructionPlanner, Docs/NOTES.md.
"""


class Section(BaseModel):
    """A group of parameters; frozen, and nothing else may be in it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False
    )


def field_value(default: Any, help_text: str, *, unit: str = "", source: str = "", **limits: Any) -> Any:
    """Return a pydantic field that carries its unit and where its default comes from."""
    return Field(default, description=help_text, json_schema_extra={"unit": unit, "source": source}, **limits)


class SpecimenParameters(Section):
    """Which voxels of the segmentation are the specimen, and what its habitats are called."""

    labels: tuple[int | str, ...] = field_value(
        (), "Labels (numbers or names) whose union is the specimen; none means all but background."
    )
    lesion: str = field_value(
        "one",
        "With several separate lesions: 'one' refuses, 'largest', 'all', or a number from the largest on.",
        pattern=r"^(one|largest|all|[1-9]\d*)$",
    )
    margin_mm: float = field_value(
        0.0, "Tissue around the tumour that is removed with it.", unit="mm", ge=0.0, le=50.0
    )
    cropped: bool = field_value(
        default=False,
        help_text="The file was cropped to the tumour on purpose, so labels may touch all six of its borders.",
    )
    habitat_names: dict[str, str] = field_value(
        {}, "Names of habitats by label, for instance {1 = 'necrosis'}."
    )

    @field_validator("lesion", mode="before")
    @classmethod
    def _lesion_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("habitat_names")
    @classmethod
    def _labels_are_numbers(cls, value: dict[str, str]) -> dict[str, str]:
        for label, name in value.items():
            if not label.isdecimal() or not 1 <= int(label) <= 65535:
                message = f"a habitat is named by its label, 1 to 65535; got {label!r}"
                raise ValueError(message)
            if not name.strip():
                message = f"the name of habitat {label} is empty"
                raise ValueError(message)
        return dict(sorted(value.items(), key=lambda item: int(item[0])))


class OrientationParameters(Section):
    """The cutting angle and the side on which the specimen lies."""

    plane: Plane = field_value(Plane.AXIAL, "Plane that the cuts are parallel to before tilting.")
    tilt_deg: tuple[float, float] = field_value(
        (0.0, 0.0),
        "Tilt of the cutting plane about its first and then its second in-plane axis.",
        unit="deg",
    )
    normal_lps: Vector | None = field_value(
        None, "Cut normal in LPS; overrides the plane. S01 is where it starts."
    )
    landmarks_lps: tuple[Vector, ...] | None = field_value(
        None,
        "Two points on the slicing axis, from S01 to the last slab, and optionally one on the base side.",
        unit="mm",
    )
    base: str = field_value(
        "auto",
        "Side that faces the baseplate: left, right, anterior, posterior, superior, inferior, "
        "an angle in degrees about the cut normal, or 'auto' for the least void.",
    )
    first: str | None = field_value(
        None, "End of the specimen that S01 is cut from: an anatomical direction or 'reverse'."
    )

    @field_validator("base", mode="before")
    @classmethod
    def _base_as_text(cls, value: Any) -> Any:
        return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("base")
    @classmethod
    def _known_base(cls, value: str) -> str:
        if value not in {"auto", *_SIDES}:
            try:
                float(value)
            except ValueError:
                message = f"expected auto, an angle in degrees, or one of {', '.join(_SIDES)}; got {value!r}"
                raise ValueError(message) from None
        return value

    @field_validator("first")
    @classmethod
    def _known_first(cls, value: str | None) -> str | None:
        if value is not None and value not in {"reverse", *_SIDES}:
            message = f"expected reverse or one of {', '.join(_SIDES)}; got {value!r}"
            raise ValueError(message)
        return value

    @field_validator("normal_lps")
    @classmethod
    def _normal_has_length(cls, value: Vector | None) -> Vector | None:
        if value is not None and sum(part * part for part in value) < 1e-18:
            message = "a cut normal needs at least one number that is not zero"
            raise ValueError(message)
        return value

    @field_validator("landmarks_lps")
    @classmethod
    def _two_or_three_landmarks(cls, value: tuple[Vector, ...] | None) -> tuple[Vector, ...] | None:
        if value is not None and len(value) not in {2, 3}:
            message = f"two or three landmarks are needed; got {len(value)}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> Self:
        if self.normal_lps is not None and self.landmarks_lps is not None:
            message = "give either a normal or landmarks, not both"
            raise ValueError(message)
        if any(self.tilt_deg) and (self.normal_lps is not None or self.landmarks_lps is not None):
            message = "a tilt turns a plane; it cannot be combined with a normal or with landmarks"
            raise ValueError(message)
        return self


class CutParameters(Section):
    """Where the blade goes."""

    slab_mm: float = field_value(
        10.0, "Thickness of the slabs.", unit="mm", gt=0.0, le=200.0, source="nephrectomy practice, ENUP 2011"
    )
    positions_mm: tuple[float, ...] | None = field_value(
        None,
        "Cut planes, as distances along +X from the middle of the specimen; replaces slab_mm.",
        unit="mm",
    )
    snap: str | None = field_value(
        None, "Move every cut plane to the nearest slice of this image; 'labels' is the segmentation."
    )
    kerf_mm: float = field_value(
        0.0, "Tissue lost in a cut; 0 for a blade, more for a saw.", unit="mm", ge=0, le=5
    )

    @field_validator("positions_mm")
    @classmethod
    def _rising(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is None:
            return None
        if not value:
            message = "give at least one cut position, or leave positions_mm out"
            raise ValueError(message)
        if len(set(value)) != len(value):
            message = f"cut positions must differ; got {list(value)}"
            raise ValueError(message)
        return tuple(sorted(value))


class BladeParameters(Section):
    """The blade and the printer's play decide the width of the slots."""

    thickness_mm: float = field_value(
        0.4, "Thickness of the blade.", unit="mm", gt=0, le=5, source="scalpel no. 22, about 0.4 mm"
    )
    process: Process = field_value(Process.FDM, "fdm adds 0.8 mm to the blade for a slot, sla 0.5 mm.")
    slot_mm: float | None = field_value(
        None, "Width of the slots, if not blade plus the play of the process.", unit="mm", gt=0, le=10
    )

    @property
    def slot_width_mm(self) -> float:
        """Width of the slots in the plastic."""
        if self.slot_mm is not None:
            return self.slot_mm
        return round(self.thickness_mm + SLOT_PLAY_MM[self.process], 6)


class FitParameters(Section):
    """How tightly the cavity holds the specimen."""

    clearance_mm: float = field_value(
        0.5,
        "Gap between specimen and cavity.",
        unit="mm",
        ge=0.0,
        le=10.0,
        source="0.3 to 1.0 mm; printed interfaces need 0.05 to 0.2 (BoneReconstructionPlanner #86)",
    )
    scale: Vector = field_value(
        (1.0, 1.0, 1.0),
        "Size of the specimen when it is cut, relative to imaging, along X, Y and Z of the mould.",
        source="1.00 fresh, 0.955 formalin-fixed: Schned 1996, Jonmarker 2006",
    )

    @field_validator("scale", mode="before")
    @classmethod
    def _one_or_three(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return (value, value, value)
        if isinstance(value, list | tuple) and len(value) == 1:
            return (value[0], value[0], value[0])
        return value

    @field_validator("scale")
    @classmethod
    def _plausible(cls, value: Vector) -> Vector:
        if any(not 0.5 <= factor <= 2.0 for factor in value):
            message = f"scale factors lie between 0.5 and 2; got {list(value)}"
            raise ValueError(message)
        return value


class MouldParameters(Section):
    """Walls, baseplate, guides and engraving."""

    wall_mm: float = field_value(
        5.0,
        "Wall around the cavity.",
        unit="mm",
        ge=1.0,
        le=30,
        source="5 mm: Crispin-Ortuzar 2020, Delgado-Ortet 2023",
    )
    plate_mm: float = field_value(
        4.0,
        "Baseplate.",
        unit="mm",
        ge=1.5,
        le=30,
        source="4 mm: Crispin-Ortuzar 2020, Delgado-Ortet 2023",
    )
    skin_mm: float = field_value(
        1.0, "Plastic between the deepest point of the cavity and the baseplate.", unit="mm", ge=0.2, le=20
    )
    rim_share: float = field_value(
        0.7,
        "Height of the rim as a share of the specimen's height, before it is lowered for void.",
        ge=0.2,
        le=1.0,
        source="Delgado-Ortet 2023",
    )
    lowest_rim_share: float = field_value(0.4, "The rim is not lowered below this share.", ge=0.1, le=1.0)
    void_limit_percent: float = field_value(
        5.0, "The rim is lowered until the void below it is at most this.", unit="%", ge=0.0, le=100.0
    )
    chamfer_mm: float = field_value(
        1.5, "Width of the chamfer at the rim, where the specimen finds its way in.", unit="mm", ge=0, le=10
    )
    guide_above_mm: float = field_value(
        5.0,
        "Height of the blade guides above the specimen.",
        unit="mm",
        ge=0,
        le=50,
        source="Delgado-Ortet 2023",
    )
    guide_depth_mm: float = field_value(
        10.0,
        "Depth of the blade guides along the blade.",
        unit="mm",
        ge=3,
        le=50,
        source="10 mm: Crispin-Ortuzar 2020; slots overrun by 5 to 10 mm: BoneReconstructionPlanner #23",
    )
    score_depth_mm: float = field_value(
        2.0,
        "The score slot ends this far below the specimen's top.",
        unit="mm",
        ge=0,
        le=20,
        source="Delgado-Ortet 2023",
    )
    letter_mm: float = field_value(
        6.0, "Height of engraved letters.", unit="mm", ge=5, le=20, source="FDM strokes need 0.8 mm or more"
    )
    letter_depth_mm: float = field_value(
        0.8, "Depth of engraved letters.", unit="mm", ge=0.4, le=3, source="BoneReconstructionPlanner #126"
    )

    @model_validator(mode="after")
    def _heights_agree(self) -> Self:
        if self.lowest_rim_share > self.rim_share:
            message = (
                f"lowest_rim_share ({self.lowest_rim_share:g}) is above rim_share ({self.rim_share:g}); "
                "lower the one or raise the other"
            )
            raise ValueError(message)
        if self.chamfer_mm > self.wall_mm - 0.8:
            message = (
                f"a chamfer of {self.chamfer_mm:g} mm leaves less than 0.8 mm of a wall of "
                f"{self.wall_mm:g} mm; make the wall thicker or the chamfer narrower"
            )
            raise ValueError(message)
        if self.letter_depth_mm > self.plate_mm - 0.5:
            message = (
                f"letters {self.letter_depth_mm:g} mm deep leave less than 0.5 mm of a plate of "
                f"{self.plate_mm:g} mm; make the plate thicker"
            )
            raise ValueError(message)
        return self


class SurfaceParameters(Section):
    """How finely the surface is computed."""

    grid_mm: float = field_value(0.5, "Spacing of the grid in the mould frame.", unit="mm", ge=0.1, le=3.0)
    tolerance_mm: float = field_value(
        0.03, "How far a simplified mesh may lie from the iso-surface.", unit="mm", ge=0.0, le=0.5
    )


class PrinterParameters(Section):
    """The machine that prints the mould."""

    name: str = field_value("Prusa MK4", "Name of the printer.")
    bed_mm: Vector = field_value(
        (250.0, 210.0, 220.0), "Build volume.", unit="mm", source="Prusa MK4 profile in OrcaSlicer"
    )

    @field_validator("bed_mm")
    @classmethod
    def _positive_bed(cls, value: Vector) -> Vector:
        if any(not 10 <= side <= 5000 for side in value):
            message = f"a build volume has three sides of 10 to 5000 mm; got {list(value)}"
            raise ValueError(message)
        return value
