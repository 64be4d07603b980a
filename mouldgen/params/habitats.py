"""How habitats are computed from images: onto one grid, features, clusters, and how far to trust them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, field_validator

from mouldgen.params.section import Section, field_value

__all__ = [
    "Binning",
    "ChannelParameters",
    "ClusterMethod",
    "ClusterParameters",
    "CountCriterion",
    "FeatureKind",
    "FeatureParameters",
    "Modality",
    "Scaling",
    "TrustParameters",
    "WindowShape",
]


class Modality(StrEnum):
    """What the numbers of an image mean."""

    CT = "ct"
    """Hounsfield units."""
    PET = "pet"
    """Standardised uptake values."""
    MR = "mr"
    """A weighted sequence: numbers without a unit, which differ from scan to scan."""
    MAP = "map"
    """A parametric map with a meaning of its own: ADC, Ktrans, perfusion, T1 in ms."""


class Scaling(StrEnum):
    """How the values of an image are made comparable with those of the others."""

    ROBUST = "robust"
    """Median 0 and interquartile range 1.349 within the tumour: a z-score that outliers do not move."""
    RANGE = "range"
    """A fixed range becomes -4 to 4, the same in every patient; what lies outside is clipped."""
    PERCENTILE = "percentile"
    """Two percentiles within the tumour become where they lie in a normal distribution of spread 1 (the 1st
    and 99th at -2.33 and 2.33); what lies outside is clipped."""


class FeatureKind(StrEnum):
    """Maps that voxels are grouped by; all but intensity and position look at a window around a voxel."""

    INTENSITY = "intensity"
    MEAN = "mean"
    SPREAD = "spread"
    ENTROPY = "entropy"
    GRADIENT = "gradient"
    JOINT_ENERGY = "joint_energy"
    CONTRAST = "contrast"
    CORRELATION = "correlation"
    HOMOGENEITY = "homogeneity"
    JOINT_ENTROPY = "joint_entropy"
    POSITION = "position"


class WindowShape(StrEnum):
    """Whether a window is a cube or lies within a slice of the common grid."""

    CUBE = "3d"
    SQUARE = "2d"


class Binning(StrEnum):
    """How grey levels are made, as the Image Biomarker Standardisation Initiative names it."""

    NUMBER = "number"
    """A fixed number of levels between the least and the greatest value in the tumour."""
    SIZE = "size"
    """Levels of a fixed size from a fixed start."""


class ClusterMethod(StrEnum):
    """How voxels are grouped."""

    MIXTURE = "gmm"
    KMEANS = "kmeans"


class CountCriterion(StrEnum):
    """How the number of habitats is chosen where it is not given."""

    BIC = "bic"
    SILHOUETTE = "silhouette"
    STABILITY = "stability"


ImageRange = Annotated[tuple[float, float], Field(min_length=2, max_length=2)]


class ChannelParameters(Section):
    """Images onto one grid, and their values onto one scale."""

    voxel_mm: float | None = field_value(
        None,
        "Spacing of the common grid, the same along all axes. Unset: the finest that all images support, at "
        "most 1 mm.",
        unit="mm",
        expected="a number from 0.2 to 10 mm",
        ge=0.2,
        le=10.0,
    )
    modalities: dict[str, Modality] = field_value(
        {},
        "What the numbers of single images mean, by name, where file and name do not tell.",
        expected="ct, pet, mr or map by image, for instance {t2 = 'mr'}",
    )
    scalings: dict[str, Scaling] = field_value(
        {},
        "How single images are scaled, by name. Unset: a fixed range for CT and PET, robust for the others.",
        expected="robust, range or percentile by image",
    )
    ranges: dict[str, ImageRange] = field_value(
        {},
        "Range that single images are scaled to, by name, in their own unit. Unset: -100 to 300 HU, "
        "SUV 0 to 20.",
        expected="two numbers by image, for instance {ct = [-100, 300]}",
        source="soft tissue with contrast; FDG uptake of tumours (engineering judgement)",
    )
    percentiles: ImageRange = field_value(
        (1.0, 99.0),
        "The two percentiles of the scaling of that name.",
        expected="two numbers, 0 to 100",
    )
    register_to: str | None = field_value(
        None,
        "Move every other image rigidly onto this one, in whose frame the tumour is, by mutual information; "
        "the shift is reported. Unset: images are taken as registered.",
        expected="the name of an image",
    )

    @field_validator("ranges")
    @classmethod
    def _rising_ranges(cls, value: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (low, high) in value.items():
            if low >= high:
                message = f"a range rises; got {low:g} to {high:g} for {name}"
                raise ValueError(message)
        return value

    @field_validator("percentiles")
    @classmethod
    def _rising_percentiles(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 <= value[0] < value[1] <= 100:
            message = f"expected two rising percentiles from 0 to 100; got {value[0]:g} and {value[1]:g}"
            raise ValueError(message)
        return value


class FeatureParameters(Section):
    """What voxels are grouped by."""

    maps: tuple[FeatureKind, ...] = field_value(
        (FeatureKind.INTENSITY,),
        "Maps of every image; position is added once.",
        expected="any of " + ", ".join(FeatureKind),
        min_length=1,
    )
    window_mm: float = field_value(
        5.0,
        "Width of the window around a voxel; the nearest odd number of voxels is taken.",
        unit="mm",
        gt=0.0,
        le=50.0,
        source="about a punch (engineering judgement)",
    )
    window: WindowShape = field_value(WindowShape.CUBE, "Whether it is a cube or lies within a slice.")
    binning: Binning = field_value(Binning.NUMBER, "How grey levels are made.", source="IBSI 1, section 2.7")
    bin_count: int = field_value(
        32, "Grey levels, with a fixed number.", ge=2, le=128, source="IBSI 1 validation used 32"
    )
    bin_sizes: dict[str, float] = field_value(
        {},
        "Size of a grey level, by image, in its unit, with a fixed size. Unset: 25 HU, SUV 0.5. "
        "Levels begin at -1000 HU, else at 0.",
        expected="numbers above 0 by image",
        source="25 HU from -1000 HU (IBSI 1, configuration C); SUV 0.5 from 0 (Leijenaar 2015)",
    )

    @field_validator("maps", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("maps")
    @classmethod
    def _each_once(cls, value: tuple[FeatureKind, ...]) -> tuple[FeatureKind, ...]:
        if len(set(value)) < len(value):
            message = f"each map once; got {', '.join(value)}"
            raise ValueError(message)
        if set(value) == {FeatureKind.POSITION}:
            message = "position alone parts a tumour by nothing that is seen; add intensity or another map"
            raise ValueError(message)
        return value


class ClusterParameters(Section):
    """How voxels become habitats."""

    method: ClusterMethod = field_value(
        ClusterMethod.MIXTURE,
        "Gaussian mixture (gmm), or k-means.",
        source="Jardim-Perassi 2019 (mixture); Crispin-Ortuzar 2020 (k-means)",
    )
    count: int | None = field_value(
        None,
        "Number of habitats. Unset: chosen among 2 to 6.",
        expected="a number from 2 to 10",
        ge=2,
        le=10,
    )
    criterion: CountCriterion = field_value(
        CountCriterion.BIC,
        "What the number is chosen by, where it is not given: bic (of independent voxels; it alone "
        "can find that there are none, and is asked first in any case), silhouette or stability.",
        source="Schwarz 1978; found 2 to 5 regions of phantoms, and none in noise",
    )
    starts: int = field_value(
        20, "Starts of a fit; the best is kept.", ge=1, le=200, source="Crispin-Ortuzar 2020"
    )
    seed: int = field_value(1, "Seed of all random numbers.", ge=0, le=999_999)
    smoothing_mm: float = field_value(
        2.0,
        "Reach over which neighbours pull a voxel into their habitat; 0 leaves voxels alone.",
        unit="mm",
        ge=0.0,
        le=20.0,
        source="half a punch (engineering judgement)",
    )
    min_region_mm3: float | None = field_value(
        None,
        "Smallest connected part of a habitat; smaller ones are merged into their best neighbour. "
        "Unset: what the punch takes of a slab.",
        unit="mm3",
        expected="a number from 0 mm3",
        ge=0.0,
    )


class TrustParameters(Section):
    """How far habitats are to be trusted."""

    repeats: int = field_value(
        4, "Repeats with resampled noise and other seeds each; 0 tries no stability.", ge=0, le=50
    )
    noise: float = field_value(
        1.0, "Noise added in a repeat, in multiples of the noise found in each image.", ge=0.0, le=10.0
    )
    least_dice: float = field_value(
        0.7,
        "Habitats whose labels repeat less than this (Dice, median of the repeats) are flagged as unstable.",
        ge=0.0,
        le=1.0,
        source="'good' overlap begins at 0.7 (Zijdenbos 1994)",
    )
