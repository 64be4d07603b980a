"""``scatter.png`` and ``distributions.png``: how the habitats differ in what they were made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mouldgen.export.habitats.plots import QUIET, save_figure, styled
from mouldgen.frames import FloatArray
from mouldgen.habitats.extra import import_extra
from mouldgen.specimen import Habitat

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mouldgen.habitats.channels import FeatureMap, FeatureTable

__all__ = ["draw_distributions", "draw_scatter"]

_MOST_POINTS = 4000
_MOST_PAIRED = 5
_PANEL_INCH = 1.9
_SHOWN_PERCENT = (0.5, 99.5)
_BINS = 60

Labels = npt.NDArray[np.integer[Any]]


def draw_scatter(table: FeatureTable, labels: Labels, habitats: Sequence[Habitat], path: Path) -> None:
    """Draw every feature against every other one, a dot a voxel, in the colours of the habitats.

    Parameters
    ----------
    table
        The features.
    labels
        Shape (N,): the habitat of every voxel.
    habitats
        What each label is.
    path
        Where to. At most five features and 4000 evenly chosen voxels are drawn. One feature alone is drawn
        against its rank.
    """
    figures = import_extra("matplotlib.figure")
    features = table.features[:_MOST_PAIRED]
    count = max(len(features) - 1, 1)
    dots = _Dots.of(labels, habitats)
    with styled():
        figure = figures.Figure(
            figsize=(1.0 + count * _PANEL_INCH, 1.2 + count * _PANEL_INCH), layout="constrained"
        )
        panels = figure.subplots(count, count, squeeze=False)
        for row in range(count):
            for column in range(count):
                panel = panels[row][column]
                if column > row:
                    panel.set_axis_off()
                    continue
                across, up = features[column], features[min(row + 1, len(features) - 1)]
                _dots(panel, across, up, dots)
                _name_axes(panel, across, up, left=column == 0, below=row == count - 1)
        _legend(figure, habitats)
        save_figure(figure, path)


def draw_distributions(table: FeatureTable, labels: Labels, habitats: Sequence[Habitat], path: Path) -> None:
    """Draw the distribution of every feature within every habitat, each in its own unit."""
    figures = import_extra("matplotlib.figure")
    features = table.features
    columns = min(len(features), 4)
    rows = -(-len(features) // columns)
    with styled():
        size = (0.4 + columns * 2.6, 0.9 + rows * 1.8)
        figure = figures.Figure(figsize=size, layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel, feature in zip(panels, features, strict=False):
            _curves(panel, feature, labels, habitats)
        for panel in panels[len(features) :]:
            panel.set_axis_off()
        _legend(figure, habitats)
        save_figure(figure, path)


def _dots(panel: Axes, across: FeatureMap, up: FeatureMap, dots: _Dots) -> None:
    x, y = across.values[dots.index], up.values[dots.index]
    panel.scatter(x, y, s=3, c=dots.colors, alpha=0.55, linewidths=0)
    panel.set_xlim(*_limits(across.values))
    panel.set_ylim(*_limits(up.values))
    panel.tick_params(labelsize=7)


@dataclass(frozen=True, eq=False)
class _Dots:
    """Which voxels are drawn, in which order and colour."""

    index: npt.NDArray[np.intp]
    colors: list[tuple[float, float, float]]

    @classmethod
    def of(cls, labels: Labels, habitats: Sequence[Habitat]) -> _Dots:
        """Return evenly chosen voxels, shuffled so that no habitat hides the others."""
        colors = import_extra("matplotlib.colors")
        table = {habitat.label: colors.to_rgb(habitat.color) for habitat in habitats}
        labelled = np.flatnonzero(np.isin(labels, list(table)))
        count = min(_MOST_POINTS, len(labelled))
        chosen = labelled[np.linspace(0, len(labelled) - 1, count).astype(int)]
        shuffled = chosen[np.argsort(_spread_keys(chosen))]
        return cls(shuffled, [table[int(label)] for label in labels[shuffled]])


def _spread_keys(index: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """Return keys that shuffle voxels the same way each time (Knuth's multiplicative hash)."""
    return np.asarray(index.astype(np.int64) * 2654435761 % 2**32)


def _limits(values: FloatArray) -> tuple[float, float]:
    low, high = np.percentile(values, _SHOWN_PERCENT)
    margin = max(0.05 * (high - low), 1e-9)
    return float(low - margin), float(high + margin)


def _name_axes(panel: Axes, across: FeatureMap, up: FeatureMap, *, left: bool, below: bool) -> None:
    if below:
        panel.set_xlabel(_with_unit(across))
    else:
        panel.set_xticklabels([])
    if left:
        panel.set_ylabel(_with_unit(up))
    else:
        panel.set_yticklabels([])


def _curves(panel: Axes, feature: FeatureMap, labels: Labels, habitats: Sequence[Habitat]) -> None:
    low, high = _limits(feature.values)
    edges = np.linspace(low, high, _BINS + 1)
    for habitat in habitats:
        values = feature.values[labels == habitat.label]
        if not values.size:
            continue
        share = np.histogram(values, edges)[0] / values.size
        panel.stairs(share, edges, color=habitat.color, fill=True, alpha=0.28)
        panel.stairs(share, edges, color=habitat.color, linewidth=1.2)
    panel.set_title(_with_unit(feature))
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.tick_params(labelsize=7)
    panel.set_xlim(low, high)


def _with_unit(feature: FeatureMap) -> str:
    return f"{feature.name}, {feature.unit}" if feature.unit else feature.name


def _legend(figure: Any, habitats: Sequence[Habitat]) -> None:
    patches = import_extra("matplotlib.patches")
    handles = [patches.Patch(color=habitat.color) for habitat in habitats]
    names = [f"{habitat.code}  {habitat.name}" for habitat in habitats]
    figure.legend(
        handles, names, loc="outside lower center", ncols=2, frameon=False, fontsize=8, labelcolor=QUIET
    )
