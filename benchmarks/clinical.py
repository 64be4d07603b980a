"""A hospital's export to be timed: a CT series of 512 x 512 x 300 and a SEG drawn on it, in one folder."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from mouldgen.frames import VoxelGrid
from mouldgen.testing.bodies import BumpyEllipsoid, Ellipsoid
from mouldgen.testing.dicom_segments import source_images, write_segmentation
from mouldgen.testing.dicom_series import SeriesTexts, write_series
from mouldgen.testing.phantoms import rotation_about, voxelise

__all__ = ["floor_seconds", "write_export"]

SHAPE = (512, 512, 300)
SPACING_MM = (0.8, 0.8, 1.0)
RADII_MM = (45.0, 36.0, 30.0)
SERIES_UID, FRAME_UID = "1.2.826.0.1.3680043.10.21", "1.2.826.0.1.3680043.10.22"
_FLOOR = """
import sys, SimpleITK as sitk
reader = sitk.ImageSeriesReader()
reader.SetFileNames(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(sys.argv[1]))
reader.Execute()
"""


def write_export(folder: Path) -> Path:
    """Write both, and return the folder that holds them."""
    export = folder / "export"
    (export / "ct").mkdir(parents=True)
    origin = [-(size - 1) / 2 * step for size, step in zip(SHAPE, SPACING_MM, strict=True)]
    grid = VoxelGrid.axis_aligned(SHAPE, SPACING_MM, origin)
    ellipsoid = Ellipsoid(np.array([10.0, -20.0, 15.0]), np.array(RADII_MM), rotation_about([1, 2, 3], 25))
    body = BumpyEllipsoid(ellipsoid, 0.2)
    mask = voxelise(lambda points: body.contains(points).astype(np.uint16), grid).voxels > 0
    noise = np.random.default_rng(1).normal(0, 20, SHAPE).astype(np.int16)
    texts = SeriesTexts(series_uid=SERIES_UID, frame_of_reference_uid=FRAME_UID, description="portal venous")
    write_series(export / "ct", noise + (mask * 60).astype(np.int16), grid, texts=texts)
    images = source_images(grid)
    for image in images:
        image.SeriesInstanceUID, image.FrameOfReferenceUID = SERIES_UID, FRAME_UID
    write_segmentation(export / "seg.dcm", [mask], ["tumour"], grid, images=images, omit_empty_frames=False)
    return export


def floor_seconds(export: Path) -> float:
    """Return how long another program needs to read the series alone: SimpleITK with GDCM, from its start."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _FLOOR, str(export / "ct")], check=True, capture_output=True)
    return time.perf_counter() - began
