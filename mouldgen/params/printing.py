"""What is printed, and on what: slots, fit, mould, surface and printer."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from pydantic import field_validator, model_validator

from mouldgen.params.section import Section, Vector, field_value

__all__ = [
    "BladeParameters",
    "FitParameters",
    "MouldParameters",
    "PrinterParameters",
    "Process",
    "SurfaceParameters",
]


_MK4 = "0.20mm Standard @MK4 in OrcaSlicer"


class Process(StrEnum):
    """How the mould is printed."""

    FDM = "fdm"
    SLA = "sla"


SLOT_PLAY_MM = {Process.FDM: 0.8, Process.SLA: 0.5}
"""Added to the blade for a slot: 0.4 mm a side for FDM, 0.25 for SLA.

BoneReconstructionPlanner, Docs/NOTES.md.
"""


class BladeParameters(Section):
    """The blade and the printer's play decide the width of the slots."""

    thickness_mm: float = field_value(
        0.4, "Thickness of the blade.", unit="mm", gt=0, le=5, source="scalpel no. 22, about 0.4 mm"
    )
    process: Process = field_value(
        Process.FDM,
        "fdm adds 0.8 mm to the blade for a slot, sla 0.5 mm.",
        source="play of 0.4 or 0.25 mm a side: BoneReconstructionPlanner, Docs/NOTES.md",
    )
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
        expected="one factor or three, from 0.5 to 2",
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
        1.0,
        "Plastic between the deepest point of the cavity and the baseplate.",
        unit="mm",
        ge=0.2,
        le=20,
        source="five layers of FDM (engineering judgement)",
    )
    rim_share: float = field_value(
        0.7,
        "Height of the rim as a share of the specimen's height, before it is lowered for void.",
        ge=0.2,
        le=1.0,
        source="Delgado-Ortet 2023",
    )
    lowest_rim_share: float = field_value(
        0.4,
        "The rim is not lowered below this share.",
        ge=0.1,
        le=1.0,
        source="below it the specimen tips (engineering judgement)",
    )
    void_limit_percent: float = field_value(
        5.0,
        "The rim is lowered until the void below it is at most this.",
        unit="%",
        ge=0.0,
        le=100.0,
        source="hulls leave 9 to 31 % (9xg and Delgado-Ortet on a nephrectomy of 667 mL, rim at 70 %)",
    )
    chamfer_mm: float = field_value(
        1.5,
        "Width of the chamfer at the rim, where the specimen finds its way in.",
        unit="mm",
        ge=0,
        le=10,
        source="engineering judgement",
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

    grid_mm: float = field_value(
        0.5,
        "Spacing of the grid in the mould frame.",
        unit="mm",
        ge=0.1,
        le=3.0,
        source="finer than the voxels of most clinical images",
    )
    tolerance_mm: float = field_value(
        0.03,
        "How far a simplified mesh may lie from the iso-surface.",
        unit="mm",
        ge=0.0,
        le=0.5,
        source="far below a layer of FDM, 0.2 mm",
    )


class PrinterParameters(Section):
    """The machine that prints the mould, and the process that it prints with."""

    name: str = field_value("Prusa MK4", "Name of the printer.")
    bed_mm: Vector = field_value(
        (250.0, 210.0, 220.0),
        "Build volume.",
        unit="mm",
        source="Prusa MK4 profile in OrcaSlicer",
        expected="three sides of 10 to 5000 mm",
    )
    least_wall_mm: float = field_value(
        0.8,
        "Thinnest wall that is printed reliably.",
        unit="mm",
        ge=0.05,
        le=10,
        source="0.8 to 1 mm, two lines: hycubeworks, microworkshops",
    )
    least_gap_mm: float = field_value(
        0.4,
        "Narrowest gap that stays open.",
        unit="mm",
        ge=0.02,
        le=10,
        source="FDM is loose above 0.4 mm and tight below 0.2: clearances in the field survey",
    )
    overhang_deg: float = field_value(
        45.0,
        "Greatest overhang from the vertical that is printed without supports.",
        unit="deg",
        ge=0,
        le=89,
        source="45 degrees for FDM",
    )
    bridge_mm: float = field_value(
        10.0,
        "Longest bridge between two supports that is printed without others.",
        unit="mm",
        ge=0,
        le=100,
        source="bridges of 5 to 36 mm; 10 mm without sagging (engineering judgement)",
    )
    layer_mm: float = field_value(0.2, "Height of a layer.", unit="mm", ge=0.01, le=1, source=_MK4)
    line_mm: float = field_value(0.45, "Width of a printed line.", unit="mm", ge=0.02, le=2, source=_MK4)
    perimeters: int = field_value(2, "Lines around every layer.", ge=0, le=20, source=_MK4)
    top_layers: int = field_value(4, "Solid layers on top.", ge=0, le=50, source=_MK4)
    bottom_layers: int = field_value(3, "Solid layers below.", ge=0, le=50, source=_MK4)
    infill_percent: float = field_value(
        15.0, "Filling between the walls.", unit="%", ge=0, le=100, source=_MK4
    )
    wall_speed_mm_s: float = field_value(170.0, "Speed along walls.", unit="mm/s", gt=0, le=2000, source=_MK4)
    infill_speed_mm_s: float = field_value(
        200.0, "Speed of filling.", unit="mm/s", gt=0, le=2000, source=_MK4
    )
    top_speed_mm_s: float = field_value(
        100.0, "Speed of top layers.", unit="mm/s", gt=0, le=2000, source=_MK4
    )
    first_speed_mm_s: float = field_value(
        45.0, "Speed of the first layer.", unit="mm/s", gt=0, le=2000, source=_MK4
    )
    travel_speed_mm_s: float = field_value(
        300.0, "Speed between lines.", unit="mm/s", gt=0, le=2000, source=_MK4
    )
    acceleration_mm_s2: float = field_value(
        3000.0, "Acceleration along outer walls.", unit="mm/s2", gt=0, le=100_000, source=_MK4
    )
    flow_mm3_s: float = field_value(
        12.0,
        "Most plastic that the nozzle melts.",
        unit="mm3/s",
        gt=0,
        le=500,
        source="Prusa Generic PLA @MK4 in OrcaSlicer",
    )
    layer_s: float = field_value(
        0.0,
        "Time of a layer of resin; 0 for filament, whose time is that of its lines.",
        unit="s",
        ge=0,
        le=600,
        source="none for filament: the time is that of the lines",
    )
    density_g_cm3: float = field_value(
        1.24,
        "Density of the material.",
        unit="g/cm3",
        gt=0,
        le=25,
        source="PLA: Prusament PLA in PrusaSlicer",
    )

    @field_validator("bed_mm")
    @classmethod
    def _positive_bed(cls, value: Vector) -> Vector:
        if any(not 10 <= side <= 5000 for side in value):
            message = f"a build volume has three sides of 10 to 5000 mm; got {list(value)}"
            raise ValueError(message)
        return value
