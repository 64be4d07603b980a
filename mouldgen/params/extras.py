"""What is printed beside the mould, how a mould larger than the bed is split, and which files are written."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import field_validator

from mouldgen.params.section import Section, field_value

__all__ = [
    "ExtraKind",
    "ExtraParameters",
    "FileParameters",
    "MeshFormat",
    "PoseParameters",
    "SplitMode",
    "SplitParameters",
]


class ExtraKind(StrEnum):
    """Parts that can be printed beside the mould."""

    REPLICA = "replica"
    RING = "ring"
    COUPON = "coupon"
    TRAY = "tray"


class SplitMode(StrEnum):
    """What happens to a mould that is larger than the bed."""

    AUTO = "auto"
    NEVER = "never"


class MeshFormat(StrEnum):
    """Kinds of files that bodies are written to."""

    STL = "stl"
    THREEMF = "3mf"
    OBJ = "obj"
    PLY = "ply"


class ExtraParameters(Section):
    """Replica, fit ring, slot coupon and slab tray."""

    parts: tuple[ExtraKind, ...] = field_value(
        (),
        "Parts beside the mould: replica (the specimen, its cuts scored), ring (a slice of the cavity to try "
        "first), coupon (slots of several widths), tray (wells for the slabs).",
        expected="any of replica, ring, coupon, tray",
    )
    groove_width_mm: float = field_value(
        1.0,
        "Width of the replica's grooves.",
        unit="mm",
        ge=0.4,
        le=3.0,
        source="two lines of a 0.4 mm nozzle, as for letters (engineering judgement)",
    )
    groove_depth_mm: float = field_value(
        0.8, "Depth of the replica's grooves.", unit="mm", ge=0.3, le=3.0, source="as letters"
    )
    ring_mm: float = field_value(
        6.0,
        "Height of the fit ring.",
        unit="mm",
        ge=2.0,
        le=40.0,
        source="prints in minutes (engineering judgement)",
    )
    coupon_mm: float = field_value(
        40.0,
        "The slot coupon's comb is as high as the guides, but not higher than this.",
        unit="mm",
        ge=5.0,
        le=200.0,
        source="deep enough to feel the blade bind (engineering judgement)",
    )
    tray_clearance_mm: float = field_value(
        1.0,
        "Gap between a slab and its well in the tray.",
        unit="mm",
        ge=0.0,
        le=10.0,
        source="cut slabs spread a little (engineering judgement)",
    )
    tray_depth_mm: float = field_value(
        6.0,
        "Depth of the tray's wells; less where the slab is thinner, so that it stands proud.",
        unit="mm",
        ge=1.0,
        le=50.0,
        source="fingers reach the slab's edge (engineering judgement)",
    )

    @field_validator("parts", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("parts")
    @classmethod
    def _each_once(cls, value: tuple[ExtraKind, ...]) -> tuple[ExtraKind, ...]:
        return tuple(kind for kind in ExtraKind if kind in value)


class SplitParameters(Section):
    """How a mould that is larger than the printer's bed is split."""

    mode: SplitMode = field_value(
        SplitMode.AUTO, "auto splits a mould that does not fit the bed; never leaves it whole."
    )
    clearance_mm: float = field_value(
        0.2,
        "Gap between the pieces, all along the joint.",
        unit="mm",
        ge=0.05,
        le=1.0,
        source="0.05 to 0.2 mm on every printed interface: BoneReconstructionPlanner #86",
    )
    margin_mm: float = field_value(
        2.0,
        "The pieces stay this far from the edge of the bed.",
        unit="mm",
        ge=0.0,
        le=50.0,
        source="skirt and clips (engineering judgement)",
    )


class FileParameters(Section):
    """Which files hold the bodies, and how they lie on the plates."""

    formats: tuple[MeshFormat, ...] = field_value(
        (MeshFormat.STL, MeshFormat.THREEMF),
        "Kinds of files for the bodies. STL is always written: it is what the checks read.",
        expected="any of stl, 3mf, obj, ply",
    )
    plate_gap_mm: float = field_value(
        6.0,
        "Gap between the bodies on a plate.",
        unit="mm",
        ge=1.0,
        le=100.0,
        source="PrusaSlicer arranges with 6 mm",
    )

    @field_validator("formats", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("formats")
    @classmethod
    def _with_stl(cls, value: tuple[MeshFormat, ...]) -> tuple[MeshFormat, ...]:
        return tuple(kind for kind in MeshFormat if kind in value or kind is MeshFormat.STL)


class PoseParameters(Section):
    """What a pose costs in the search for the best one: the sum of its figures times these weights."""

    void_weight: float = field_value(
        1.0, "For every percent of void below the rim.", ge=0.0, le=1000.0, source="the unit of the price"
    )
    contact_weight: float = field_value(
        20.0,
        "For the share of the specimen's surface that no plastic holds.",
        ge=0.0,
        le=1000.0,
        source="half the surface held is worth 10 % of void (engineering judgement)",
    )
    rim_weight: float = field_value(
        20.0,
        "For the share of the specimen's height by which the rim is lower than asked for.",
        ge=0.0,
        le=1000.0,
        source="as in the search of the base side alone",
    )
    slab_weight: float = field_value(
        0.5, "For every slab.", ge=0.0, le=1000.0, source="each is cut, inked and embedded (judgement)"
    )
    plastic_weight: float = field_value(
        1.0, "For every 100 mL of plastic.", ge=0.0, le=1000.0, source="about 5 hours of printing (field.md)"
    )
    slender_weight: float = field_value(
        0.5,
        "For every unit by which a finger's height over its thickness is above 10.",
        ge=0.0,
        le=1000.0,
        source="slender fingers bend (engineering judgement)",
    )
    split_weight: float = field_value(
        5.0,
        "If the mould must be split for the bed; ten times that if it cannot be printed at all.",
        ge=0.0,
        le=1000.0,
        source="a seam to be put together (engineering judgement)",
    )
    unreachable_weight: float = field_value(
        15.0,
        "For every habitat that no punch can hit.",
        ge=0.0,
        le=1000.0,
        source="sampling it is what the mould is for (engineering judgement)",
    )
    miss_weight: float = field_value(
        30.0,
        "For the mean probability that a planned punch misses its habitat.",
        ge=0.0,
        le=1000.0,
        source="a tenth of the punches lost is worth 3 % of void (engineering judgement)",
    )
    worst_weight: float = field_value(
        10.0,
        "For the probability that the least certain habitat's best punch misses.",
        ge=0.0,
        le=1000.0,
        source="as above, for the weakest (engineering judgement)",
    )
    tilt_weight: float = field_value(
        0.05,
        "For every degree off the plane that was asked for.",
        ge=0.0,
        le=1000.0,
        source="slabs along image slices are easier to read (engineering judgement)",
    )
