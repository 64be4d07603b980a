"""Random oblique, uneven, left-handed lattices through every format: the same object at the same place."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mouldgen.frames import VoxelGrid
from mouldgen.io.opening import open_image, open_segmentation
from mouldgen.testing.segment_file import WrittenSegment, write_segment_file
from mouldgen.testing.storage import write_volume
from mouldgen.testing.strategies import axis_orders, rotations

pytest.importorskip("pydicom")
highdicom = pytest.importorskip("highdicom")

FRAME_UID = "1.2.826.0.1.3680043.10.1"
SERIES_UID = "1.2.826.0.1.3680043.10.2"


@st.composite
def bodies(draw):
    """Return a solid body of labels 1 and 2 on a lattice; no plane in its middle is empty."""
    shape = draw(st.tuples(st.integers(4, 9), st.integers(4, 9), st.integers(4, 9)))
    spacing = np.array(draw(st.tuples(*[st.floats(0.3, 6.0)] * 3)))
    affine = np.eye(4)
    affine[:3, :3] = draw(rotations()) * spacing
    affine[:3, 3] = draw(st.tuples(*[st.floats(-300, 300)] * 3))
    axes = draw(axis_orders())
    grid = VoxelGrid(shape, affine).reordered(axes.order, axes.flips)
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1)
    middle = np.array(draw(st.tuples(*[st.floats(0.4, 0.6)] * 3))) * np.array(grid.shape)
    radius = np.array(draw(st.tuples(*[st.floats(0.3, 0.6)] * 3))) * np.array(grid.shape)
    inside = (((index + 0.5 - middle) / radius) ** 2).sum(axis=-1) < 1
    upper = index @ np.array(draw(st.tuples(*[st.floats(-1, 1)] * 3))) > 0
    return np.where(inside, 1 + upper, 0).astype(np.uint8), grid


def volume_file(suffix):
    def write(folder, voxels, grid):
        write_volume(folder / f"labels{suffix}", voxels, grid)
        return folder / f"labels{suffix}", {}

    return write


def shared_layer(folder, voxels, grid):
    segments = [WrittenSegment("one", 1), WrittenSegment("two", 2)]
    path = folder / "labels.seg.nrrd"
    write_segment_file(path, [voxels], grid, segments, list_axis=None)
    return path, {}


def separate_layers(folder, voxels, grid):
    segments = [WrittenSegment("one", 1, 0), WrittenSegment("two", 1, 1)]
    path = folder / "labels.seg.nrrd"
    layers = [(voxels == n).astype(np.uint8) for n in (1, 2)]
    write_segment_file(path, layers, grid, segments, space="right-anterior-superior")
    return path, {}


def dicom_seg(kind):
    def write(folder, voxels, grid):
        from mouldgen.testing.dicom_segments import write_segmentation

        masks = [(voxels == n) * (1.0 if kind == "FRACTIONAL" else 1) for n in (1, 2)]
        write_segmentation(folder / "seg", masks, ["one", "two"], grid, kind=kind, omit_empty_frames=False)
        return folder / "seg", {}

    return write


def contours(folder, voxels, grid):
    """Draw every run of voxels along a row as a rectangle, on a series."""
    from mouldgen.testing.dicom_series import SeriesTexts, write_series
    from mouldgen.testing.dicom_structures import DrawnContour, StructureSetFile, write_structure_set

    (folder / "images").mkdir()
    texts = SeriesTexts(series_uid=SERIES_UID, frame_of_reference_uid=FRAME_UID)
    write_series(folder / "images", voxels.astype(np.int16), grid, texts=texts)
    rois = {
        name: [DrawnContour(grid.to_points(box)) for box in rectangles(voxels == number)]
        for number, name in ((1, "one"), (2, "two"))
    }
    about = StructureSetFile(frame_of_reference_uid=FRAME_UID, series_uids=(SERIES_UID,))
    path = write_structure_set(folder / "plan.dcm", {k: v for k, v in rois.items() if v}, about)
    return path, {"ct": open_image(folder / "images")}


def rectangles(mask):
    for j, k in np.argwhere(mask.any(axis=0)):
        steps = np.flatnonzero(np.diff(np.pad(mask[:, j, k].astype(int), 1)))
        for start, stop in steps.reshape(-1, 2):
            low, high = start - 0.5, stop - 0.5
            yield [(low, j - 0.5, k), (high, j - 0.5, k), (high, j + 0.5, k), (low, j + 0.5, k)]


LABEL_FORMATS = {
    **{suffix: volume_file(suffix) for suffix in (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd")},
    ".seg.nrrd, one layer": shared_layer,
    ".seg.nrrd, two layers": separate_layers,
    "SEG binary": dicom_seg("BINARY"),
    "SEG fractional": dicom_seg("FRACTIONAL"),
    "SEG label map": dicom_seg("LABELMAP"),
    "RTSTRUCT": contours,
}


@pytest.mark.parametrize("name", LABEL_FORMATS)
@settings(max_examples=15)
@given(body=bodies())
def test_labels_come_back_where_they_were(name, body):
    voxels, grid = body
    with tempfile.TemporaryDirectory() as folder:
        path, images = LABEL_FORMATS[name](Path(folder), voxels, grid)
        source = open_segmentation(path, images).source
        read = source.voxels_of([structure.number for structure in source.structures]).labels
    numbers = {"one": 1, "two": 2}
    found = np.zeros(read.voxels.shape, int)
    for structure in source.structures:
        found[read.voxels == structure.number] = numbers.get(structure.name, structure.number)
    places = np.argwhere(voxels)
    index = read.grid.to_indices(grid.to_points(places))
    nearest = np.rint(index).astype(int)
    off_mm = np.abs((index - nearest) * read.grid.spacing_mm).max()
    assert off_mm < (2e-3 if ".nii" in name else 1e-3)  # NIfTI keeps its affine in 32 bits
    np.testing.assert_array_equal(found[tuple(nearest.T)], voxels[tuple(places.T)])
    assert np.count_nonzero(found) == len(places)
    assert read.grid.is_right_handed


def dicom_series(folder, voxels, grid):
    from mouldgen.testing.dicom_series import write_series

    write_series(folder, voxels, grid)
    return folder


def enhanced(folder, voxels, grid):
    from mouldgen.testing.dicom_series import write_enhanced

    return write_enhanced(folder / "enhanced", voxels, grid)


def image_file(suffix):
    def write(folder, voxels, grid):
        write_volume(folder / f"image{suffix}", voxels, grid)
        return folder / f"image{suffix}"

    return write


IMAGE_FORMATS = {
    ".nii.gz": image_file(".nii.gz"),
    ".nrrd": image_file(".nrrd"),
    ".mha": image_file(".mha"),
    "series": dicom_series,
    "enhanced": enhanced,
}


@pytest.mark.parametrize("name", IMAGE_FORMATS)
@settings(max_examples=15)
@given(body=bodies(), seed=st.integers(0, 2**32 - 1))
def test_grey_values_come_back_where_they_were(name, body, seed):
    grid = body[1]
    voxels = np.random.default_rng(seed).integers(-1000, 3000, grid.shape).astype(np.int16)
    with tempfile.TemporaryDirectory() as folder:
        volume = open_image(IMAGE_FORMATS[name](Path(folder), voxels, grid))
    places = np.argwhere(np.ones(grid.shape))
    index = volume.grid.to_indices(grid.to_points(places))
    nearest = np.rint(index).astype(int)
    off_mm = np.abs((index - nearest) * volume.grid.spacing_mm).max()
    assert off_mm < (2e-3 if ".nii" in name else 1e-3)
    np.testing.assert_array_equal(volume.voxels[tuple(nearest.T)], voxels[tuple(places.T)])
    if name in {"series", "enhanced"}:
        starts = volume.file_grid.to_points([(0, 0, k) for k in range(volume.slices.count)])
        depths = (starts - volume.slices.first_center_mm) @ volume.slices.normal_lps
        assert depths == pytest.approx(np.arange(volume.slices.count) * volume.slices.spacing_mm, abs=1e-3)
