"""What is timed: two real sarcomas where the shared cases are present, and phantoms of any volume."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.testing.bodies import BumpyEllipsoid, Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, rotation_about, specimen_of_labels, voxelise
from mouldgen.testing.storage import write_specimen, write_volume

REPOSITORY = Path(__file__).resolve().parent.parent
COHORT = Path(os.environ.get("MOULDGEN_SHARED", REPOSITORY.parent / "shared")) / "cases" / "10_sarcoma_cohort"
PATIENTS_ML = {"STS_031": 466, "STS_009": 1981}
PHANTOM_SPACING_MM = (0.977, 0.977, 3.27)
"""As the real masks have."""


@dataclass(frozen=True)
class Input:
    """Files of one case.

    Parameters
    ----------
    name
        For the table.
    volume_ml
        Of the specimen.
    segmentation, habitats
        Files.
    """

    name: str
    volume_ml: float
    segmentation: Path
    habitats: Path


def main_inputs(folder: Path) -> list[Input]:
    """Return STS_031 and STS_009, or phantoms of their volumes; derived files go into `folder`."""
    return [
        _patient(name, folder) if (COHORT / f"{name}_mask.nii.gz").is_file() else phantom(volume_ml, folder)
        for name, volume_ml in PATIENTS_ML.items()
    ]


def phantom(volume_ml: float, folder: Path) -> Input:
    """Write a bumpy ellipsoid of a given volume, two habitats in it."""
    unit = BumpyEllipsoid(Ellipsoid(np.zeros(3), np.array([1.25, 1.0, 0.8])), 0.2)
    scale = (volume_ml * 1000 / unit.volume_mm3) ** (1 / 3)
    ellipsoid = Ellipsoid(np.zeros(3), unit.ellipsoid.radii_mm * scale, rotation_about([1, 2, 3], 25))
    body = BumpyEllipsoid(ellipsoid, unit.height)
    first = HalfSpace(np.array([0.3, 0.5, 0.8]), 0.1 * scale)
    volume = voxelise(
        lambda points: np.where(body.contains(points), np.where(first.contains(points), 1, 2), 0),
        covering_grid(np.zeros(3), ellipsoid.half_size_mm * 1.2, PHANTOM_SPACING_MM),
    )
    specimen = specimen_of_labels(volume, habitats=True)
    target = folder / f"phantom_{volume_ml:g}"
    target.mkdir(exist_ok=True)
    stored = write_specimen(specimen, target, suffix=".nii.gz")
    habitats = stored.habitats or stored.segmentation
    return Input(f"phantom {volume_ml:g} mL", specimen.volume_mm3 / 1000, stored.segmentation, habitats)


def _patient(name: str, folder: Path) -> Input:
    """Return a patient's mask, with thirds along its longest axis as a habitat map."""
    import SimpleITK as sitk

    segmentation = COHORT / f"{name}_mask.nii.gz"
    image = sitk.ReadImage(str(segmentation))
    mask = sitk.GetArrayViewFromImage(image).T > 0
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    grid = VoxelGrid((mask.shape[0], mask.shape[1], mask.shape[2]), affine)
    places = np.argwhere(mask)
    along = places[:, int(np.argmax(np.ptp(places, axis=0) * grid.spacing_mm))]
    voxels = np.zeros(mask.shape, np.uint8)
    voxels[mask] = 1 + (along[:, None] > np.quantile(along, [1 / 3, 2 / 3])).sum(axis=1)
    habitats = folder / f"{name}_thirds.nii.gz"
    write_volume(habitats, voxels, grid)
    return Input(name, len(places) * grid.voxel_mm3 / 1000, segmentation, habitats)
