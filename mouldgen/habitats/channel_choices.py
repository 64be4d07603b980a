"""What is to be done with every image: what its numbers mean, and how they are scaled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mouldgen.errors import Finding, ParameterError
from mouldgen.habitats.intensities import DEFAULT_RANGES, ScaleChoice
from mouldgen.habitats.modalities import UNITS, find_modality
from mouldgen.images import Image
from mouldgen.params.habitats import ChannelParameters, Modality, Scaling

__all__ = ["ChannelChoice", "choose_channels"]


@dataclass(frozen=True)
class ChannelChoice:
    """What an image's numbers mean, and how they are scaled.

    Parameters
    ----------
    name
        What the user calls it.
    modality
        What its numbers mean.
    scale
        How they are scaled.
    """

    name: str
    modality: Modality
    scale: ScaleChoice


def choose_channels(
    images: Sequence[Image], parameters: ChannelParameters
) -> tuple[tuple[ChannelChoice, ...], tuple[Finding, ...]]:
    """Return a choice for every image, and what the user should know of them.

    Raises
    ------
    ParameterError
        If the parameters name an image that is not given, or a scaling does not go with a range.
    """
    _check_names([image.name for image in images], parameters)
    choices: list[ChannelChoice] = []
    findings: list[Finding] = []
    for image in images:
        modality, found = find_modality(image, parameters.modalities.get(image.name))
        choice = ChannelChoice(image.name, modality, _choose_scale(image.name, modality, parameters))
        choices.append(choice)
        findings.extend((*found, *_describe(choice), *_about_uptake(image, modality)))
    return tuple(choices), tuple(findings)


def _check_names(given: Sequence[str], parameters: ChannelParameters) -> None:
    for parameter, names in _named(parameters):
        unknown = [name for name in names if name not in given]
        if unknown:
            message = (
                f"channels.{parameter} names {', '.join(map(repr, unknown))}, which is no image given; the "
                f"images are {', '.join(given)}"
            )
            raise ParameterError(message)


def _named(parameters: ChannelParameters) -> Iterator[tuple[str, Sequence[str]]]:
    yield "modalities", tuple(parameters.modalities)
    yield "scalings", tuple(parameters.scalings)
    yield "ranges", tuple(parameters.ranges)
    yield "register_to", () if parameters.register_to is None else (parameters.register_to,)


def _choose_scale(name: str, modality: Modality, parameters: ChannelParameters) -> ScaleChoice:
    limits = parameters.ranges.get(name)
    scaling = parameters.scalings.get(name)
    is_asked_for = limits is not None or scaling is not None
    if limits is not None and scaling not in {None, Scaling.RANGE}:
        message = (
            f"channels.ranges has a range for image {name}, but channels.scalings scales it by {scaling}; "
            "leave one of them out"
        )
        raise ParameterError(message)
    limits = limits or DEFAULT_RANGES.get(modality)
    if scaling is None:
        scaling = Scaling.RANGE if limits else Scaling.ROBUST
    if scaling is not Scaling.RANGE:
        return ScaleChoice(scaling, None, parameters.percentiles, is_asked_for)
    if limits is None:
        message = (
            f"image {name} is to be scaled by a range, and none is known for {modality.upper()}; set "
            f"channels.ranges = {{{name} = [low, high]}}"
        )
        raise ParameterError(message)
    return ScaleChoice(scaling, limits, parameters.percentiles, is_asked_for)


def _describe(choice: ChannelChoice) -> Iterator[Finding]:
    meaning = {
        Modality.CT: "CT in HU",
        Modality.PET: "PET in SUV",
        Modality.MR: "an MR sequence",
        Modality.MAP: "a parametric map",
    }[choice.modality]
    scale = choice.scale
    if scale.limits is not None:
        unit = f" {UNITS[choice.modality]}".rstrip()
        how = f"by the fixed range {scale.limits[0]:g} to {scale.limits[1]:g}{unit}"
    elif scale.scaling is Scaling.PERCENTILE:
        how = f"between the {scale.percentiles[0]:g}. and {scale.percentiles[1]:g}. percentile of the tumour"
    else:
        how = "by the median and the interquartile range of the tumour"
    yield Finding.info("channel_scale", f"image {choice.name} is taken as {meaning} and scaled {how}")


def _about_uptake(image: Image, modality: Modality) -> Iterator[Finding]:
    if modality is Modality.PET and image.modality == "PT":
        message = (
            f"image {image.name} comes from DICOM, where PET is mostly stored in Bq/mL; its values are "
            "taken as SUV, and not converted. Check that they are"
        )
        yield Finding.info("uptake_unit", message)
