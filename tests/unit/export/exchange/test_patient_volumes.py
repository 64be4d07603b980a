"""slicer/*.seg.nrrd: other readers find the same names, labels, colours and places; ours gets every voxel."""

import dataclasses

import numpy as np
import pytest
import slicerio
from hypothesis import given
from hypothesis import strategies as st

from mouldgen.errors import InputError
from mouldgen.export.nrrd_volume import read_volume, write_volume
from mouldgen.export.patient_volumes import write_patient_volumes
from mouldgen.export.segment_volume import Segment, read_segment_volume, write_segment_volume
from mouldgen.export.slab_voxels import slab_volume
from mouldgen.images import LabelVolume
from mouldgen.io.segment_file import open_segment_file
from mouldgen.slicing import CutPlan, CutPlane, Slab
from mouldgen.testing.strategies import rigid_transforms, voxel_grids

NAMES = ("specimen", "habitats", "reserved", "slabs")


@pytest.fixture(scope="module")
def written(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slicer")
    write_patient_volumes(lab, folder)
    return folder


def volumes_of(lab):
    specimen = lab.specimen
    return {"specimen": specimen.tissue, "habitats": specimen.habitats.volume, "reserved": specimen.reserved}


def test_the_files_are_named_after_what_they_hold(written):
    assert {path.name for path in written.iterdir()} == {f"{name}.seg.nrrd" for name in NAMES}


@pytest.mark.parametrize("name", NAMES[:3])
def test_voxels_and_grid_come_back_exactly(written, lab, name):
    read, stored = read_segment_volume(written / f"{name}.seg.nrrd"), volumes_of(lab)[name]
    np.testing.assert_array_equal(read.voxels, stored.voxels)
    np.testing.assert_array_equal(read.grid.point_from_index, stored.grid.point_from_index)


@pytest.mark.parametrize("name", NAMES)
def test_slicerio_finds_the_place_and_the_segments(written, name):
    path = written / f"{name}.seg.nrrd"
    ours, theirs = read_segment_volume(path), slicerio.read_segmentation(str(path))
    np.testing.assert_allclose(theirs["ijkToLPS"], ours.grid.point_from_index, atol=1e-9)
    np.testing.assert_array_equal(theirs["voxels"], ours.voxels)
    assert theirs["masterRepresentation"] == "Binary labelmap"
    assert theirs["referenceImageExtentOffset"] == [0, 0, 0]
    assert {segment["labelValue"] for segment in theirs["segments"]} >= set(ours.labels())
    for segment in theirs["segments"]:
        assert segment["layer"] == 0
        assert segment["extent"][1::2] == [size - 1 for size in ours.grid.shape]


def test_habitats_keep_label_name_and_colour(written, lab):
    path = written / "habitats.seg.nrrd"
    segments = slicerio.read_segmentation(str(path))["segments"]
    ours = open_segment_file(path).structures
    for habitat, segment, structure in zip(lab.document.habitats, segments, ours, strict=True):
        assert (segment["labelValue"], structure.number) == (habitat.label, habitat.label)
        assert structure.name == habitat.name
        rgb = [int(habitat.color[n : n + 2], 16) for n in (1, 3, 5)]
        assert np.round(np.array(segment["color"]) * 255).tolist() == rgb


def test_coded_meanings_come_back(written, lab):
    path = written / "habitats.seg.nrrd"
    coded, uncoded = slicerio.read_segmentation(str(path))["segments"]
    assert coded["terminology"]["type"] == ["SCT", "4147007", "Mass, Left"]
    assert uncoded["terminology"]["type"] == ["SCT", "85756007", "Tissue"]
    assert open_segment_file(path).structures[0].terminology == lab.document.habitats[0].terminology


def test_our_own_reader_opens_every_file_without_a_finding(written):
    for name in NAMES:
        source = open_segment_file(written / f"{name}.seg.nrrd")
        assert not source.findings
        source.voxels_of([structure.number for structure in source.structures])


def test_slabs_are_the_tissue_between_their_faces(written, lab):
    slabs = read_segment_volume(written / "slabs.seg.nrrd")
    indices = np.stack(np.meshgrid(*map(np.arange, slabs.grid.shape), indexing="ij"), axis=-1)
    centers = slabs.grid.to_points(indices)
    x_mm = lab.frame.mould_from_patient.apply(centers)[..., 0]
    tissue = lab.specimen.tissue
    place = np.floor(tissue.grid.to_indices(centers) + 0.5).astype(int)
    expected = np.zeros(slabs.grid.shape, int)
    for slab in lab.plan.slabs:
        expected[(x_mm >= slab.x_lower_mm) & (x_mm < slab.x_upper_mm)] = slab.index
    expected[tissue.voxels[tuple(np.moveaxis(place, -1, 0))] == 0] = 0
    np.testing.assert_array_equal(slabs.voxels, expected)
    assert slabs.grid.spacing_mm.max() <= 1.06
    assert [item.name for item in open_segment_file(written / "slabs.seg.nrrd").structures] == [
        slab.id for slab in lab.plan.slabs
    ]


def test_slab_voxels_measure_what_the_document_says(written, lab):
    slabs = read_segment_volume(written / "slabs.seg.nrrd")
    for slab in lab.document.slabs:
        assert slabs.volume_mm3(slab.index) == pytest.approx(slab.tissue_volume_mm3, rel=0.02, abs=10)


@given(grid=voxel_grids(), frame=rigid_transforms(), pitch=st.floats(0.3, 8.0), kerf=st.floats(0.0, 0.2))
def test_every_voxel_lies_in_the_slab_of_its_centre_on_any_grid(grid, frame, pitch, kerf):
    tissue = LabelVolume(np.ones(grid.shape, np.uint16), grid)
    low, high = (float(ends[0]) for ends in tissue.extent_along(frame.rotation))
    shift = float(frame.translation_mm[0])
    cuts = np.arange(low + shift + pitch, high + shift, max(pitch, (high - low) / 20))
    faces = [low + shift, *np.repeat(cuts, 2) + np.tile([-kerf / 2, kerf / 2], len(cuts)), high + shift]
    slabs = tuple(Slab(n + 1, faces[2 * n], faces[2 * n + 1]) for n in range(len(cuts) + 1))
    plan = CutPlan(tuple(CutPlane(n + 1, x) for n, x in enumerate(cuts)), slabs, kerf)
    numbers = slab_volume(tissue, frame, plan)
    indices = np.argwhere(np.ones(numbers.grid.shape))
    x_mm = frame.apply(numbers.grid.to_points(indices))[:, 0]
    is_near = np.abs(x_mm[:, None] - np.array(faces)).min(axis=1) < 1e-9
    expected = sum(slab.index * ((x_mm >= slab.x_lower_mm) & (x_mm < slab.x_upper_mm)) for slab in slabs)
    assert ((numbers.voxels.ravel() == expected) | is_near).all()


@given(grid=voxel_grids(), seed=st.integers(0, 2**31), largest=st.sampled_from([1, 255, 256, 65535]))
def test_labels_on_any_grid_come_back_to_the_last_digit(tmp_path_factory, grid, seed, largest):
    voxels = np.random.default_rng(seed).integers(0, largest + 1, grid.shape).astype(np.uint16)
    path = tmp_path_factory.mktemp("volume") / "x.seg.nrrd"
    write_segment_volume(LabelVolume(voxels, grid), [Segment(1, "a", "A", "#ff0000")], path)
    read = read_segment_volume(path)
    np.testing.assert_array_equal(read.voxels, voxels)
    np.testing.assert_array_equal(read.grid.point_from_index, grid.point_from_index)


def test_the_same_case_gives_the_same_bytes(written, lab, tmp_path):
    write_patient_volumes(lab, tmp_path)
    for name in NAMES:
        path = f"{name}.seg.nrrd"
        assert (tmp_path / path).read_bytes() == (written / path).read_bytes()


def test_what_a_case_does_not_have_is_not_written(lab, tmp_path):
    specimen = dataclasses.replace(lab.specimen, habitats=None, reserved=None)
    write_patient_volumes(dataclasses.replace(lab, specimen=specimen), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"specimen.seg.nrrd", "slabs.seg.nrrd"}


def test_a_header_that_places_voxels_twice_is_refused(lab, tmp_path):
    grid = lab.specimen.tissue.grid
    write_volume(lab.specimen.tissue.voxels, grid, tmp_path / "x.nrrd", compressed=False)
    content = (tmp_path / "x.nrrd").read_bytes()
    origin = repr(float(grid.origin_mm[0])).encode()
    key = content.index(b"mouldgen_grid")
    moved = content[:key] + content[key:].replace(origin, b"9" + origin[1:], 1)
    (tmp_path / "x.nrrd").write_bytes(moved)
    with pytest.raises(InputError, match="two different places"):
        read_volume(tmp_path / "x.nrrd")


def test_what_holds_no_labels_is_refused(lab, tmp_path):
    voxels = lab.specimen.tissue.voxels.astype(np.float32)
    write_volume(voxels, lab.specimen.tissue.grid, tmp_path / "x.nrrd", compressed=False)
    with pytest.raises(InputError, match="expected labels"):
        read_segment_volume(tmp_path / "x.nrrd")
