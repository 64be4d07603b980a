"""What is cut, and how: the specimen, the angle and the cuts."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from mouldgen.params.section import Section, Vector, field_value

__all__ = ["CutParameters", "OrientationParameters", "Plane", "SpecimenParameters"]

_SIDES = ("left", "right", "anterior", "posterior", "superior", "inferior")

Label = Annotated[int, Field(ge=1, le=65535)] | Annotated[str, Field(strict=True, min_length=1)]
RoiName = Annotated[str, Field(min_length=1)]
TiltDeg = Annotated[float, Field(ge=-180, le=180)]


class Plane(StrEnum):
    """Anatomical cutting planes, and the image's own slices."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    IMAGE = "image"


class SpecimenParameters(Section):
    """Which voxels of the segmentation are the specimen, and what its habitats are called."""

    labels: tuple[Label, ...] = field_value(
        (),
        "Labels (numbers or names) whose union is the specimen; none means all but background.",
        expected="labels from 1 to 65535, or their names",
    )
    rois: tuple[RoiName, ...] = field_value(
        (),
        "Names of structures whose union is the specimen: regions of interest, segments or named labels. "
        "Case does not count; * and ? stand for any text and any letter.",
        expected="names of structures",
    )
    landmark_rois: tuple[RoiName, ...] = field_value(
        (),
        "Names of structures that ride along as landmarks in map and pictures, such as vessels or sutures.",
        expected="names of structures",
    )
    lesion: str = field_value(
        "one",
        "With several separate lesions: 'one' refuses, 'largest', 'all', or a number by size.",
        expected="one, largest, all, or a number (1 is the largest)",
        pattern=r"^(one|largest|all|[1-9]\d{0,4})$",
    )
    margin_mm: float = field_value(
        0.0, "Tissue around the tumour that is removed with it.", unit="mm", ge=0.0, le=50.0
    )
    cropped: bool = field_value(
        default=False,
        help_text="The file was cropped to the tumour on purpose, so that labels may touch its borders.",
    )
    habitat_names: dict[str, str] = field_value(
        {},
        "Names of habitats by label, for instance {1 = 'necrosis'}.",
        expected="names by label, for instance {1 = 'necrosis'}",
    )

    @field_validator("labels", "rois", "landmark_rois", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int | str) else value

    @field_validator("habitat_names")
    @classmethod
    def _named_by_label(cls, value: dict[str, str]) -> dict[str, str]:
        names = {_habitat_label(label): name.strip() for label, name in value.items()}
        for label, name in names.items():
            if not name or not name.isprintable():
                message = f"the name of habitat {label} must be text on one line; got {name!r}"
                raise ValueError(message)
        return {str(label): names[label] for label in sorted(names)}


def _habitat_label(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        message = f"a habitat is named by its label, 1 to 65535; got {text!r}"
        raise ValueError(message)
    return int(text)


class OrientationParameters(Section):
    """The cutting angle and the side on which the specimen lies."""

    plane: Plane = field_value(Plane.AXIAL, "Plane that the cuts are parallel to before tilting.")
    tilt_deg: tuple[TiltDeg, TiltDeg] = field_value(
        (0.0, 0.0),
        "Tilt of the cutting plane about its first and then its second in-plane axis.",
        unit="deg",
        expected="two angles of -180 to 180 deg",
    )
    normal_lps: Vector | None = field_value(
        None,
        "Cut normal in LPS; overrides the plane. S01 is where it starts.",
        expected="three numbers that are not all zero",
    )
    landmarks_lps: tuple[Vector, ...] | None = field_value(
        None,
        "Two points on the slicing axis, from S01 to the last slab, and optionally one on the base side.",
        unit="mm",
        expected="two or three points of three numbers each",
    )
    axis_rois: tuple[RoiName, RoiName] | None = field_value(
        None,
        "Two structures on the slicing axis, at S01 and at the last slab: instead of two landmarks.",
        expected="the names of two structures",
    )
    blade_rois: tuple[RoiName, RoiName] | None = field_value(
        None,
        "Two structures whose connecting line runs along the blade, so that it lies level on the baseplate.",
        expected="the names of two structures",
    )
    base_roi: RoiName | None = field_value(
        None, "A structure on the base side: instead of base.", expected="the name of a structure"
    )
    base: str = field_value(
        "auto",
        "Side that faces the baseplate: left, right, anterior, posterior, superior, inferior, "
        "an angle in degrees about the cut normal, or 'auto' for the least void.",
    )
    first: str | None = field_value(
        None, "End of the specimen that S01 is cut from: an anatomical direction or 'reverse'."
    )

    @field_validator("base")
    @classmethod
    def _known_base(cls, value: str) -> str:
        return value if value in {"auto", *_SIDES} else _plain_angle(value)

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
        if value is not None and math.hypot(*value) < 1e-9:
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
        ways = {
            "a normal": self.normal_lps is not None,
            "landmarks": self.landmarks_lps is not None,
            "axis ROIs": self.axis_rois is not None,
        }
        given = [name for name, is_given in ways.items() if is_given]
        if len(given) > 1:
            message = f"give either {given[0]} or {given[1]}, not both"
            raise ValueError(message)
        if any(self.tilt_deg) and given:
            message = "a tilt turns a plane; it cannot be combined with a normal, landmarks or axis ROIs"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _one_base_side(self) -> Self:
        ways = {
            f"base = {self.base!r}": self.base != "auto",
            "the base ROI": self.base_roi is not None,
            "the third landmark": self.landmarks_lps is not None and len(self.landmarks_lps) == 3,
        }
        given = [name for name, is_given in ways.items() if is_given]
        if len(given) > 1:
            message = f"{given[-1]} chooses the base side, and so does {given[0]}; give one of them"
            raise ValueError(message)
        return self


def _plain_angle(text: str) -> str:
    """Return an angle in degrees in its shortest form."""
    try:
        angle_deg = float(text)
    except ValueError:
        angle_deg = math.nan
    if not math.isfinite(angle_deg):
        message = f"expected auto, an angle in degrees, or one of {', '.join(_SIDES)}; got {text!r}"
        raise ValueError(message)
    return f"{angle_deg:.10g}"


class CutParameters(Section):
    """Where the blade goes."""

    slab_mm: float = field_value(
        10.0, "Thickness of the slabs.", unit="mm", gt=0.0, le=200.0, source="nephrectomy practice, ENUP 2011"
    )
    positions_mm: tuple[float, ...] | None = field_value(
        None,
        "Cut planes, as distances along +X from the middle of the specimen; replaces slab_mm.",
        unit="mm",
        expected="distances in mm, for instance [-15, -5, 5]",
    )
    snap: str | None = field_value(
        None,
        "Move every cut plane to the nearest slice of this image; 'labels' is the segmentation.",
        expected="the name of an image, or labels",
        min_length=1,
    )
    kerf_mm: float = field_value(
        0.0,
        "Tissue lost in a cut; 0 for a blade, more for a saw.",
        unit="mm",
        ge=0,
        le=5,
        source="a blade parts tissue and takes none away",
    )

    @field_validator("positions_mm", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int | float) else value

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
