"""``mouldgen check`` finds nothing in what ``make`` has just written of a patient."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.real

GLIOMA = "03_glioma_t1c_flair/OTMultiClass.nii.gz"
LESIONS = "07_brain_anisotropic_lefthanded/brain1_label.nrrd"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        (GLIOMA, ["--lesion", "largest", "--normal", "0.3", "-0.7", "0.5"]),  # specks beside its surface
        (LESIONS, ["--lesion", "all"]),  # a specimen of two bodies
    ],
    ids=["glioma", "two lesions"],
)
def test_a_case_passes_its_own_check(cases, tmp_path, name, options):
    mouldgen = [sys.executable, "-m", "mouldgen"]
    make = [*mouldgen, "make", str(cases / name), *options, "-o", str(tmp_path / "case"), "--no-pictures"]
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    check = subprocess.run(
        [*mouldgen, "check", str(tmp_path / "case")], check=False, capture_output=True, text=True, timeout=120
    )
    assert check.returncode == 0, check.stdout
