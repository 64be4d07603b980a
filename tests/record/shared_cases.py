"""The shared cases as specimens with habitats and a landmark, for recorded runs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mouldgen.frames import FloatArray
from mouldgen.images import LabelVolume
from mouldgen.io.specimen import read_specimen
from mouldgen.params import DesignParameters
from mouldgen.specimen import Habitat, HabitatMap, Landmark, Specimen

__all__ = ["ALL_CASES", "SharedCase", "cases_folder", "with_landmark", "with_thirds"]

SHARED = Path(os.environ.get("MOULDGEN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
COHORT = (3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47)


@dataclass(frozen=True)
class SharedCase:
    """How one of the shared cases is read.

    Parameters
    ----------
    path
        Below the folder of cases.
    section
        Section ``specimen`` of the parameters.
    has_habitats
        Whether its labels are habitats.
    """

    path: str
    section: dict[str, Any]
    has_habitats: bool = False

    def read(self) -> Specimen:
        """Return the specimen as `read_specimen` gives it."""
        file = cases_folder() / self.path
        parameters = DesignParameters(specimen=self.section)
        return read_specimen(file, parameters, habitats=file if self.has_habitats else None)


def cases_folder() -> Path:
    """Return the folder of the shared cases."""
    return SHARED / "cases"


def with_thirds(specimen: Specimen) -> Specimen:
    """Return a specimen whose habitats, if it has none, are thirds of equal volume along its longest axis."""
    if specimen.habitats is not None:
        return specimen
    tissue = specimen.tissue
    index = np.argwhere(tissue.voxels > 0)
    extent_mm = np.ptp(index, axis=0) * tissue.grid.spacing_mm
    along = index[:, int(np.argmax(extent_mm))]
    bounds = np.quantile(along, [1 / 3, 2 / 3])
    voxels = np.zeros(tissue.voxels.shape, np.uint16)
    voxels[tuple(index.T)] = 1 + (along[:, None] > bounds).sum(axis=1)
    habitats = tuple(Habitat.numbered(n, n - 1, None) for n in (1, 2, 3))
    return replace(specimen, habitats=HabitatMap(LabelVolume(voxels, tissue.grid), habitats))


def with_landmark(specimen: Specimen, direction_lps: FloatArray) -> Specimen:
    """Return a specimen with the landmark ``vessel`` where it reaches farthest, unless it has landmarks."""
    if specimen.landmarks:
        return specimen
    tissue = specimen.tissue
    points = tissue.grid.to_points(np.argwhere(tissue.voxels > 0))
    return replace(specimen, landmarks=(Landmark("vessel", points[int(np.argmax(points @ direction_lps))]),))


ALL_CASES: dict[str, SharedCase] = {
    "02 ovary": SharedCase(
        "02_ovary_mould_reference",
        {"rois": ["Tumour"], "landmark_rois": ["Ref_point_1", "Ref_point_2"]},
    ),
    "03 glioma": SharedCase("03_glioma_t1c_flair/OTMultiClass.nii.gz", {}, has_habitats=True),
    "06 prostate": SharedCase("06_prostate_zones_oblique/mask_00.nii", {}, has_habitats=True),
    "07 brain lesion": SharedCase("07_brain_anisotropic_lefthanded/brain1_label.nrrd", {"lesion": "largest"}),
    "08 kidney tumour": SharedCase("08_kidney_permuted_axes/segmentation.nii.gz", {"labels": [2]}),
    **{f"STS_{n:03d}": SharedCase(f"10_sarcoma_cohort/STS_{n:03d}_mask.nii.gz", {}) for n in COHORT},
}
"""Every shared case with a tumour to cut, by the name that tables call it."""
