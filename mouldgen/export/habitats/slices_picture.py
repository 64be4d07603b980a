"""``slices.png``: images, habitats and certainty side by side, on axial sections through the tumour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mouldgen.export.habitats.plots import INK, QUIET, save_figure, styled
from mouldgen.frames import AxisLetters, FloatArray, VoxelGrid
from mouldgen.habitats.extra import import_extra
from mouldgen.images import LabelArray
from mouldgen.specimen import Habitat

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mouldgen.habitats.channels import Channels

__all__ = ["SlicePictureContent", "draw_slices"]

_COLUMNS = 5
_PANEL_INCH = 1.9
_LEFT_INCH = 1.05
_TOP_INCH, _FOOT_INCH = 0.45, 0.75
_MARGIN_MM = 6.0
_BARS_MM = (5, 10, 20, 50, 100)
_MOST_CHANNELS = 6


@dataclass(frozen=True, eq=False)
class SlicePictureContent:
    """What the picture shows, on the common grid.

    Parameters
    ----------
    channels
        The images.
    labels
        Shape of the grid: habitat labels, 0 elsewhere.
    habitats
        What each label is.
    certainty
        Shape of the grid, 0 to 1.
    """

    channels: Channels
    labels: LabelArray
    habitats: tuple[Habitat, ...]
    certainty: npt.NDArray[np.float32]


def draw_slices(content: SlicePictureContent, path: Path) -> None:
    """Draw the picture: a row for every image, one for the habitats, one for their certainty.

    Sections run across the body's long axis (or what of the grid lies nearest to it), seen from the feet: the
    patient's left is on the right, the front on top.
    """
    pyplot = import_extra("matplotlib.figure")
    sections = _Sections.through(content)
    rows = len(sections.images) + 2
    width = _LEFT_INCH + sections.count * _PANEL_INCH
    height = _TOP_INCH + rows * _PANEL_INCH * sections.aspect + _FOOT_INCH
    with styled():
        figure = pyplot.Figure(figsize=(width, height))
        panels = figure.subplots(
            rows,
            sections.count,
            squeeze=False,
            gridspec_kw={
                "left": _LEFT_INCH / width,
                "right": 1 - 0.05 / width,
                "top": 1 - _TOP_INCH / height,
                "bottom": _FOOT_INCH / height,
                "wspace": 0.04,
                "hspace": 0.04,
            },
        )
        _draw_panels(panels, content, sections)
        _draw_legend(figure, content)
        save_figure(figure, path)


@dataclass(frozen=True, eq=False)
class _Sections:
    """Volumes cut to the tumour and turned so that the axes run nearest to left, back and head."""

    images: tuple[tuple[str, str, npt.NDArray[np.float32]], ...]
    inside: npt.NDArray[np.bool_]
    labels: LabelArray
    certainty: npt.NDArray[np.float32]
    grid: VoxelGrid
    at_vox: tuple[int, ...]

    @classmethod
    def through(cls, content: SlicePictureContent) -> _Sections:
        """Return sections at evenly spread shares of the tumour's volume."""
        tumour = content.channels.tumour
        order, flips = tumour.grid.patient_order()
        inside = _turned(tumour.inside, order, flips)
        grid = tumour.grid.reordered(order, flips)
        box, start = _box(inside, grid)
        shown = content.channels.channels[:_MOST_CHANNELS]
        images = tuple((c.name, c.unit, _turned(c.values, order, flips)[box]) for c in shown)
        voxels_below = np.cumsum(inside[box].sum(axis=(0, 1)))
        shares = (np.arange(_COLUMNS) + 0.5) / _COLUMNS * voxels_below[-1]
        at_vox = sorted(set(np.searchsorted(voxels_below, shares).tolist()))
        stop = [begin + size for begin, size in zip(start, inside[box].shape, strict=True)]
        return cls(
            images=images,
            inside=inside[box],
            labels=_turned(content.labels, order, flips)[box],
            certainty=_turned(content.certainty, order, flips)[box],
            grid=grid.cropped(start, stop),
            at_vox=tuple(at_vox),
        )

    @property
    def count(self) -> int:
        """Number of sections."""
        return len(self.at_vox)

    @property
    def size_mm(self) -> FloatArray:
        """Shape (2,): width and height of a section."""
        return np.asarray(self.grid.spacing_mm[:2] * self.grid.shape[:2])

    @property
    def aspect(self) -> float:
        """Height of a section over its width."""
        return float(self.size_mm[1] / self.size_mm[0])


def _turned(
    volume: npt.NDArray[Any], order: tuple[int, int, int], flips: tuple[bool, bool, bool]
) -> npt.NDArray[Any]:
    axes = tuple(axis for axis, flip in enumerate(flips) if flip)
    return np.flip(volume.transpose(order), axes)


def _box(
    inside: npt.NDArray[np.bool_], grid: VoxelGrid
) -> tuple[tuple[slice, slice, slice], tuple[int, int, int]]:
    """Return where the tumour lies, with a margin within the slices, and where that begins."""
    margins = [round(_MARGIN_MM / spacing) for spacing in grid.spacing_mm[:2]] + [0]
    ranges = []
    for axis, margin in enumerate(margins):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero(inside.any(axis=others))
        ranges.append((max(int(hit[0]) - margin, 0), min(int(hit[-1]) + 1 + margin, inside.shape[axis])))
    (a, b), (c, d), (e, f) = ranges
    return (slice(a, b), slice(c, d), slice(e, f)), (a, c, e)


def _draw_panels(panels: npt.NDArray[Any], content: SlicePictureContent, sections: _Sections) -> None:
    for row, (name, unit, volume) in enumerate(sections.images):
        low, high = np.nanpercentile(volume[sections.inside], (1, 99))
        for panel, at in zip(panels[row], sections.at_vox, strict=True):
            _show(panel, volume[:, :, at], sections, cmap="gray", vmin=float(low), vmax=float(high))
            _outline(panel, sections, at)
        _name_row(panels[row][0], name, f"{low:.3g} to {high:.3g} {unit}".strip())
    gray = _gray_under(sections)
    for panel, at in zip(panels[-2], sections.at_vox, strict=True):
        _show(panel, _colored(gray[:, :, at], sections.labels[:, :, at], content.habitats), sections)
        _letter_habitats(panel, sections, at, content.habitats)
    _name_row(panels[-2][0], "habitats", f"over {sections.images[0][0]}")
    for panel, at in zip(panels[-1], sections.at_vox, strict=True):
        certainty = np.where(sections.labels[:, :, at] > 0, sections.certainty[:, :, at], np.nan)
        _show(panel, certainty, sections, cmap="viridis", vmin=0.0, vmax=1.0)
        _outline(panel, sections, at)
    _name_row(panels[-1][0], "certainty", "0 dark, 1 yellow")
    for panel, at in zip(panels[0], sections.at_vox, strict=True):
        middle = sections.grid.to_points([(n - 1) / 2 for n in sections.grid.shape[:2]] + [at])
        panel.set_title(f"S {middle[2]:.0f} mm", fontsize=8, color=QUIET)
    _side_letters(panels[0][0], sections)
    _scale_bar(panels[-1][-1], sections)


def _show(panel: Axes, section: npt.NDArray[Any], sections: _Sections, **colors: Any) -> None:
    width, height = sections.size_mm
    panel.imshow(
        section.swapaxes(0, 1),
        extent=(0, width, height, 0),
        interpolation="nearest",
        aspect="equal",
        **colors,
    )
    panel.set_xticks([])
    panel.set_yticks([])
    for spine in panel.spines.values():
        spine.set_visible(False)


def _outline(panel: Axes, sections: _Sections, at: int) -> None:
    spacing = sections.grid.spacing_mm[:2]
    x_mm, y_mm = (spacing[axis] * (np.arange(sections.grid.shape[axis]) + 0.5) for axis in (0, 1))
    section = sections.inside[:, :, at].T
    if min(section.shape) > 1 and section.any():
        panel.contour(x_mm, y_mm, section, levels=[0.5], colors=["#ff5a36"], linewidths=0.9)


def _gray_under(sections: _Sections) -> npt.NDArray[np.float64]:
    volume = sections.images[0][2]
    low, high = np.nanpercentile(volume[sections.inside], (1, 99))
    shades = np.nan_to_num((volume - low) / max(high - low, 1e-12))
    return np.asarray(np.clip(shades, 0.0, 1.0))


def _colored(gray: FloatArray, labels: LabelArray, habitats: Sequence[Habitat]) -> FloatArray:
    """Return habitats in their colours, shaded a little by the image below; the image alone elsewhere."""
    colors = import_extra("matplotlib.colors")
    picture = np.repeat(gray[:, :, None], 3, axis=2)
    for habitat in habitats:
        here = labels == habitat.label
        color = np.array(colors.to_rgb(habitat.color))
        picture[here] = color * (0.72 + 0.28 * gray[here][:, None])
    return np.asarray(picture)


def _letter_habitats(panel: Axes, sections: _Sections, at: int, habitats: Sequence[Habitat]) -> None:
    """Write the letter of each habitat where its widest place on the section is."""
    from scipy import ndimage

    spacing = sections.grid.spacing_mm[:2]
    for habitat in habitats:
        here = np.pad(sections.labels[:, :, at] == habitat.label, 1)
        depth_mm = ndimage.distance_transform_edt(here, sampling=spacing)
        if depth_mm.max() < 0.03 * sections.size_mm[0]:
            continue
        i, j = np.unravel_index(int(depth_mm.argmax()), depth_mm.shape)
        x_mm, y_mm = (np.array([i, j]) - 0.5) * spacing
        _haloed(panel, x_mm, y_mm, habitat.code)


def _haloed(panel: Axes, x: float, y: float, text: str, **options: Any) -> None:
    """Write white letters with a dark rim, which can be read on any shade."""
    effects = import_extra("matplotlib.patheffects")
    letters = panel.text(x, y, text, ha="center", va="center", fontsize=9, color="white", **options)
    letters.set_path_effects([effects.withStroke(linewidth=1.8, foreground=INK)])


def _name_row(panel: Axes, name: str, note: str) -> None:
    panel.text(-0.06, 0.52, name, transform=panel.transAxes, ha="right", va="bottom", fontweight="bold")
    panel.text(
        -0.06,
        0.46,
        note,
        transform=panel.transAxes,
        ha="right",
        va="top",
        fontsize=7,
        color=QUIET,
        wrap=False,
    )


def _side_letters(panel: Axes, sections: _Sections) -> None:
    letters = AxisLetters.of(sections.grid.directions.T)
    places = (
        (0.03, 0.5, letters.x[0]),
        (0.97, 0.5, letters.x[1]),
        (0.5, 0.96, letters.y[0]),
        (0.5, 0.04, letters.y[1]),
    )
    for x, y, text in places:
        _haloed(panel, x, y, text, transform=panel.transAxes)


def _scale_bar(panel: Axes, sections: _Sections) -> None:
    width, height = sections.size_mm
    length = max((bar for bar in _BARS_MM if bar <= 0.4 * width), default=_BARS_MM[0])
    panel.plot([0.04 * width, 0.04 * width + length], [0.94 * height] * 2, color=INK, linewidth=2)
    panel.text(0.04 * width, 0.90 * height, f"{length} mm", fontsize=7, va="bottom")


def _draw_legend(figure: Figure, content: SlicePictureContent) -> None:
    patches = import_extra("matplotlib.patches")
    handles = [patches.Patch(color=habitat.color) for habitat in content.habitats]
    names = [_legend_text(content, habitat) for habitat in content.habitats]
    figure.legend(handles, names, loc="lower center", ncols=2, frameon=False, fontsize=8)


def _legend_text(content: SlicePictureContent, habitat: Habitat) -> str:
    volume_mm3 = np.count_nonzero(content.labels == habitat.label) * content.channels.tumour.grid.voxel_mm3
    return f"{habitat.code}  {habitat.name}, {volume_mm3 / 1000:.1f} mL"
