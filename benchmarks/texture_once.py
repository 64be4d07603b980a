"""Child process: times co-occurrence maps beside pyradiomics, where it is installed; prints JSON.

python -m benchmarks.texture_once

Seconds are for 100,000 voxels. pyradiomics is timed on fewer, and its seconds are scaled up: its time grows
with their number.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

VOXELS, FEWER_VOXELS = 100_000, 8_000
LEVELS = 32
REACH_VOX = 2
REPEATS = 3
PYRADIOMICS_NAMES = ("JointEnergy", "Contrast", "Correlation", "Idm", "JointEntropy")

LevelArray = npt.NDArray[np.int64]


def main() -> None:
    """Time each program in turn."""
    from mouldgen.habitats.cooccurrence import cooccurrence_maps
    from mouldgen.habitats.windows import Window

    levels = textured_ball(VOXELS)
    window = Window.cube(2 * REACH_VOX + 1)
    runs = {"mouldgen, first run, compiled in it": timed(levels, lambda: cooccurrence_maps(levels, window))}
    for threads in (1, 2):
        repeats = [
            timed(levels, lambda: cooccurrence_maps(levels, window, threads=threads))  # noqa: B023
            for _ in range(REPEATS)
        ]
        name = f"mouldgen, {threads} thread{'s' * (threads > 1)}"
        runs[name] = min(repeats, key=lambda run: run["cpu_seconds"])
    if importlib.util.find_spec("radiomics"):
        fewer = textured_ball(FEWER_VOXELS)
        runs["pyradiomics"] = timed(fewer, lambda: pyradiomics_maps(fewer))
    sys.stdout.write(json.dumps(runs))


def timed(levels: LevelArray, compute: Callable[[], object]) -> dict[str, float]:
    """Return seconds and processor seconds for 100,000 voxels, and how many were computed."""
    voxels = int(np.count_nonzero(levels))
    began, cpu_before = time.perf_counter(), time.process_time()
    compute()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_before
    scale = VOXELS / voxels
    return {"voxels": voxels, "seconds": seconds * scale, "cpu_seconds": cpu_seconds * scale}


def textured_ball(voxels: int) -> LevelArray:
    """Return grey levels of smoothed noise in a ball of about so many voxels."""
    from scipy.ndimage import gaussian_filter

    radius = (voxels * 0.75 / np.pi) ** (1 / 3)
    size = int(2 * radius) + 3
    inside = ((np.indices((size,) * 3) - (size - 1) / 2) ** 2).sum(axis=0) < radius**2
    noise = np.random.default_rng(1).normal(size=inside.shape)
    values = gaussian_filter(noise, 1.0) + 0.1 * noise
    low, high = values[inside].min(), values[inside].max()
    levels = np.minimum(np.floor(LEVELS * (values - low) / (high - low)) + 1, LEVELS)
    return np.where(inside, levels, 0).astype(np.int64)


def pyradiomics_maps(levels: LevelArray) -> object:
    """Compute the same maps by pyradiomics, in batches that need little memory."""
    import radiomics
    import SimpleITK as sitk
    from radiomics.glcm import RadiomicsGLCM

    radiomics.logger.setLevel(logging.ERROR)
    image, mask = (sitk.GetImageFromArray(a) for a in (levels.astype(float), (levels > 0).astype(np.uint8)))
    settings = {"voxelBased": True, "kernelRadius": REACH_VOX, "binWidth": 1, "voxelBatch": 1000}
    extractor = RadiomicsGLCM(image, mask, **settings)
    for name in PYRADIOMICS_NAMES:
        extractor.enableFeatureByName(name)
    return extractor.execute()


if __name__ == "__main__":
    main()
