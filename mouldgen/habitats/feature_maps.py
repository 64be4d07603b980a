"""All maps that voxels are grouped by, of all images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray
from mouldgen.habitats.channels import Channel, Channels, FeatureMap, FeatureTable, TumourVoxels
from mouldgen.habitats.cooccurrence import COOCCURRENCE_KINDS, cooccurrence_maps
from mouldgen.habitats.discretisation import grey_levels
from mouldgen.habitats.local_maps import (
    local_entropy,
    local_gradient,
    local_mean,
    local_spread,
    tumour_share,
)
from mouldgen.habitats.windows import Window
from mouldgen.params.habitats import FeatureKind, FeatureParameters

__all__ = ["LEVEL_KINDS", "WINDOWLESS_KINDS", "compute_features", "robust_scores"]

IQR_OF_NORMAL = 1.349
"""Interquartile range of a normal distribution of standard deviation 1."""
LEAST_SHARE_OF_DEVIATION = 0.1
"""Where the interquartile range says less than this share of the standard deviation, most voxels are alike
and the rest would count without bound; the standard deviation stands in."""

WHOLE_WINDOW_SHARE = 0.75
"""Below it a window counts as cut by the tumour's edge: at a flat edge, that of the outermost voxels."""

_CONSTANT_RATIO = 1e-9
_EDGE_KINDS = (FeatureKind.ENTROPY, FeatureKind.JOINT_ENERGY, FeatureKind.JOINT_ENTROPY)
LEVEL_KINDS = frozenset({FeatureKind.ENTROPY, *COOCCURRENCE_KINDS})
"""Maps of grey levels."""
WINDOWLESS_KINDS = frozenset({FeatureKind.INTENSITY, FeatureKind.POSITION})
"""Maps that look at no window."""
_DIRECTIONS_LPS = ("left", "posterior", "superior")


def compute_features(
    channels: Channels, parameters: FeatureParameters, *, threads: int | None = None
) -> FeatureTable:
    """Return the wanted maps of every image, in the order of images and then of `maps`, position last.

    Intensities are grouped by on the scale of their image; positions in units of the tumour's size; all
    other maps by their robust z-score within the tumour. A map that is the same everywhere is left out.

    Parameters
    ----------
    channels
        The images on the common grid.
    parameters
        Which maps, windows and grey levels.
    threads
        Of the co-occurrence maps. Unset: one for each processor. The result is the same for any number.

    Raises
    ------
    InputError
        If all maps are the same everywhere.
    MissingExtraError
        If co-occurrence maps are wanted and numba is not installed.
    ParameterError
        If the window or the grey levels do not fit the images.
    """
    computation = _Computation(channels.tumour, parameters, threads)
    maps = [feature for channel in channels.channels for feature in computation.of_channel(channel)]
    if FeatureKind.POSITION in parameters.maps:
        maps.extend(_positions(channels.tumour))
    varying = tuple(feature for feature in maps if not _tells_nothing(feature))
    if not varying:
        message = (
            f"nothing varies within the tumour ({', '.join(feature.name for feature in maps)}): "
            "there is nothing to tell habitats apart by; check that images and outline belong together"
        )
        raise InputError(message)
    constant = [feature for feature in maps if _tells_nothing(feature)]
    left_out = [_left_out(constant)] if constant else []
    return FeatureTable(channels.tumour, varying, (*computation.findings, *left_out))


class _Computation:
    """The maps of one tumour, and what is found while they are computed."""

    def __init__(self, tumour: TumourVoxels, parameters: FeatureParameters, threads: int | None) -> None:
        self.tumour = tumour
        self.parameters = parameters
        self.threads = threads
        self.kinds = tuple(kind for kind in parameters.maps if kind is not FeatureKind.POSITION)
        self.window = None if set(self.kinds) <= WINDOWLESS_KINDS else Window.fitted(tumour.grid, parameters)
        self.findings: list[Finding] = []
        if self.window is not None:
            self._note_edge(self.window)

    def of_channel(self, channel: Channel) -> Iterator[FeatureMap]:
        """Yield the maps of an image, in the order of `maps`."""
        windowed = {} if self.window is None else self._windowed(channel, self.window)
        for kind in self.kinds:
            if kind is FeatureKind.INTENSITY:
                values, scaled = (
                    volume[self.tumour.inside].astype(np.float64)
                    for volume in (channel.values, channel.scaled)
                )
                yield FeatureMap(channel.name, kind, values, scaled, channel.unit)
            else:
                unit = _unit_of(kind, channel.unit)
                yield FeatureMap(channel.name, kind, windowed[kind], robust_scores(windowed[kind]), unit)

    def _windowed(self, channel: Channel, window: Window) -> dict[FeatureKind, FloatArray]:
        """Return the maps of an image that are computed in windows, by kind."""
        inside, spacing_mm = self.tumour.inside, self.tumour.grid.spacing_mm
        maps: dict[FeatureKind, FloatArray] = {}
        if FeatureKind.MEAN in self.kinds:
            maps[FeatureKind.MEAN] = local_mean(channel.values, inside, window)
        if FeatureKind.SPREAD in self.kinds:
            maps[FeatureKind.SPREAD] = local_spread(channel.values, inside, window)
        if FeatureKind.GRADIENT in self.kinds:
            maps[FeatureKind.GRADIENT] = local_gradient(channel.values, inside, window, spacing_mm)
        if LEVEL_KINDS.isdisjoint(self.kinds):
            return maps
        levels = grey_levels(channel, self.tumour, self.parameters)
        if FeatureKind.ENTROPY in self.kinds:
            maps[FeatureKind.ENTROPY] = local_entropy(levels, window)
        if not set(COOCCURRENCE_KINDS).isdisjoint(self.kinds):
            texture = cooccurrence_maps(levels, window, threads=self.threads)
            maps.update(texture.values)
            self._note_alone(int(np.count_nonzero(texture.alone)))
        return maps

    def _note_edge(self, window: Window) -> None:
        """Say how many voxels have a window that the tumour's edge cuts, if a wanted map depends on it."""
        wanted = [kind.replace("_", " ") for kind in _EDGE_KINDS if kind in self.kinds]
        cut = np.count_nonzero(tumour_share(self.tumour.inside, window) < WHOLE_WINDOW_SHARE)
        if not wanted or not cut:
            return
        message = (
            f"the tumour's edge cuts the window of {cut} of {self.tumour.count} voxels, so that less than "
            f"{WHOLE_WINDOW_SHARE:.0%} of it is tumour; fewer voxels have less entropy and more energy "
            f"({', '.join(wanted)}), and a habitat that follows the edge may come of that alone"
        )
        self.findings.append(Finding.info("windows_cut_by_edge", message))

    def _note_alone(self, count: int) -> None:
        """Say once, for all images, that some voxels have no neighbour to make a pair with."""
        if count and not any(finding.code == "texture_without_neighbours" for finding in self.findings):
            message = (
                f"{count} of {self.tumour.count} voxels have no neighbour in the tumour within their "
                "window; their texture counts as that of a window of one grey level"
            )
            self.findings.append(Finding.info("texture_without_neighbours", message))


def robust_scores(values: FloatArray) -> FloatArray:
    """Return values less their median, in units of the interquartile range over 1.349.

    Where most values are alike, so that the range says little, the standard deviation is the unit.
    """
    low, middle, high = np.percentile(values, [25, 50, 75])
    unit, deviation = (high - low) / IQR_OF_NORMAL, float(values.std())
    if unit < LEAST_SHARE_OF_DEVIATION * deviation:
        unit = deviation
    return np.asarray((values - middle) / (unit or 1.0))


def _unit_of(kind: FeatureKind, unit: str) -> str:
    """Return the unit of a windowed map of an image in `unit`."""
    if kind in (FeatureKind.MEAN, FeatureKind.SPREAD):
        return unit
    if kind is FeatureKind.GRADIENT:
        return f"{unit or '1'}/mm"
    return "bit" if kind in (FeatureKind.ENTROPY, FeatureKind.JOINT_ENTROPY) else ""


def _positions(tumour: TumourVoxels) -> Iterator[FeatureMap]:
    """Yield where voxels lie from the tumour's centroid, along each patient axis.

    All three are scaled by one length, so that distances keep their proportions: the standard deviation of
    a coordinate, over the three axes.
    """
    points = tumour.grid.to_points(tumour.index_vox)
    from_centroid = points - points.mean(axis=0)
    size_mm = float(np.sqrt((from_centroid**2).mean())) or 1.0
    for along, direction in zip(from_centroid.T, _DIRECTIONS_LPS, strict=True):
        yield FeatureMap("", FeatureKind.POSITION, along, along / size_mm, "mm", direction)


def _is_constant(values: FloatArray) -> bool:
    return bool(np.ptp(values) <= _CONSTANT_RATIO * np.abs(values).max())


def _tells_nothing(feature: FeatureMap) -> bool:
    return _is_constant(feature.values) or _is_constant(feature.scaled)


def _left_out(features: Sequence[FeatureMap]) -> Finding:
    named = ", ".join(f"{feature.name} ({_only_value(feature)})" for feature in features)
    message = f"the same in the whole tumour, and left out because they tell no habitats apart: {named}"
    return Finding.info("constant_feature", message)


def _only_value(feature: FeatureMap) -> str:
    if not _is_constant(feature.values):
        return "beyond one end of the range that it is scaled to"
    return f"{feature.values[0]:.4g} {feature.unit}".rstrip()
