"""Small volumes in files, and ways to damage them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from mouldgen.frames import VoxelGrid
from mouldgen.testing.storage import write_volume

SPACING_MM = (0.9, 1.0, 3.0)
ORIGIN_MM = (-10.0, 5.0, 7.0)


def box_labels(shape=(24, 22, 20), start=(6, 6, 5), stop=(16, 16, 15), label=1):
    voxels = np.zeros(shape, np.uint8)
    voxels[tuple(slice(low, high) for low, high in zip(start, stop, strict=True))] = label
    return voxels


@pytest.fixture
def labels():
    """Return a box of 10 x 10 x 10 voxels of label 1 away from all borders."""
    return box_labels()


@pytest.fixture
def write(tmp_path):
    """Write an array, [i, j, k], and return the path."""

    def write_array(name, voxels, spacing_mm=SPACING_MM, origin_mm=ORIGIN_MM):
        path = tmp_path / name
        write_volume(path, voxels, VoxelGrid.axis_aligned(voxels.shape, spacing_mm, origin_mm))
        return path

    return write_array


@pytest.fixture
def nifti(write, labels):
    """Write a NIfTI file and overwrite parts of its header: (offset, format, values...)."""

    def write_patched(*patches, voxels=labels, name="volume.nii"):
        path = write(name, voxels)
        raw = bytearray(path.read_bytes())
        for offset, kind, *values in patches:
            struct.pack_into("<" + kind, raw, offset, *values)
        path.write_bytes(raw)
        return path

    return write_patched


@pytest.fixture
def header_text(write, labels):
    """Write a volume with a text header beside its data, and replace parts of the header."""

    def write_replaced(suffix, *replacements):
        path = write(f"volume{suffix}", labels)
        text = path.read_text()
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return path

    return write_replaced


@pytest.fixture
def shorten():
    """Cut a file to a share of its length."""

    def cut(path: Path, share: float) -> Path:
        raw = path.read_bytes()
        path.write_bytes(raw[: int(len(raw) * share)])
        return path

    return cut
