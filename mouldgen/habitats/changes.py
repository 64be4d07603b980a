"""What habitats are tried against: other noise, another outline, other grey levels, another seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mouldgen.errors import InputError
from mouldgen.habitats.channels import Channels, FeatureTable
from mouldgen.habitats.discretisation import SIZE
from mouldgen.habitats.feature_maps import LEVEL_KINDS, compute_features
from mouldgen.habitats.laying import LaidChannels
from mouldgen.params import DesignParameters
from mouldgen.params.habitats import Binning, FeatureParameters

__all__ = ["Change", "changes_of"]

_FEWEST_BINS, _MOST_BINS = 2, 128


@dataclass(frozen=True, eq=False)
class Change:
    """One change, and the features under it.

    Parameters
    ----------
    name
        ``noise``, ``eroded``, ``dilated``, ``bins`` or ``seed``.
    seed
        Of the fit under this change.
    features
        Computes them, each time anew: tables are large.
    brings_tissue
        Whether voxels come in that may be a kind of their own, beside the habitats.
    """

    name: str
    seed: int
    features: Callable[[], FeatureTable]
    brings_tissue: bool = False


def changes_of(laid: LaidChannels, table: FeatureTable, parameters: DesignParameters) -> Iterator[Change]:
    """Yield the changes that `parameters.trust` asks for, in a fixed order.

    Noise comes as often as `repeats`, and so do other seeds (which also choose other voxels to fit to). The
    outline is eroded and dilated by a voxel once each. Where grey levels are used, there are half and twice
    as many once each.

    Parameters
    ----------
    laid
        The channels.
    table
        The features without a change.
    parameters
        Sections ``features``, ``clusters`` and ``trust``.
    """
    seed, trust = parameters.clusters.seed, parameters.trust
    if not trust.repeats:
        return
    for repeat in range(1, trust.repeats + 1):
        yield Change("noise", seed, partial(_noisy, laid, parameters, seed + repeat))
    for repeat in range(1, trust.repeats + 1):
        yield Change("seed", seed + repeat, partial(_unchanged, table))
    for name, by_vox in (("eroded", -1), ("dilated", 1)):
        channels = _outlined(laid, by_vox)
        if channels is not None:
            features = partial(compute_features, channels, parameters.features)
            yield Change(name, seed, features, brings_tissue=by_vox > 0)
    if not LEVEL_KINDS.isdisjoint(parameters.features.maps):
        for factor in (0.5, 2.0):
            other = _other_bins(parameters.features, laid.channels, factor)
            yield Change("bins", seed, partial(compute_features, laid.channels, other))


def _unchanged(table: FeatureTable) -> FeatureTable:
    return table


def _noisy(laid: LaidChannels, parameters: DesignParameters, seed: int) -> FeatureTable:
    return compute_features(laid.with_noise(parameters.trust.noise, seed), parameters.features)


def _outlined(laid: LaidChannels, by_vox: int) -> Channels | None:
    """Return the channels within another outline; None where nothing is left of the tumour."""
    try:
        return laid.with_outline_moved(by_vox)
    except InputError:
        return None


def _other_bins(features: FeatureParameters, channels: Channels, factor: float) -> FeatureParameters:
    """Return the parameters with `factor` times as many grey levels."""
    if features.binning is Binning.NUMBER:
        count = min(max(round(features.bin_count * factor), _FEWEST_BINS), _MOST_BINS)
        return features.model_copy(update={"bin_count": count})
    sizes = {channel.name: SIZE.get(channel.modality) for channel in channels.channels}
    usual = {name: size for name, size in sizes.items() if size is not None}
    changed = {name: size / factor for name, size in {**usual, **features.bin_sizes}.items()}
    return features.model_copy(update={"bin_sizes": changed})
