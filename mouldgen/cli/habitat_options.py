"""The options about habitats from images that `habitats` and `make` share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from mouldgen.cli import options as opt
from mouldgen.cli.options import HABITATS, OUTPUT, SPECIMEN, grouped_option

__all__ = ["AUTO", "habitat_values"]

AUTO = "auto"
"""Instead of a file of habitats: they are computed from the images."""

Images = Annotated[
    list[str] | None,
    grouped_option(
        "--image",
        "Image to compute habitats from, for instance adc=FILE, or ct=FOLDER of a DICOM series; repeatable.",
        SPECIMEN,
        "NAME=FILE",
    ),
]
Modalities = Annotated[
    list[str] | None,
    grouped_option(
        "--modality",
        "What an image's numbers mean: ct (HU), pet (SUV), mr or map. Default: what file or name tell.",
        HABITATS,
        "NAME=KIND",
    ),
]
RegisterTo = Annotated[
    str | None,
    grouped_option(
        "--register",
        "Move all other images rigidly onto this one; the shift is reported. Default: taken as registered.",
        HABITATS,
        "NAME",
    ),
]
GridSpacing = Annotated[
    str | None,
    grouped_option(
        "--grid",
        "Spacing of the common grid, mm. Default: the finest that all images support, at most 1.",
        HABITATS,
        "MM",
    ),
]
Features = Annotated[
    str | None,
    grouped_option(
        "--features",
        "intensity, mean, spread, entropy, gradient, joint_energy, contrast, correlation, homogeneity, "
        "joint_entropy, position. Default: intensity.",
        HABITATS,
        "NAME,NAME,...",
    ),
]
Window = Annotated[
    str | None,
    grouped_option("--window", "Width of the window around a voxel, mm. Default: 5.", HABITATS, "MM"),
]
Count = Annotated[
    str | None,
    grouped_option("--count", "Number of habitats, 2 to 10. Default: chosen among 2 to 6.", HABITATS, "N"),
]
Method = Annotated[
    str | None,
    grouped_option("--method", "gmm (Gaussian mixture) or kmeans. Default: gmm.", HABITATS, "METHOD"),
]
MinRegion = Annotated[
    str | None,
    grouped_option(
        "--min-region",
        "Smallest part of a habitat, mm3; smaller ones join a neighbour. Default: what a punch takes.",
        HABITATS,
        "MM3",
    ),
]
Model = Annotated[
    Path | None,
    grouped_option(
        "--model",
        "Apply a model that was fitted before, so that habitats mean the same in all patients.",
        HABITATS,
        "FILE",
    ),
]
Seed = Annotated[str | None, grouped_option("--seed", "Of all random numbers. Default: 1.", HABITATS, "N")]
LabelMap = Annotated[
    Path,
    grouped_option(
        "-o --output", "Label map to write; its figures, maps and pictures go beside it.", OUTPUT, "NAME.nrrd"
    ),
]
ModelFile = Annotated[Path, grouped_option("-o --output", "Model to write.", OUTPUT, "MODEL.json")]


def habitat_values(
    *,
    modality: Iterable[str] | None = None,
    register: str | None = None,
    grid: str | None = None,
    features: str | None = None,
    window: str | None = None,
    count: str | None = None,
    method: str | None = None,
    min_region: str | None = None,
    seed: str | None = None,
) -> dict[str, Any]:
    """Return the parameters that the options set, by dotted key."""
    return {
        "channels.modalities": opt.pairs(modality, "--modality", "t2=mr"),
        "channels.register_to": register,
        "channels.voxel_mm": grid,
        "features.maps": opt.parted(features),
        "features.window_mm": window,
        "clusters.count": count,
        "clusters.method": method,
        "clusters.min_region_mm3": min_region,
        "clusters.seed": seed,
    }
