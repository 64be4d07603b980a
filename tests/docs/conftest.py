"""Fixtures for the documentation's tests: the files that its examples name, and a case made from them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from mouldgen.io.cohort_table import read_cohort_table
from mouldgen.io.computed_habitats import fit_to_cohort
from mouldgen.params import DesignParameters
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.clinical_export import write_clinical_files
from mouldgen.testing.phantoms import covering_grid, demo_specimen, two_habitat_ellipsoid
from mouldgen.testing.storage import write_specimen


@pytest.fixture(scope="session")
def mouldgen() -> list[str]:
    """Return the command line, of the Python that runs the tests."""
    return [sys.executable, "-c", "from mouldgen.cli import main; main()"]


@pytest.fixture(scope="session")
def demo_case(mouldgen, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "case"
    subprocess.run([*mouldgen, "demo", "-o", str(folder), "--quiet"], check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def _example_files(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    stored = write_specimen(demo_specimen(), folder, suffix=".nii.gz")
    stored.segmentation.rename(folder / "tumour.nii.gz")
    write_specimen(demo_specimen(), folder, suffix=".nrrd")
    stored.images["t2"].rename(folder / "t2.nii.gz")
    center = np.array([40.0, 10.0, -20.0])
    organ = Ellipsoid(center, np.array([26.0, 22.0, 30.0]))
    grid = covering_grid(center, [30.0, 26.0, 34.0], [1.0, 1.0, 1.5])
    kidney = two_habitat_ellipsoid(organ, HalfSpace(np.array([0.0, 0.0, 1.0]), -20.0), grid)
    (folder / "organ").mkdir()
    write_specimen(kidney, folder / "organ", suffix=".nii.gz").habitats.rename(folder / "kidney.nii.gz")
    write_clinical_files(demo_specimen(), folder)
    _write_images(folder)
    (folder / "axis.mrk.json").write_text(json.dumps(_markups()), encoding="utf-8")
    return folder


@pytest.fixture
def example_files(_example_files, demo_case, tmp_path, monkeypatch) -> Path:
    """Return a folder of its own with the files that the documentation names, as working directory."""
    shutil.copytree(_example_files, tmp_path, dirs_exist_ok=True)
    shutil.copytree(demo_case, tmp_path / "case")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write_images(folder: Path) -> None:
    """Write images of the tumour that differ by habitat, and a model that was fitted to two of them."""
    t2 = sitk.ReadImage(str(folder / "t2.nii.gz"))
    values = sitk.GetArrayFromImage(t2).astype(np.float64)
    noise = np.random.default_rng(4).standard_normal(values.shape)
    low, high = np.percentile(values, (50, 99))
    share = (values - low) / (high - low)
    images = {"ct": share * 80 - 20 + noise * 8, "t1": 400 - share * 200 + noise * 10}
    images |= {"pet": share * 6 + 1 + noise * 0.2, "adc": share * 900 + 600 + noise * 30}
    for name, array in images.items():
        image = sitk.GetImageFromArray(array.astype(np.float32))
        image.CopyInformation(t2)
        sitk.WriteImage(image, str(folder / f"{name}.nii.gz"))
    shutil.copy(folder / "tumour.nii.gz", folder / "patient.nii.gz")
    (folder / "cohort.csv").write_text("segmentation,adc,t1\ntumour.nii.gz,adc.nii.gz,t1.nii.gz\n")
    model, _ = fit_to_cohort(read_cohort_table(folder / "cohort.csv"), DesignParameters())
    (folder / "model.json").write_text(model.to_json_text())


def _markups() -> dict:
    points = [(-74.0, 8.0, -90.0), (-2.0, 34.0, -38.0), (-28.0, -11.0, -82.0)]
    control = [{"id": str(n), "label": f"F-{n}", "position": list(p)} for n, p in enumerate(points, start=1)]
    fiducials = {"type": "Fiducial", "coordinateSystem": "LPS", "controlPoints": control}
    return {"markups": [fiducials]}
