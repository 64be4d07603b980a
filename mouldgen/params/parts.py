"""What the mould has besides cavity, walls and slots: a lid, ties, windows, inlays, holes and edges."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_validator

from mouldgen.params.section import Section, field_value

__all__ = [
    "EdgeParameters",
    "GuideParameters",
    "InlayParameters",
    "InlaysOf",
    "JointParameters",
    "LidParameters",
    "OpeningParameters",
    "WindowParameters",
]

WindowRadius = Annotated[float, Field(ge=2.0, le=50.0)]


class InlaysOf(StrEnum):
    """What the coloured inlays mark."""

    NONE = "none"
    LANDMARKS = "landmarks"
    HABITATS = "habitats"


class JointParameters(Section):
    """How loosely printed parts go together."""

    play_mm: float = field_value(
        0.3,
        "Gap between two printed parts that are put together, on every side.",
        unit="mm",
        ge=0.05,
        le=1.0,
        source="FDM parts bind below 0.2 mm and are loose above 0.4 mm (field study, print constraints)",
    )


class LidParameters(Section):
    """The second half, for specimens that must be held all round."""

    enabled: bool = field_value(
        default=False,
        help_text="Make a lid: the other half of the cavity, with slots in line with the base's.",
    )
    roof_mm: float = field_value(
        6.0,
        "Thickness of the lid's roof, which lies on the blade guides.",
        unit="mm",
        ge=3.0,
        le=30.0,
        source="as stiff as a wall of 5 mm, plus its engraving (engineering judgement)",
    )


class GuideParameters(Section):
    """What holds the blade guides upright; their height and depth are in section mould."""

    tie: bool = field_value(
        default=False,
        help_text="Join the fingers behind the slots' far end, at the back; the blade enters from the front.",
    )
    tie_mm: float = field_value(
        8.0,
        "Thickness of the tie along the blade.",
        unit="mm",
        ge=3.0,
        le=30.0,
        source="carries dowels of 5 mm (engineering judgement)",
    )


class WindowParameters(Section):
    """Openings through wall, base or lid at landmarks: vessels, hilum, sutures."""

    radius_mm: dict[str, WindowRadius] = field_value(
        {},
        "Radius of the window at every landmark that gets one, by the landmark's name.",
        unit="mm",
        expected="radii of 2 to 50 mm by landmark, for instance {vein = 10}",
        source="10 mm: Crispin-Ortuzar 2020 (9xg)",
    )

    @field_validator("radius_mm")
    @classmethod
    def _in_order(cls, value: dict[str, float]) -> dict[str, float]:
        return {name: value[name] for name in sorted(value)}


class InlayParameters(Section):
    """Pins of another colour that show in the floor of the cavity."""

    inlays_of: InlaysOf = field_value(
        InlaysOf.NONE, "What the coloured inlays mark: none, landmarks, or the centroids of habitats."
    )
    inlay_mm: float = field_value(
        8.0,
        "Diameter of the inlays; less where the plastic between two slots is narrow.",
        unit="mm",
        ge=3.0,
        le=30.0,
        source="seen at arm's length (engineering judgement)",
    )


class OpeningParameters(Section):
    """Holes for fluid, for pushing out, and for fingers."""

    drains: int = field_value(
        0, "Holes through the baseplate into the lowest places of the cavity.", ge=0, le=200
    )
    drain_mm: float = field_value(
        5.0,
        "Diameter of these holes; less where the plastic between two slots is narrow.",
        unit="mm",
        ge=2.0,
        le=20.0,
        source="takes the rod of a cotton bud (engineering judgement)",
    )
    finger_holes: bool = field_value(
        default=False, help_text="Notches in the wall at both ends, in which two fingers lift the specimen."
    )
    finger_mm: float = field_value(
        20.0,
        "Width of the finger holes.",
        unit="mm",
        ge=10.0,
        le=40.0,
        source="a gloved finger is 15 to 20 mm wide (engineering judgement)",
    )


class EdgeParameters(Section):
    """Edges that hands and blades meet."""

    slot_mouth_mm: float = field_value(
        1.0,
        "How much wider than the slot its mouth is on either side; at most 15 % of the plastic beside it.",
        unit="mm",
        ge=0.0,
        le=3.0,
        source="the blade finds its way (engineering judgement)",
    )
    corner_mm: float = field_value(
        2.0,
        "Radius of upright edges.",
        unit="mm",
        ge=0.0,
        le=5.0,
        source="sharp corners cut gloves and lift off the bed (engineering judgement)",
    )
    feet: bool = field_value(
        default=False,
        help_text="Two rails under the ends, as parts of their own, so that the drains drip freely.",
    )
    foot_mm: float = field_value(
        6.0, "Height of the rails.", unit="mm", ge=3.0, le=30.0, source="engineering judgement"
    )
