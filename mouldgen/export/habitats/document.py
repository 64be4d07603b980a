"""The document ``habitats.json``: what the habitats are, and everything that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from mouldgen.export.json_text import json_text
from mouldgen.export.manifest import InputEntry, input_entries, versions_of
from mouldgen.export.map_document import FindingEntry
from mouldgen.export.map_numbers import rounded, unit_share
from mouldgen.habitats.channels import Channel
from mouldgen.habitats.computed import ComputedHabitat, ComputedHabitats
from mouldgen.params import DesignParameters
from mouldgen.specimen import Habitat, Source

__all__ = ["HABITAT_SECTIONS", "SCHEMA_VERSION", "HabitatsDocument", "habitats_document", "named_habitats"]

SCHEMA_VERSION: Final = "1.0"
"""Rises with every change of keys; the number before the point when old readers would break."""

HABITAT_SECTIONS = ("specimen", "channels", "features", "clusters", "trust")
"""Sections of the parameters that decide the habitats."""

_LIBRARIES = ("numpy", "scipy", "SimpleITK", "scikit-learn", "numba")
"""Those that decide labels and figures."""

_DIGITS = 6

Share = Annotated[float, Field(ge=0, le=1)]
Row4 = tuple[float, float, float, float]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class GridEntry(_Entry):
    """The common grid that images were brought onto."""

    spacing_mm: tuple[float, float, float] = Field(description="Distance of neighbouring voxels, mm.")
    shape: tuple[int, int, int] = Field(description="Voxels along i, j and k.")
    lps_from_index: tuple[Row4, Row4, Row4, Row4] = Field(
        description="4 x 4 matrix, row by row, from voxel indices to LPS mm."
    )
    tumour_mm3: float = Field(ge=0, description="Volume of the tumour's voxels that all images show, mm3.")


class ChannelEntry(_Entry):
    """One image."""

    name: str = Field(description="What the user calls it.")
    modality: str = Field(description="ct, pet, mr or map.")
    unit: str = Field(description="HU, SUV or nothing.")
    noise: float = Field(ge=0, description="Standard deviation of its noise, in its unit.")


class SummaryEntry(_Entry):
    """One feature within one habitat, in the feature's own unit."""

    feature: str = Field(description="Name of the feature.")
    unit: str = Field(description="Its unit, or nothing.")
    mean: float
    spread: float = Field(ge=0, description="Standard deviation.")
    quartiles: tuple[float, float, float] = Field(description="Lower quartile, median, upper quartile.")


class HabitatEntry(_Entry):
    """One habitat."""

    label: int = Field(ge=1, description="Value in the label map.")
    code: str = Field(description="Letter that stands for it on paper.")
    name: str = Field(description="What it is like.")
    color: str = Field(description="#rrggbb.")
    volume_mm3: float = Field(ge=0, description="Of its voxels, mm3.")
    parts: int = Field(ge=1, description="Connected parts.")
    compactness: float = Field(ge=0, description="Sphericity of its largest part: 1 for a ball.")
    mean_certainty: Share = Field(description="Mean probability that a label of it is right.")
    stability: Share | None = Field(description="Median Dice of the repeats; null where none was made.")
    is_stable: bool = Field(description="Whether that is at least trust.least_dice.")
    features: list[SummaryEntry]


class CountEntry(_Entry):
    """How well one number of habitats does."""

    count: int = Field(ge=1)
    criterion: str = Field(description="bic, silhouette or stability.")
    score: float = Field(description="The higher the better.")
    is_chosen: bool


class TrialEntry(_Entry):
    """One repeat under a change."""

    change: str = Field(description="What was changed.")
    adjusted_rand: float = Field(ge=-1, le=1, description="Adjusted Rand index against the reported labels.")
    dice: dict[str, Share] = Field(description="By label.")


class HabitatsDocument(_Entry):
    """What habitats were computed, from what, how, and how far to trust them."""

    program: Literal["mouldgen"] = "mouldgen"
    schema_version: Literal["1.0"] = SCHEMA_VERSION
    versions: dict[str, str] = Field(description="Of program, Python and the libraries that decide labels.")
    parameters: dict[str, Any] = Field(description="All sections that decide the habitats, resolved.")
    inputs: list[InputEntry] = Field(description="What was read; never a path.")
    grid: GridEntry
    images: list[ChannelEntry]
    habitats: list[HabitatEntry]
    counts: list[CountEntry] = Field(description="Empty where the number was given.")
    trials: list[TrialEntry]
    findings: list[FindingEntry]

    def to_text(self) -> str:
        """Return the JSON text of the document."""
        return json_text(self.model_dump(mode="json"))


def named_habitats(computed: ComputedHabitats) -> tuple[Habitat, ...]:
    """Return the habitats with the letters and colours that all files give them."""
    return tuple(
        Habitat.numbered(habitat.label, position, habitat.name)
        for position, habitat in enumerate(computed.habitats)
    )


def habitats_document(
    computed: ComputedHabitats, parameters: DesignParameters, sources: Iterable[Source]
) -> HabitatsDocument:
    """Return the document.

    Parameters
    ----------
    computed
        The habitats.
    parameters
        Resolved.
    sources
        Inputs that were read.
    """
    values = parameters.to_dict()
    return HabitatsDocument(
        versions=versions_of(_LIBRARIES),
        parameters={section: values[section] for section in HABITAT_SECTIONS if section in values},
        inputs=input_entries(sources),
        grid=_grid_entry(computed),
        images=[_channel_entry(channel) for channel in computed.channels.channels],
        habitats=list(_habitat_entries(computed)),
        counts=[
            CountEntry(
                count=trial.count,
                criterion=trial.criterion,
                score=rounded(trial.score, _DIGITS),
                is_chosen=trial.is_chosen,
            )
            for trial in computed.counts
        ],
        trials=[
            TrialEntry(
                change=trial.change, adjusted_rand=rounded(trial.adjusted_rand, 4), dice=_shares(trial.dice)
            )
            for trial in computed.trials
        ],
        findings=[FindingEntry.of(finding) for finding in computed.findings],
    )


def _grid_entry(computed: ComputedHabitats) -> GridEntry:
    tumour = computed.channels.tumour
    matrix = (tumour.grid.point_from_index.round(9) + 0.0).tolist()
    spacing = tumour.grid.spacing_mm.round(9).tolist()
    return GridEntry(
        spacing_mm=(spacing[0], spacing[1], spacing[2]),
        shape=tumour.grid.shape,
        lps_from_index=(tuple(matrix[0]), tuple(matrix[1]), tuple(matrix[2]), tuple(matrix[3])),
        tumour_mm3=rounded(tumour.volume_mm3, 3),
    )


def _channel_entry(channel: Channel) -> ChannelEntry:
    return ChannelEntry(
        name=channel.name,
        modality=channel.modality.value,
        unit=channel.unit,
        noise=_significant(channel.noise),
    )


def _habitat_entries(computed: ComputedHabitats) -> Iterator[HabitatEntry]:
    for habitat, named in zip(computed.habitats, named_habitats(computed), strict=True):
        yield HabitatEntry(
            label=habitat.label,
            code=named.code,
            name=named.name,
            color=named.color,
            volume_mm3=rounded(habitat.volume_mm3, 3),
            parts=habitat.parts,
            compactness=rounded(habitat.compactness, 4),
            mean_certainty=unit_share(habitat.mean_certainty),
            stability=None if habitat.stability is None else unit_share(habitat.stability),
            is_stable=habitat.is_stable,
            features=list(_summaries(habitat)),
        )


def _summaries(habitat: ComputedHabitat) -> Iterator[SummaryEntry]:
    for summary in habitat.features:
        low, middle, high = (_significant(value) for value in summary.quartiles)
        yield SummaryEntry(
            feature=summary.feature,
            unit=summary.unit,
            mean=_significant(summary.mean),
            spread=_significant(summary.spread),
            quartiles=(low, middle, high),
        )


def _shares(dice: Mapping[int, float]) -> dict[str, float]:
    return {str(label): unit_share(value) for label, value in sorted(dice.items())}


def _significant(value: float) -> float:
    """Round to six significant digits; images have any unit."""
    return float(f"{value:.6g}") + 0.0
