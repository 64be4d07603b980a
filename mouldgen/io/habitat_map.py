"""The habitat map of a specimen: its labels, and how they lie in the tissue."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError, ParameterError
from mouldgen.frames import FloatArray, Rigid, VoxelGrid
from mouldgen.images import LabelArray, LabelVolume
from mouldgen.io.structures import Structure, StructureSource, StructureVoxels
from mouldgen.io.voxel_values import count_labels
from mouldgen.resampling import resample
from mouldgen.specimen import Habitat, HabitatMap

__all__ = ["fit_habitats", "read_habitats"]

OVERHANG_SHARE = 0.01
"""More of a habitat than this outside the tissue is a warning."""

UNLABELLED_SHARE = 0.01

_MOST_SUBSAMPLES = 8

Mask = npt.NDArray[np.bool_]


def read_habitats(
    source: StructureSource,
    names: Mapping[str, str],
    tissue: LabelVolume,
    left_out: LabelVolume | None,
    *,
    least_stability: float = 0.0,
) -> tuple[HabitatMap, tuple[Finding, ...]]:
    """Return the habitats in an input: all of its structures that have a volume.

    Parameters
    ----------
    source
        The habitats on a grid of their own.
    names
        By label; the input's own names stand where none is given.
    tissue
        The specimen.
    left_out
        Lesions and specks that are segmented but not part of the specimen, on the specimen's lattice.
    least_stability
        Habitats whose labels repeat less (Dice), where the input says, are not stable.

    Raises
    ------
    InputError
        If the values are no labels, or a habitat does not lie in the specimen.
    ParameterError
        If a name is given to a label that is absent.
    """
    structures = {item.number: item for item in source.structures if item.is_volume}
    voxels = source.voxels_of(structures)
    _check_names(names, structures)
    named = {number: item.name for number, item in structures.items() if item.name is not None}
    named.update({int(label): name for label, name in names.items()})
    habitats, findings = fit_habitats(source.name, voxels.labels.cropped(), named, tissue, left_out)
    coded = tuple(_described(item, structures[item.label], least_stability) for item in habitats.habitats)
    return replace(habitats, habitats=coded), (*voxels.findings, *_overlap(voxels), *findings)


def _described(habitat: Habitat, structure: Structure, least_stability: float) -> Habitat:
    coded = replace(habitat, terminology=structure.terminology)
    return coded.with_stability(structure.stability, least_stability)


def _overlap(voxels: StructureVoxels) -> tuple[Finding, ...]:
    if not voxels.overlap_vox:
        return ()
    volume_ml = voxels.overlap_vox * voxels.labels.grid.voxel_mm3 / 1000
    return (
        Finding.warning(
            "habitats_overlap",
            f"{voxels.overlap_vox} voxels ({volume_ml:.3g} mL) belong to more than one habitat and count for "
            "the first of them only; draw habitats that do not overlap",
        ),
    )


def fit_habitats(
    file_name: str,
    labels: LabelVolume,
    names: Mapping[int, str],
    tissue: LabelVolume,
    left_out: LabelVolume | None = None,
) -> tuple[HabitatMap, tuple[Finding, ...]]:
    """Return habitats with how they lie in the tissue; parameters as in `read_habitats`.

    A voxel lies in the tissue if its box meets it, so that coarse voxels at the tissue's surface do. Their
    labels stay as they are: volumes are those of the map's own voxels.
    """
    findings = []
    touching = _touching(tissue, labels.grid)
    if left_out is not None:
        labels, lost_mm3 = _without(labels, (_sampled(left_out, labels.grid) > 0) & ~touching)
        if lost_mm3:
            findings.append(
                Finding.info(
                    "habitats_left_out",
                    f"{lost_mm3 / 1000:.3g} mL of habitats lie in lesions or specks that are not part of "
                    "the specimen; they are left out of the map",
                )
            )
    present = count_labels(labels.voxels)
    inside = count_labels(np.where(touching, labels.voxels, np.uint16(0)))
    _check_overlap(file_name, labels, present, inside, tissue)
    habitats = tuple(Habitat.numbered(label, n, names.get(label)) for n, label in enumerate(present))
    findings.extend(_overhang(habitats, present, inside, labels.grid.voxel_mm3))
    findings.extend(_unlabelled(labels, tissue))
    return HabitatMap(labels, habitats), tuple(findings)


def _check_names(names: Mapping[str, str], present: Collection[int]) -> None:
    absent = [label for label in names if int(label) not in present]
    if absent:
        message = (
            f"habitat {absent[0]} is named {names[absent[0]]!r} but absent from the habitat map; it holds "
            f"{', '.join(map(str, present))}. Name one of these"
        )
        raise ParameterError(message)


def _without(labels: LabelVolume, elsewhere: Mask) -> tuple[LabelVolume, float]:
    """Return the labels without those in a mask, unless nothing would be left, and the volume removed."""
    kept = np.where(elsewhere, np.uint16(0), labels.voxels)
    if not kept.any():
        return labels, 0.0
    rest = LabelVolume(kept, labels.grid)
    return rest, labels.volume_mm3() - rest.volume_mm3()


def _touching(tissue: LabelVolume, grid: VoxelGrid) -> Mask:
    """Return which voxels of a grid meet the tissue, by points in them as dense as the tissue's voxels."""
    counts = _subsamples(tissue.grid, grid)
    fine = _subdivided(grid, counts)
    inside = _sampled(tissue, fine) > 0
    i, j, k = grid.shape
    return np.asarray(inside.reshape(i, counts[0], j, counts[1], k, counts[2]).any(axis=(1, 3, 5)))


def _subsamples(tissue: VoxelGrid, grid: VoxelGrid) -> list[int]:
    """Return how many points along each axis of a voxel are as dense as the tissue's voxels."""
    along = np.abs(tissue.directions.T @ grid.directions) / tissue.spacing_mm[:, None]
    dense = np.ceil(grid.spacing_mm * along.max(axis=0) - 1e-3)
    return [int(count) for count in np.clip(dense, 1, _MOST_SUBSAMPLES)]


def _subdivided(grid: VoxelGrid, counts: list[int]) -> VoxelGrid:
    affine = grid.point_from_index.copy()
    affine[:3, :3] /= counts
    affine[:3, 3] = grid.to_points([(1 / count - 1) / 2 for count in counts])
    i, j, k = (size * count for size, count in zip(grid.shape, counts, strict=True))
    return VoxelGrid((i, j, k), affine)


def _sampled(labels: LabelVolume, grid: VoxelGrid) -> LabelArray:
    """Return the label at every voxel centre of a right-handed grid, 0 where there is none."""
    upright = Rigid.from_parts(_nearest_rotation(grid.directions).T, np.zeros(3))
    return resample(labels.voxels, labels.grid.moved(upright), grid.moved(upright), nearest=True)


def _nearest_rotation(directions: FloatArray) -> FloatArray:
    """Return directions without the rounding that headers carry."""
    left, _stretch, right = np.linalg.svd(directions)
    return np.asarray(left @ right)


def _check_overlap(
    file_name: str,
    labels: LabelVolume,
    present: Mapping[int, int],
    inside: Mapping[int, int],
    tissue: LabelVolume,
) -> None:
    if not inside:
        message = (
            f"the habitats of {file_name} do not overlap the specimen: they reach over "
            f"{_range_lps(labels)}, the specimen over {_range_lps(tissue)}. Give the habitat map of this "
            "segmentation, in the same patient coordinates"
        )
        raise InputError(message)
    outside = [str(label) for label in present if label not in inside]
    if outside:
        message = (
            f"habitat {', '.join(outside)} of {file_name} lies outside the specimen; every habitat must "
            "meet it. Choose the labels of the specimen that the habitats belong to (--label, --lesion), "
            "or remove it from the habitat map"
        )
        raise InputError(message)


def _range_lps(labels: LabelVolume) -> str:
    low, high = labels.extent_along(np.eye(3))
    sides = zip("LPS", low, high, strict=True)
    return ", ".join(f"{letter} {first:.1f} to {last:.1f}" for letter, first, last in sides) + " mm"


def _overhang(
    habitats: tuple[Habitat, ...], present: Mapping[int, int], inside: Mapping[int, int], voxel_mm3: float
) -> Iterator[Finding]:
    over = {habitat: present[habitat.label] - inside[habitat.label] for habitat in habitats}
    listed = ", ".join(
        f"{habitat.name} {count * voxel_mm3:.0f} mm3 ({100 * count / present[habitat.label]:.2g} %)"
        for habitat, count in over.items()
        if count
    )
    if not listed:
        return
    if max(count / present[habitat.label] for habitat, count in over.items()) > OVERHANG_SHARE:
        yield Finding.warning(
            "habitat_overhang",
            f"habitats reach beyond the specimen: {listed}. The map counts all of their voxels; check that "
            "both were drawn on the same images",
        )
    else:
        yield Finding.info(
            "habitat_overhang",
            f"habitats reach a little beyond the specimen: {listed}. The map counts all of their voxels",
        )


def _unlabelled(labels: LabelVolume, tissue: LabelVolume) -> Iterator[Finding]:
    present = tissue.voxels > 0
    without = np.count_nonzero(present & (_sampled(labels, tissue.grid) == 0))
    share = without / np.count_nonzero(present)
    if share > UNLABELLED_SHARE:
        yield Finding.info(
            "unlabelled_tissue",
            f"{100 * share:.1f} % of the specimen ({without * tissue.grid.voxel_mm3 / 1000:.2f} mL) belongs "
            "to no habitat",
        )
