"""Maps of hit probability, to choose by: for a habitat and a punch core, at every place of a slab.

The habitats' nearest labels on a lattice of the mould frame are summed through the core, weighted by
where its points may lie along X (one matrix product for all cores), and then averaged over the disc of the
punch, blurred by the error within the slab (one convolution). A map tells where to look; what is
reported of a site comes from `hit_probability`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.resampling import resample
from mouldgen.sampling.punch_cores import PunchCore
from mouldgen.sampling.registration_error import disc_kernel, share_across

__all__ = ["HabitatLattice", "ProbabilityMap", "Window", "habitat_lattice", "probability_maps"]

MapArray = npt.NDArray[np.float32]

MOST_POINTS = 5_000_000
"""Of the lattice: coarser steps are taken above it, so that two litres take no longer than a second."""

STEPS_MM = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Steps within a slab; multiples of them are easy to find with a ruler."""

SURE = 1e-5
"""What rounding leaves of a certainty."""

_STEPS_PER_PUNCH = 8
_STEPS_PER_CORE = 8
_FINEST_X_MM = 0.25
_COARSEST_X_MM = 1.0
_WIDE_PUNCHES = 2.0


class Window(NamedTuple):
    """A rectangle of places: the y and z of its rows and columns, mould mm.

    Parameters
    ----------
    y_mm, z_mm
        Shapes (Y,) and (Z,), in even steps.
    """

    y_mm: FloatArray
    z_mm: FloatArray


@dataclass(frozen=True, eq=False)
class ProbabilityMap:
    """How surely a punch takes a habitat from one core, at every place of a window.

    Parameters
    ----------
    core
        What the punch takes.
    label
        The habitat.
    window
        The places.
    probability
        Shape (Y, Z), from 0 to 1.
    surrounded
        Shape (Y, Z), from 0 to 1: share of the habitat in a wider circle, which parts places that are
        equally probable.
    """

    core: PunchCore
    label: int
    window: Window
    probability: MapArray
    surrounded: MapArray


@dataclass(frozen=True, eq=False)
class HabitatLattice:
    """The habitats' nearest labels on a lattice whose axes run along those of the mould.

    Parameters
    ----------
    labels
        Shape ``grid.shape``.
    grid
        Square cells in y and z, whose middles are multiples of the step.
    """

    labels: LabelVolume
    _boxes: dict[int, tuple[slice, slice, slice]] = field(default_factory=dict)

    @property
    def step_mm(self) -> float:
        """Step in y and z."""
        return float(self.labels.grid.spacing_mm[1])

    def axis_mm(self, axis: int) -> FloatArray:
        """Return the positions of the cells' middles along x, y or z."""
        grid = self.labels.grid
        return grid.origin_mm[axis] + grid.spacing_mm[axis] * np.arange(grid.shape[axis])

    def box_of(self, label: int) -> tuple[slice, slice, slice] | None:
        """Return where a label lies, or None if it is nowhere."""
        if not self._boxes:
            from scipy import ndimage

            boxes = ndimage.find_objects(self.labels.voxels)
            self._boxes.update({number: box for number, box in enumerate(boxes, 1) if box is not None})
        return self._boxes.get(label)


def habitat_lattice(
    volume: LabelVolume, frame: MouldFrame, sites: SiteParameters, core_mm: float
) -> HabitatLattice:
    """Return labels on a lattice that suits a punch.

    Parameters
    ----------
    volume
        Labels on their own grid, in LPS.
    frame
        The mould frame.
    sites
        The punch.
    core_mm
        Length of the shortest core.
    """
    transform = frame.mould_from_patient
    low, high = volume.extent_along(transform.rotation)
    low, high = low + transform.translation_mm, high + transform.translation_mm
    x_step = float(np.clip(core_mm / _STEPS_PER_CORE, _FINEST_X_MM, _COARSEST_X_MM))
    step = _step_mm(high - low, x_step, sites.punch_mm)
    steps = np.array([x_step, step, step])
    first, last = np.floor(low / steps), np.ceil(high / steps)
    shape = (last - first + 1).astype(int)
    grid = VoxelGrid.axis_aligned(shape.tolist(), steps.tolist(), (first * steps).tolist())
    voxels = resample(volume.voxels, volume.grid.moved(transform), grid, nearest=True)
    return HabitatLattice(LabelVolume(voxels, grid))


def probability_maps(
    lattice: HabitatLattice, label: int, cores: Sequence[PunchCore], sites: SiteParameters, *, least: float
) -> Iterator[ProbabilityMap]:
    """Give the maps of a habitat for all cores in which some place reaches a least probability.

    Parameters
    ----------
    lattice
        The habitats.
    label
        The habitat.
    cores
        What a punch can take.
    sites
        Punch and errors.
    least
        Cores that stay below it everywhere are left out.
    """
    box = lattice.box_of(label)
    if box is None or not cores:
        return
    sections = _sections(lattice, label, box, cores, sites.across_mm)
    widest_mm = max(sites.within_mm(core.slab.id) for core in cores)
    margin = int(np.ceil((sites.punch_mm / 2 + 2 * widest_mm) / lattice.step_mm)) + 2
    window = _window(lattice, box, margin)
    for core, section in zip(cores, sections, strict=True):
        if section.max(initial=0.0) < least:
            continue
        probability, surrounded = _blurred(section, margin, lattice.step_mm, core, sites)
        if probability.max() >= least:
            yield ProbabilityMap(core, label, window, probability, surrounded)


def _step_mm(size_mm: FloatArray, x_step_mm: float, punch_mm: float) -> float:
    """Return the finest step that the punch needs and the number of points allows."""
    finest_mm = min(punch_mm / _STEPS_PER_PUNCH, 0.5)
    for step in STEPS_MM:
        points = size_mm[0] / x_step_mm * size_mm[1] / step * size_mm[2] / step
        if 2 * step > finest_mm and points <= MOST_POINTS:
            return step
    return STEPS_MM[-1]


def _sections(
    lattice: HabitatLattice,
    label: int,
    box: tuple[slice, slice, slice],
    cores: Sequence[PunchCore],
    across_mm: float,
) -> MapArray:
    """Return the weighted share of a habitat through every core; shape (cores, Y, Z) of its box."""
    x_mm, x_step = lattice.axis_mm(0)[box[0]], float(lattice.labels.grid.spacing_mm[0])
    weights = np.array([_weights(x_mm, x_step, core, across_mm) for core in cores], np.float32)
    # planes of equal z lie together in memory, x first among them
    present = (lattice.labels.voxels[box] == label).transpose(2, 1, 0)
    depth, width, length = present.shape
    sums = present.reshape(-1, length).astype(np.float32) @ weights.T
    return np.ascontiguousarray(sums.reshape(depth, width, len(cores)).transpose(2, 1, 0))


def _weights(x_mm: FloatArray, step_mm: float, core: PunchCore, across_mm: float) -> FloatArray:
    """Return the share of a moved core in every plane of the lattice."""
    edges = np.append(x_mm - step_mm / 2, x_mm[-1] + step_mm / 2) - core.x_mid_mm
    return np.diff(share_across(edges, core.length_mm, across_mm))


def _window(lattice: HabitatLattice, box: tuple[slice, slice, slice], margin: int) -> Window:
    y_mm, z_mm = (_widened(lattice.axis_mm(axis)[box[axis]], lattice.step_mm, margin) for axis in (1, 2))
    return Window(y_mm, z_mm)


def _widened(positions_mm: FloatArray, step_mm: float, margin: int) -> FloatArray:
    return positions_mm[0] + step_mm * np.arange(-margin, len(positions_mm) + margin)


def _blurred(
    section: MapArray, margin: int, step_mm: float, core: PunchCore, sites: SiteParameters
) -> tuple[MapArray, MapArray]:
    """Return a section averaged over the moved punch, and over a wider circle."""
    from scipy import fft

    within_mm = sites.within_mm(core.slab.id)
    kernels = (
        disc_kernel(sites.punch_mm, within_mm, step_mm),
        disc_kernel(sites.punch_mm, _WIDE_PUNCHES * sites.punch_mm, step_mm),
    )
    padded = np.pad(section, margin)
    reach = max(len(kernel) // 2 for kernel in kernels)
    shape = [fft.next_fast_len(size + reach, real=True) for size in padded.shape]
    spectrum = fft.rfft2(padded, shape)
    results = []
    for kernel in kernels:
        centred = np.zeros(shape, np.float32)
        centred[: len(kernel), : len(kernel)] = kernel
        centred = np.roll(centred, (-(len(kernel) // 2),) * 2, axis=(0, 1))
        blurred = fft.irfft2(spectrum * fft.rfft2(centred), shape)[: padded.shape[0], : padded.shape[1]]
        results.append(np.clip(blurred, 0.0, 1.0))
    results[0][results[0] > 1 - SURE] = 1.0
    return results[0], results[1]
