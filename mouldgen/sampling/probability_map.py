"""Maps of hit probability, to choose by: for a habitat and a punch core, at every place of a slab.

The habitats' nearest labels on a lattice of the mould frame, each counted as much as it is certain, are
summed through the core, weighted by where its points may lie along X (one matrix product for all cores), and
then averaged over the disc of the punch, blurred by the error within the slab (one convolution). A map tells
where to look; what is reported of a site comes from `hit_probability`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mouldgen.frames import FloatArray, VoxelGrid
from mouldgen.images import CertaintyVolume, LabelVolume
from mouldgen.orientation import MouldFrame
from mouldgen.params import SiteParameters
from mouldgen.resampling import resample
from mouldgen.sampling.punch_cores import PunchCore
from mouldgen.sampling.registration_error import disc_kernel, share_across

__all__ = [
    "HabitatLattice",
    "ProbabilityMap",
    "Window",
    "habitat_lattice",
    "probability_maps",
    "weighted_sections",
]

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
        equally probable; all 0 where it was not asked for.
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
        On cells that are square in y and z, their middles at multiples of the step.
    certainty
        Of the labels, on the same cells; None if unknown.
    """

    labels: LabelVolume
    certainty: CertaintyVolume | None = None
    _boxes: dict[int, tuple[slice, slice, slice]] = field(default_factory=dict)

    @property
    def step_mm(self) -> float:
        """Step in y and z."""
        return float(self.labels.grid.spacing_mm[1])

    def axis_mm(self, axis: int) -> FloatArray:
        """Return the positions of the cells' middles along x, y or z."""
        grid = self.labels.grid
        return np.asarray(grid.origin_mm[axis] + grid.spacing_mm[axis] * np.arange(grid.shape[axis]))

    def taking_labels_as_true(self) -> HabitatLattice:
        """Return the same lattice without certainty."""
        return replace(self, certainty=None)

    def shares(self, label: int, box: tuple[slice, slice, slice]) -> MapArray:
        """Return how much of a habitat the cells of a box hold: 0 or 1, or the certainty of the label."""
        present: MapArray = (self.labels.voxels[box] == label).astype(np.float32)
        return present if self.certainty is None else present * self.certainty.voxels[box]

    def box_of(self, label: int) -> tuple[slice, slice, slice] | None:
        """Return where a label lies, or None if it is nowhere."""
        if not self._boxes:
            from scipy import ndimage

            for number, box in enumerate(ndimage.find_objects(self.labels.voxels), 1):
                if box is not None:
                    self._boxes[number] = (box[0], box[1], box[2])
        return self._boxes.get(label)


def habitat_lattice(
    volume: LabelVolume,
    frame: MouldFrame,
    around: VoxelGrid,
    *,
    punch_mm: float,
    core_mm: float,
    certainty: CertaintyVolume | None = None,
) -> HabitatLattice:
    """Return labels on a lattice that suits a punch.

    Parameters
    ----------
    volume
        Labels on their own grid, in LPS.
    frame
        The mould frame.
    around
        Covers the specimen in the mould frame; its axes run along x, y and z.
    punch_mm
        Diameter of the punch.
    core_mm
        Length of the shortest core.
    certainty
        Of the labels, on their grid; None if unknown.
    """
    low, high = around.origin_mm, around.to_points(np.array(around.shape) - 1)
    x_step = float(np.clip(core_mm / _STEPS_PER_CORE, _FINEST_X_MM, _COARSEST_X_MM))
    step = _step_mm(high - low, x_step, punch_mm)
    steps = np.array([x_step, step, step])
    first, last = np.floor(low / steps), np.ceil(high / steps)
    shape = (last - first + 1).astype(int)
    grid = VoxelGrid.axis_aligned(shape.tolist(), steps.tolist(), (first * steps).tolist())
    source = volume.grid.moved(frame.mould_from_patient)
    labels = LabelVolume(resample(volume.voxels, source, grid, nearest=True), grid)
    if certainty is None:
        return HabitatLattice(labels)
    sure = resample(certainty.voxels, source, grid, nearest=True)
    return HabitatLattice(labels, CertaintyVolume(sure, grid))


def probability_maps(
    lattice: HabitatLattice,
    label: int,
    cores: Sequence[PunchCore],
    sites: SiteParameters,
    *,
    least: float,
    ranked: bool = True,
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
    ranked
        Whether to say how surrounded places are.
    """
    box = lattice.box_of(label)
    if box is None or not cores:
        return
    widest_mm = max(sites.within_mm(core.slab.id) for core in cores)
    margin = int(np.ceil((sites.punch_mm / 2 + 2 * widest_mm) / lattice.step_mm)) + 2
    window = _window(lattice, box, margin)
    sections = weighted_sections(lattice, label, cores, sites.across_mm)
    blur = _Blur((window.y_mm.size, window.z_mm.size), lattice.step_mm, sites, widest_mm)
    for core, section in zip(cores, sections, strict=True):
        # an average is never above the largest value
        if section.max(initial=0.0) < least:
            continue
        padded = np.pad(section, margin)
        probability = blur.over_punch(padded, sites.within_mm(core.slab.id))
        if probability.max() >= least:
            surrounded = blur.over_circle(padded) if ranked else np.zeros_like(probability)
            yield ProbabilityMap(core, label, window, probability, surrounded)


def weighted_sections(
    lattice: HabitatLattice, label: int, cores: Sequence[PunchCore], across_mm: float
) -> MapArray:
    """Return the share of a habitat along every core, weighted by where its points may lie along X.

    Where certainty is known, each point of the habitat counts as much as its label is certain.

    Parameters
    ----------
    lattice, label
        The habitat.
    cores
        What a punch can take.
    across_mm
        Standard deviation of the error along X.

    Returns
    -------
    ndarray
        Shape (cores, Y, Z) of the habitat's box.
    """
    box = lattice.box_of(label) or (slice(0),) * 3
    x_mm, x_step = lattice.axis_mm(0)[box[0]], float(lattice.labels.grid.spacing_mm[0])
    weights = np.array([_weights(x_mm, x_step, core, across_mm) for core in cores], np.float32)
    # planes of equal z lie together in memory, x first among them
    present = lattice.shares(label, box).transpose(2, 1, 0)
    depth, width, length = present.shape
    sums = present.reshape(-1, length) @ weights.T
    return np.ascontiguousarray(sums.reshape(depth, width, len(cores)).transpose(2, 1, 0))


class _Blur:
    """Averages sections over a moved punch, and over a wider circle; keeps what all sections share."""

    def __init__(
        self, shape: tuple[int, int], step_mm: float, sites: SiteParameters, widest_mm: float
    ) -> None:
        from scipy import fft

        self._punch_mm, self._step_mm, self._shape = sites.punch_mm, step_mm, shape
        self._wide_mm = _WIDE_PUNCHES * sites.punch_mm
        reach = len(disc_kernel(sites.punch_mm, max(widest_mm, self._wide_mm), step_mm)) // 2
        # what runs over an edge must not come back at the other one, and the kernel must fit
        lengths = (length + max(reach, 2 * reach + 1 - length) for length in shape)
        self._size = [fft.next_fast_len(length, real=True) for length in lengths]
        self._spectra: dict[float, npt.NDArray[np.complex64]] = {}

    def over_punch(self, section: MapArray, within_mm: float) -> MapArray:
        """Return a section averaged over the punch under an error, from 0 to 1."""
        probability = self._averaged(section, within_mm)
        probability[probability > 1 - SURE] = 1.0
        return probability

    def over_circle(self, section: MapArray) -> MapArray:
        """Return a section averaged over a circle some punches wide, from 0 to 1."""
        return self._averaged(section, self._wide_mm)

    def _averaged(self, section: MapArray, sigma_mm: float) -> MapArray:
        from scipy import fft

        rows, columns = self._shape
        spectrum = fft.rfft2(section, self._size) * self._kernel(sigma_mm)
        return np.asarray(np.clip(fft.irfft2(spectrum, self._size)[:rows, :columns], 0.0, 1.0))

    def _kernel(self, sigma_mm: float) -> npt.NDArray[np.complex64]:
        from scipy import fft

        if sigma_mm not in self._spectra:
            kernel = disc_kernel(self._punch_mm, sigma_mm, self._step_mm)
            padded = np.zeros(self._size, np.float32)
            padded[: len(kernel), : len(kernel)] = kernel
            centred = np.roll(padded, (-(len(kernel) // 2),) * 2, axis=(0, 1))
            self._spectra[sigma_mm] = fft.rfft2(centred)
        return self._spectra[sigma_mm]


def _step_mm(size_mm: FloatArray, x_step_mm: float, punch_mm: float) -> float:
    """Return the finest step that the punch needs and the number of points allows."""
    finest_mm = min(punch_mm / _STEPS_PER_PUNCH, 0.5)
    for step in STEPS_MM:
        points = size_mm[0] / x_step_mm * size_mm[1] / step * size_mm[2] / step
        if 2 * step > finest_mm and points <= MOST_POINTS:
            return step
    return STEPS_MM[-1]


def _weights(x_mm: FloatArray, step_mm: float, core: PunchCore, across_mm: float) -> FloatArray:
    """Return the share of a moved core in every plane of the lattice."""
    edges = np.append(x_mm - step_mm / 2, x_mm[-1] + step_mm / 2) - core.x_mid_mm
    return np.diff(share_across(edges, core.length_mm, across_mm))


def _window(lattice: HabitatLattice, box: tuple[slice, slice, slice], margin: int) -> Window:
    y_mm, z_mm = (_widened(lattice.axis_mm(axis)[box[axis]], lattice.step_mm, margin) for axis in (1, 2))
    return Window(y_mm, z_mm)


def _widened(positions_mm: FloatArray, step_mm: float, margin: int) -> FloatArray:
    return np.asarray(positions_mm[0] + step_mm * np.arange(-margin, len(positions_mm) + margin))
