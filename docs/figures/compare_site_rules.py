"""Print the table of docs/sites.md: the planner's sites against two simple rules, on the shared cases.

python docs/figures/compare_site_rules.py SHARED_CASES

Each of the planner's sites is compared with the place that a rule gives for its habitat in its slab:

* centroid: the centroid of the habitat in the slab's mid-plane, moved to the nearest point of the habitat;
* largest area: the same of the habitat's largest connected region in the mid-plane.

All three are scored by the same function, under the same punch and registration error.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from mouldgen.frames import FloatArray
from mouldgen.io.specimen import read_specimen
from mouldgen.params import DesignParameters
from mouldgen.sampling.hit_probability import PunchScorer, VoxelLookup
from mouldgen.sampling.punch_cores import punch_cores
from mouldgen.sampling.sections import label_section
from mouldgen.specimen import Specimen
from mouldgen.testing.plans import LyingSlabs, planned_sites

STEP_MM = 0.5
SMOOTHING_MM = 3.0
COHORT = ("015", "025", "035", "041")


class Case(NamedTuple):
    """Files of one case, and where its habitats come from."""

    name: str
    segmentation: Path
    habitats: Path


def shared_cases(cases: Path, folder: Path) -> Iterator[Case]:
    """Give the cases; derived habitats are written into `folder`."""
    glioma = cases / "03_glioma_t1c_flair" / "OTMultiClass.nii.gz"
    yield Case("03 glioma, four classes", glioma, glioma)
    sarcoma = cases / "04_sarcoma_ct_mr_pet" / "nifti"
    mask, image = sarcoma / "MR_T1_mask.nii.gz", sarcoma / "MR_T1_image.nii.gz"
    yield Case("04 sarcoma, thirds of T1", mask, thirds(image, mask, folder / "04.nii.gz"))
    prostate = cases / "06_prostate_zones_oblique" / "mask_00.nii"
    yield Case("06 prostate, two zones", prostate, prostate)
    for patient in COHORT:
        stem = f"{cases}/10_sarcoma_cohort/STS_{patient}"
        pet, pet_mask = Path(f"{stem}_PET_image.nii.gz"), Path(f"{stem}_PET_mask.nii.gz")
        habitats = thirds(pet, pet_mask, folder / f"{patient}.nii.gz")
        yield Case(f"STS_{patient}, thirds of PET", Path(f"{stem}_mask.nii.gz"), habitats)


def thirds(image: Path, mask: Path, target: Path) -> Path:
    """Write habitats: the lowest, middle and highest third of a smoothed image within a mask."""
    smooth = sitk.SmoothingRecursiveGaussian(sitk.ReadImage(str(image), sitk.sitkFloat32), SMOOTHING_MM)
    values = sitk.GetArrayFromImage(smooth)
    inside = sitk.GetArrayFromImage(sitk.ReadImage(str(mask))) > 0
    limits = np.quantile(values[inside], [1 / 3, 2 / 3])
    labels = np.where(inside, 1 + np.searchsorted(limits, values), 0).astype(np.uint8)
    result = sitk.GetImageFromArray(labels)
    result.CopyInformation(smooth)
    sitk.WriteImage(result, str(target))
    return target


def middle_of(region: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Return the point of a region that is nearest to its centroid."""
    points = np.argwhere(region)
    nearest = np.square(points - points.mean(axis=0)).sum(axis=1).argmin()
    return int(points[nearest, 0]), int(points[nearest, 1])


def largest_part(region: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the largest connected part of a region."""
    parts, _ = ndimage.label(region)
    return np.asarray(parts == 1 + np.bincount(parts.ravel())[1:].argmax())


def scores(specimen: Specimen, parameters: DesignParameters) -> FloatArray:
    """Return hit probabilities of the planner's sites and of the two rules, shape (sites, 3)."""
    plan, lying = planned_sites(specimen, parameters)
    volume = specimen.habitats.volume if specimen.habitats else specimen.tissue
    scorer = PunchScorer(VoxelLookup(volume, lying.frame), parameters.sites)
    slabs = {content.slab.id: content.slab for content in lying.sampling.slabs}
    rows = []
    for site in plan.sites:
        core = punch_cores(slabs[site.slab_id], parameters.sites)[0]
        places = rule_places(specimen, lying, core.x_mid_mm, site.habitat or 0)
        by_rule = [scorer.score(core, *place, site.habitat).hit_probability for place in places]
        rows.append([site.hit_probability, *by_rule])
    return np.array(rows).reshape(-1, 3)


def rule_places(specimen: Specimen, lying: LyingSlabs, x_mm: float, label: int) -> list[tuple[float, float]]:
    """Return y and z that the centroid rule and the largest-area rule give in a plane."""
    low, high = lying.lattice.origin_mm, lying.lattice.to_points(np.array(lying.lattice.shape) - 1)
    y_mm, z_mm = (np.arange(low[axis], high[axis], STEP_MM) for axis in (1, 2))
    region = label_section(specimen, lying.frame, x_mm, y_mm, z_mm) == label
    middles = (middle_of(region), middle_of(largest_part(region)))
    return [(float(y_mm[row]), float(z_mm[column])) for row, column in middles]


def main(cases: Path) -> None:
    """Measure all cases with the default punch and error."""
    parameters = DesignParameters()
    print("| case | sites | planner | centroid | largest area |")
    print("| --- | ---: | ---: | ---: | ---: |")
    together = []
    with tempfile.TemporaryDirectory() as folder:
        for case in shared_cases(cases, Path(folder)):
            specimen = read_specimen(case.segmentation, parameters, habitats=case.habitats)
            together.append(scores(specimen, parameters))
            print(table_row(case.name, together[-1]))
    print(table_row("all", np.concatenate(together)))


def table_row(name: str, found: FloatArray) -> str:
    """Return mean and worst hit probability of the planner and both rules."""
    cells = (
        f"{mean:.2f} / {worst:.2f}" for mean, worst in zip(found.mean(axis=0), found.min(axis=0), strict=True)
    )
    return f"| {name} | {len(found)} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
