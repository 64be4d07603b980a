"""Parameters that decide features: a model is applied only where they are the same."""

from __future__ import annotations

from typing import Any

from mouldgen.habitats.channel_choices import ChannelChoice
from mouldgen.habitats.feature_maps import LEVEL_KINDS, WINDOWLESS_KINDS
from mouldgen.habitats.laying import LaidChannels
from mouldgen.params.habitats import FeatureParameters, Scaling

__all__ = ["model_settings"]


def model_settings(laid: LaidChannels, features: FeatureParameters) -> dict[str, Any]:
    """Return what must be the same where a model is applied, as plain values by name.

    The spacing of the grid and the window count only where maps look at windows; grey levels only where they
    are used.
    """
    settings: dict[str, Any] = {"features.maps": [str(kind) for kind in features.maps]}
    for image in laid.images:
        settings |= _of_image(image.choice)
    if not set(features.maps) <= WINDOWLESS_KINDS:
        settings["features.window_mm"] = features.window_mm
        settings["features.window"] = str(features.window)
        settings["channels.voxel_mm"] = round(float(laid.channels.tumour.grid.spacing_mm[0]), 4)
    if not LEVEL_KINDS.isdisjoint(features.maps):
        settings["features.binning"] = str(features.binning)
        settings["features.bin_count"] = features.bin_count
        settings["features.bin_sizes"] = dict(sorted(features.bin_sizes.items()))
    return settings


def _of_image(choice: ChannelChoice) -> dict[str, Any]:
    scale = choice.scale
    settings: dict[str, Any] = {
        f"modality of {choice.name}": str(choice.modality),
        f"scaling of {choice.name}": str(scale.scaling),
    }
    if scale.limits is not None:
        settings[f"range of {choice.name}"] = list(scale.limits)
    if scale.scaling is Scaling.PERCENTILE:
        settings[f"percentiles of {choice.name}"] = list(scale.percentiles)
    return settings
