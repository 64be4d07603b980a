"""The document ``sampling_map.json``: its models and its JSON Schema."""

from __future__ import annotations

import json
from importlib import resources
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mouldgen.errors import Finding, Severity
from mouldgen.export.json_text import json_text
from mouldgen.mould.parts import Way
from mouldgen.params import PunchDepth
from mouldgen.sampling.site_plan import Face, Obstacle, SiteOrigin

__all__ = [
    "SCHEMA_VERSION",
    "BlockEntry",
    "CutEntry",
    "FindingEntry",
    "FrameEntry",
    "HabitatEntry",
    "LandmarkEntry",
    "MapDocument",
    "MidPlaneEntry",
    "MouldEntry",
    "NearestSliceEntry",
    "OutlinesEntry",
    "PartEntry",
    "SamplingEntry",
    "SiteEntry",
    "SlabEntry",
    "SpecimenEntry",
    "StructureEntry",
    "UnreachableEntry",
    "WindowEntry",
    "packaged_schema",
    "schema_text",
]

SCHEMA_VERSION: Final = "1.4"
"""Rises with every change of keys; the number before the point when old readers would break."""

Row2 = tuple[float, float]
Row3 = tuple[float, float, float]
Row4 = tuple[float, float, float, float]
Ring = list[tuple[float, float]]
HexColor = Annotated[str, Field(pattern="^#[0-9a-f]{6}$")]
SlabId = Annotated[str, Field(pattern=r"^S\d{2,}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FrameEntry(_Entry):
    """The mould frame: +X across the slabs, +Y along the blade, +Z up; origin below the specimen."""

    patient_axes: Literal["LPS"] = Field(default="LPS", description="Axes of all patient coordinates.")
    mould_from_patient: tuple[Row4, Row4, Row4, Row4] = Field(
        description="Rigid 4 x 4 matrix, row by row, from LPS mm to mould mm at imaging size."
    )
    cut_normal_lps: Row3 = Field(description="+X of the mould, from S01 to the last slab: unit vector, LPS.")
    insertion_lps: Row3 = Field(description="How the specimen goes in, -Z of the mould: unit vector, LPS.")
    scale: Row3 = Field(
        description="Size of the plastic relative to imaging along X, Y and Z of the mould. Volumes, slabs, "
        "outlines and sites of this document are at imaging size; cuts[].x_mm and the mould's are not."
    )


class StructureEntry(_Entry):
    """A named structure of the segmentation."""

    name: str = Field(description="As the file calls it.")
    terminology: str = Field(description="Its coded meaning, empty where the file has none.")


class SpecimenEntry(_Entry):
    """The tissue that the mould was made for."""

    volume_mm3: float = Field(ge=0, description="Volume of its voxels, with the margin, mm3.")
    segmented_mm3: float = Field(ge=0, description="Volume of the chosen labels, without the margin, mm3.")
    structures: list[StructureEntry] = Field(
        description="What it was made of, where the segmentation names its structures."
    )
    habitats_computed_from: list[str] = Field(
        description="Images that the habitats were computed from; empty where they were given."
    )


class PartEntry(_Entry):
    """A body of the mould, in a file of its own."""

    file: str = Field(description="Its STL, relative to the case folder, as it is printed.")
    title: str = Field(description="What people call it.")
    printable: bool = Field(description="Whether it belongs to the mould; not so the replica.")
    color: HexColor = Field(description="Its colour, #rrggbb.")
    mould_from_part: tuple[Row4, Row4, Row4, Row4] = Field(
        description="Rigid 4 x 4 matrix, row by row, from the coordinates of its file to mould mm."
    )


class WindowEntry(_Entry):
    """An opening at a landmark."""

    landmark: str = Field(description="Name of the landmark.")
    mark: str = Field(description="What is engraved beside it; empty where no letters have room.")
    through: Way = Field(description="Through the base (from below), the wall, or the lid.")
    mould_mm: Row3 = Field(description="The landmark at the size of the plastic, mould mm.")
    radius_mm: float = Field(gt=0, description="Half the width that was asked for, mm.")


class MouldEntry(_Entry):
    """The printed mould, in mould mm."""

    base_part: str = Field(
        description="File of the part that holds the specimen, relative to the case folder."
    )
    slot_width_mm: float = Field(gt=0, description="Width of the slots along +X, mm.")
    clearance_mm: float = Field(ge=0, description="Gap between specimen and cavity, mm.")
    floor_z_mm: float = Field(description="Top of the baseplate, mm above its underside.")
    rim_z_mm: float = Field(description="Top of the cavity wall, mm above the mould's underside.")
    guide_z_mm: float = Field(description="Top of the blade guides, mm above the mould's underside.")
    score_z_mm: float = Field(description="Bottom of the score slot, mm above the mould's underside.")
    score_z_tissue_mm: float = Field(description="The same at imaging size, mould mm.")
    locked_mm3: float = Field(ge=0, description="Specimen that plastic blocks on its way in, mm3.")
    void_percent: float = Field(
        ge=0,
        description="Space between specimen and cavity below the rim that the upward sweep left, "
        "percent of the specimen below the rim.",
    )
    slot_y_mm: Row2 = Field(description="Where the slots begin in front and end at the back, mould mm.")
    slots_closed_at_back: bool = Field(
        description="Whether a tie closes the slots at the back, so that the blade enters from the front."
    )
    marks: list[str] = Field(description="Every engraved text, in reading order.")
    windows: list[WindowEntry] = Field(description="Openings at landmarks.")
    parts: list[PartEntry] = Field(description="Every body of the mould: the base, the replica, then others.")


class HabitatEntry(_Entry):
    """One habitat."""

    label: int = Field(ge=1, le=65535, description="Value in the habitat map.")
    name: str = Field(description="What the user calls it.")
    code: str = Field(pattern="^[A-Z]+$", description="Letter that stands for it where colour is missing.")
    color: HexColor = Field(description="Colour in all pictures, #rrggbb.")
    terminology: str = Field(description="Its coded meaning, empty where the file has none.")
    volume_mm3: float = Field(ge=0, description="Volume of its own voxels, mm3.")
    stability: float | None = Field(
        ge=0,
        le=1,
        description="How well its labels repeat when images and outline change a little: Dice, median of the "
        "repeats; none if unknown.",
    )
    is_stable: bool = Field(
        description="False where the stability is below what was asked for (trust.least_dice)."
    )
    mean_certainty: float | None = Field(
        ge=0, le=1, description="Mean certainty of its voxels' labels; none if unknown."
    )


class CutEntry(_Entry):
    """The mid-plane of a cut."""

    index: int = Field(ge=1, description="Cut n lies between slab n and slab n + 1.")
    x_mm: float = Field(description="Middle of its slot in the plastic, along +X, mould mm.")
    x_tissue_mm: float = Field(description="The same plane at imaging size, along +X, mould mm.")


class MidPlaneEntry(_Entry):
    """The middle of a slab, in the patient."""

    point_lps: Row3 = Field(description="A point on it, LPS mm.")
    normal_lps: Row3 = Field(description="Its normal towards the next slab: unit vector, LPS.")


class NearestSliceEntry(_Entry):
    """The image slice nearest to the middle of a slab."""

    image: str = Field(description="Name of the image; 'labels' is the segmentation.")
    index: int = Field(ge=0, description="Slice number in the file, from 0.")
    sop_instance_uid: str | None = Field(description="Of the slice, where the file has one.")
    instance_number: int | None = Field(
        description="InstanceNumber of the slice, or its frame in a multi-frame file, where there is one."
    )
    distance_mm: float = Field(description="From the slab's middle to the slice along the slice normal, mm.")
    angle_deg: float = Field(ge=0, le=90, description="Between the slab's mid-plane and the slice, degrees.")


class OutlinesEntry(_Entry):
    """Where planes meet the specimen's surface: closed rings of [y, z], mould mm at imaging size.

    Seen from +X, outer rings run counterclockwise and holes clockwise; the first point ends each ring.
    """

    lower: list[Ring] = Field(description="On the face at x_lower_mm.")
    mid: list[Ring] = Field(description="In the middle of the slab.")
    upper: list[Ring] = Field(description="On the face at x_upper_mm.")


class SlabEntry(_Entry):
    """The tissue between two cuts."""

    id: SlabId = Field(description="S01 is the first along +X.")
    index: int = Field(ge=1, description="From 1, along +X.")
    x_lower_mm: float = Field(description="Face towards the slab before it: X, mould mm at imaging size.")
    x_upper_mm: float = Field(description="Face towards the slab after it: X, mould mm at imaging size.")
    tissue_volume_mm3: float = Field(ge=0, description="Specimen between the faces, by its voxels, mm3.")
    habitat_volume_mm3: dict[str, float] = Field(
        description="Volume of each habitat between the faces, by its own voxels, mm3; keys are labels."
    )
    mid_plane: MidPlaneEntry = Field(description="The middle of the slab, in the patient.")
    nearest_slices: list[NearestSliceEntry] = Field(description="One for the labels and one for every image.")
    outlines_mm: OutlinesEntry = Field(description="Outlines on both faces and in the middle.")
    base_line_z_mm: float = Field(
        description="Lowest point of its outlines, mould mm at imaging size: where it stands on a ruler."
    )
    has_score_mark: bool = Field(description="Whether the score slot marks its top at y = 0.")
    hit_regions_mm: dict[str, list[Ring]] = Field(
        description="By label: rings of [y, z] within which a punch takes the habitat with at least "
        "sampling.min_probability. Only habitats that have one in this slab."
    )


class SamplingEntry(_Entry):
    """How sites were chosen."""

    punch_diameter_mm: float = Field(gt=0, description="Diameter of the punch, mm.")
    depth: PunchDepth = Field(description="Through the slab, or into one face of it.")
    face_depth_mm: float = Field(gt=0, description="Depth of a punch into a face, mm.")
    sigma_mm: float = Field(ge=0, description="Standard deviation of the registration error in y and z, mm.")
    sigma_across_mm: float = Field(ge=0, description="The same along X, mm.")
    sigma_by_slab_mm: dict[str, float] = Field(description="Instead of sigma_mm, for single slabs, mm.")
    min_probability: float = Field(ge=0, le=1, description="Least probability of a planned site.")
    apart_mm: float = Field(ge=0, description="Tissue between two punches, mm.")
    reserve_mm: float = Field(ge=0, description="Tissue below the surface that stays for diagnosis, mm.")
    destinations: list[str] = Field(description="Where samples go.")


class SiteEntry(_Entry):
    """A place to take a sample: a cylinder along X of the mould."""

    id: str = Field(description="Of the site, within the case.")
    slab: SlabId = Field(description="Slab that it lies in.")
    habitat: int | None = Field(
        ge=1, le=65535, description="Label of the habitat that it aims at; none for tissue without habitats."
    )
    mould_mm: Row3 = Field(description="Its middle, mould mm at imaging size.")
    lps_mm: Row3 = Field(description="Its middle, LPS mm.")
    x_from_mm: float = Field(description="Its end toward S01: X, mould mm at imaging size.")
    x_to_mm: float = Field(description="Its other end: X, mould mm at imaging size.")
    punch_diameter_mm: float = Field(gt=0, description="Diameter of the punch, mm.")
    punch_tissue_mm: float = Field(gt=0, description="What it takes at imaging size, mm across.")
    face: Face = Field(
        description="Face that the punch enters: lower (toward S01) or upper; or it goes through."
    )
    right_of_score_mm: float = Field(
        description="Distance from the score line (y = 0) along +Y at the bench, so times frame.scale, mm: "
        "to the right where the upper face is seen with the base edge below, to the left on the slab turned "
        "over."
    )
    above_base_mm: float = Field(description="Height above the slab's base line at the bench, mm.")
    purity: float = Field(ge=0, le=1, description="Share of the punch that is its habitat, by the labels.")
    hit_probability: float = Field(
        ge=0,
        le=1,
        description="Probability that the punch hits its habitat, given the registration error and, where it "
        "is known, the certainty of labels.",
    )
    certainty: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Mean certainty of the labels where the punch is its habitat; none if unknown.",
    )
    destination: str = Field(description="Where the sample goes; empty where the laboratory chooses.")
    tube: str = Field(description="What to write on the tube.")
    cassette: str = Field(
        description="Block that it is taken from, several joined by ' + ', or its tube without blocks."
    )
    origin: SiteOrigin = Field(description="Whether the planner or the user chose it.")


class BlockEntry(_Entry):
    """What goes into one cassette: a box of the mould frame at imaging size."""

    id: str = Field(description="Unique in the case.")
    slab: SlabId = Field(description="Slab that it is cut from.")
    part: str = Field(description="Letter of the sub-slice, A at the lower face.")
    number: int = Field(ge=1, description="Place in the slab's grid of blocks.")
    x_mm: Row2 = Field(description="Lower and upper side along X, mould mm.")
    y_mm: Row2 = Field(description="Lower and upper side along Y, mould mm.")
    z_mm: Row2 = Field(description="Lower and upper side along Z, mould mm.")
    face_down: Face = Field(description="Face that lies on the floor of the cassette.")


class LandmarkEntry(_Entry):
    """A structure that is not part of the tissue but rides along."""

    name: str = Field(description="What it is called.")
    mould_mm: Row3 = Field(description="Its centroid, mould mm at imaging size.")
    lps_mm: Row3 = Field(description="Its centroid, LPS mm.")
    slab: SlabId | None = Field(
        description="Slab whose faces it lies between; none in a cut or beyond the ends of the tissue."
    )


class UnreachableEntry(_Entry):
    """A habitat that no punch can hit."""

    habitat: int = Field(ge=1, le=65535, description="Its label.")
    code: Obstacle = Field(description="Why, as a stable word.")
    reason: str = Field(description="Why, with figures.")
    advice: str = Field(description="What would help, with figures.")


class FindingEntry(_Entry):
    """Something that the user should know."""

    code: str = Field(description="Stable word for programs.")
    severity: Severity = Field(description="Only an error makes the mould unusable.")
    message: str = Field(description="What was found, with values and units, and what to do.")

    @classmethod
    def of(cls, finding: Finding) -> FindingEntry:
        """Return the entry of a finding."""
        return cls(code=finding.code, severity=finding.severity, message=finding.message)

    def to_finding(self) -> Finding:
        """Return the finding of the entry."""
        return Finding(self.code, self.severity, self.message)


class MapDocument(_Entry):
    """Which slab of a specimen holds which habitat, and where it lies in the patient.

    All lengths are millimetres and all volumes mm3. Mould coordinates are in the mould frame; patient
    coordinates are LPS.
    """

    schema_version: Literal["1.4"] = Field(default=SCHEMA_VERSION, description="Version of this schema.")
    case_id: str = Field(description="What the user calls the case.")
    design_hash: str = Field(
        pattern="^[0-9a-f]{8}$", description="Hash of parameters and voxels; engraved on the mould."
    )
    units: Literal["mm"] = Field(default="mm", description="Unit of every length.")
    frame: FrameEntry = Field(description="How patient and mould coordinates hang together.")
    specimen: SpecimenEntry = Field(description="How much tissue the mould was made for.")
    mould: MouldEntry = Field(description="The printed mould.")
    kerf_mm: float = Field(ge=0, description="Tissue lost in each cut, mm.")
    kerf_loss_mm3: float = Field(ge=0, description="Tissue lost in all cuts, mm3.")
    habitats: list[HabitatEntry] = Field(description="Empty where no habitat map was given.")
    cuts: list[CutEntry] = Field(description="In order along +X.")
    slabs: list[SlabEntry] = Field(description="In order along +X; end slabs reach to the end of the tissue.")
    landmarks: list[LandmarkEntry] = Field(description="Structures that ride along.")
    sampling: SamplingEntry = Field(description="Punch, registration error and rules of the sites.")
    sites: list[SiteEntry] = Field(description="Where to take samples.")
    blocks: list[BlockEntry] = Field(description="What goes into cassettes; empty where none was chosen.")
    unreachable: list[UnreachableEntry] = Field(description="Habitats that no punch can hit.")
    findings: list[FindingEntry] = Field(description="Of the design, in the order they were found.")

    def to_text(self) -> str:
        """Return the JSON text of the document."""
        return json_text(self.model_dump(mode="json"))


def schema_text() -> str:
    """Return the JSON Schema of `MapDocument`, as published in ``mouldgen/schemas``."""
    schema = MapDocument.model_json_schema(mode="serialization")
    header = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:mouldgen:sampling_map:{SCHEMA_VERSION}",
    }
    return json.dumps(header | schema, indent=2, ensure_ascii=False) + "\n"


def packaged_schema() -> str:
    """Return the text of the published schema."""
    folder = resources.files("mouldgen") / "schemas"
    return (folder / "sampling_map.schema.json").read_text(encoding="utf-8")
