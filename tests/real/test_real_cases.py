"""``mouldgen make`` on real patients, checked by a program that shares no code with mouldgen."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

pytestmark = [pytest.mark.real, pytest.mark.slow]

ANGLES = {
    "axial": (["--plane", "axial"], (0.0, 0.0, 1.0)),
    "tilted": (["--normal", "0.5", "0.3", "0.8"], (0.5, 0.3, 0.8)),
}
COHORT = ("003", "005", "009", "013", "015", "019", "025", "031", "035", "045")
PER_RUN_SECONDS = 300


@dataclass(frozen=True)
class RealCase:
    """What is read, and what the check is told about it."""

    segmentation: Path
    habitats: Path
    options: list[str] = field(default_factory=list)
    label: int | None = None


def glioma(cases, _folder):
    labels = cases / "03_glioma_t1c_flair" / "OTMultiClass.nii.gz"
    return RealCase(labels, labels)


def prostate(cases, _folder):
    labels = cases / "06_prostate_zones_oblique" / "mask_00.nii"
    return RealCase(labels, labels)


def two_brain_lesions(cases, folder):
    labels = cases / "07_brain_anisotropic_lefthanded" / "brain1_label.nrrd"
    return RealCase(labels, thirds_of(labels, folder), ["--lesion", "all"])


def kidney_tumour(cases, folder):
    labels = cases / "08_kidney_permuted_axes" / "segmentation.nii.gz"
    return RealCase(labels, thirds_of(labels, folder, label=2), ["--label", "2"], label=2)


def one_kidney_with_its_tumour(cases, folder):
    image = sitk.ReadImage(str(cases / "08_kidney_permuted_axes" / "segmentation.nii.gz"))
    voxels = sitk.GetArrayFromImage(image)
    parts, _ = ndimage.label(voxels > 0, np.ones((3, 3, 3)))
    tumour_part = np.bincount(parts[voxels == 2]).argmax()
    kept = np.where(parts == tumour_part, voxels, 0)
    labels = write_like(image, kept, folder / "one_kidney.nii.gz")
    return RealCase(labels, labels)


def sarcoma(patient):
    def case(cases, folder):
        cohort = cases / "10_sarcoma_cohort"
        labels, pet = cohort / f"STS_{patient}_mask.nii.gz", cohort / f"STS_{patient}_PET_mask.nii.gz"
        return RealCase(labels, thirds_of(pet if pet.is_file() else labels, folder))

    return case


CASES = {
    "03 glioma": glioma,
    "06 prostate": prostate,
    "07 two brain lesions": two_brain_lesions,
    "08 kidney tumour": kidney_tumour,
    "08 kidney with tumour": one_kidney_with_its_tumour,
    **{f"10 sarcoma {patient}": sarcoma(patient) for patient in COHORT},
}


def thirds_of(labels: Path, folder: Path, label: int | None = None) -> Path:
    """Write a habitat map: thirds of equal volume along the longest axis of a label."""
    image = sitk.ReadImage(str(labels))
    voxels = sitk.GetArrayFromImage(image)
    mask = voxels == label if label is not None else voxels > 0
    places = np.argwhere(mask)
    extent_mm = np.ptp(places, axis=0) * np.array(image.GetSpacing())[::-1]
    along = places[:, int(np.argmax(extent_mm))]
    bounds = np.quantile(along, [1 / 3, 2 / 3])
    habitats = np.zeros(voxels.shape, np.uint8)
    habitats[mask] = 1 + (along[:, None] > bounds).sum(axis=1)
    return write_like(image, habitats, folder / "thirds.nii.gz")


def write_like(image, voxels, path: Path) -> Path:
    """Write an array on the grid of an image."""
    written = sitk.GetImageFromArray(voxels.astype(np.uint8))
    written.CopyInformation(image)
    sitk.WriteImage(written, str(path))
    return path


def run(*command) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        timeout=PER_RUN_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("name", CASES)
def test_a_real_case_passes_the_independent_check(cases, verifier, tmp_path, name, angle):
    case = CASES[name](cases, tmp_path)
    options, normal = ANGLES[angle]
    folder = tmp_path / "case"
    made = run(
        "-m",
        "mouldgen",
        "make",
        case.segmentation,
        "-o",
        folder,
        "--habitats",
        case.habitats,
        *case.options,
        *options,
    )
    assert made.returncode == 0, made.stderr + made.stdout
    label = [] if case.label is None else ["--label", case.label]
    checked = run(
        verifier, folder, case.segmentation, *label, "--habitats", case.habitats, "--normal", *normal
    )
    print(checked.stdout)  # noqa: T201 - the figures are worth reading also where all is well
    assert checked.returncode == 0, (
        "\n".join(line for line in checked.stdout.splitlines() if "FAIL" in line) + checked.stderr
    )
