"""A body without symmetry gives one mould and one map however it is stored, and none is mirrored."""

import numpy as np
import pytest
import SimpleITK as sitk
import trimesh

from mouldgen import DesignParameters, design_mould, read_specimen
from mouldgen.frames import Rigid
from mouldgen.images import SliceStack
from mouldgen.specimen import Specimen
from mouldgen.testing.measures import ring_area_mm2, surface_distance_mm
from mouldgen.testing.phantoms import chiral_specimen, rotation_about
from mouldgen.testing.storage import ALL_AXIS_ORDERS, write_specimen

OBLIQUE = rotation_about([1, 2, 3], 17)
LANDMARKS = ((12.0, -30.0, 40.0), (20.0, -24.0, 52.0), (12.0, 10.0, 45.0))
SURFACE_MM = 0.05


def parameters(**orientation):
    chosen = orientation or {"normal_lps": (0.5, 0.3, 0.8), "base": "posterior"}
    return DesignParameters(
        case="chiral",
        orientation=chosen,
        cuts={"slab_mm": 8.0},
        surface={"grid_mm": 1.0, "tolerance_mm": 0.0},
    )


def read_back(specimen, folder, axes, suffix=".nrrd"):
    stored = write_specimen(specimen, folder, axes, suffix=suffix)
    return read_specimen(stored.segmentation, parameters(), habitats=stored.habitats)


def part(design, name):
    return next(p.mesh for p in design.mould.parts if p.name == name)


def assert_same_surface(one, other):
    """Return at once where vertices agree one by one; otherwise measure both ways."""
    if one.faces.shape == other.faces.shape and np.array_equal(one.faces, other.faces):
        assert np.abs(one.vertices_mould - other.vertices_mould).max() < SURFACE_MM
    else:
        assert surface_distance_mm(one, other) < SURFACE_MM


def assert_same_map(one, other, *, rel):
    assert len(one.sampling.slabs) == len(other.sampling.slabs)
    for mine, theirs in zip(one.sampling.slabs, other.sampling.slabs, strict=True):
        assert mine.slab.x_lower_mm == pytest.approx(theirs.slab.x_lower_mm, abs=1e-3)
        assert mine.slab.x_upper_mm == pytest.approx(theirs.slab.x_upper_mm, abs=1e-3)
        assert mine.tissue_mm3 == pytest.approx(theirs.tissue_mm3, rel=rel)
        assert dict(mine.habitat_mm3) == pytest.approx(dict(theirs.habitat_mm3), rel=rel, abs=0.5)
        for face in ("lower", "mid", "upper"):
            assert_same_rings(getattr(mine.outlines, face), getattr(theirs.outlines, face))


def assert_same_rings(one, other):
    assert len(one) == len(other)
    assert ring_area_mm2(one) == pytest.approx(ring_area_mm2(other), rel=1e-3, abs=0.5)
    for mine, theirs in zip(one, other, strict=True):
        apart = np.linalg.norm(mine[:, None] - theirs[None], axis=-1)
        assert max(apart.min(axis=0).max(), apart.min(axis=1).max()) < SURFACE_MM


def turned(specimen: Specimen, transform: Rigid) -> Specimen:
    """Return the same voxels in a patient who lies differently."""
    volumes = specimen.tissue, specimen.habitats.volume
    tissue, habitats = (type(v)(v.voxels, v.grid.moved(transform)) for v in volumes)
    slices = SliceStack.along_axis(tissue.grid, 2)
    labelled = type(specimen.habitats)(habitats, specimen.habitats.habitats)
    return Specimen(tissue, slices, specimen.segmented_mm3, labelled)


@pytest.fixture(scope="module")
def aligned():
    return design_mould(chiral_specimen(), parameters())


@pytest.fixture(scope="module")
def oblique():
    return design_mould(chiral_specimen(directions=OBLIQUE), parameters())


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS, ids=str)
def test_every_way_of_storing_gives_the_same_mould_and_map(tmp_path, aligned, axes):
    design = design_mould(read_back(chiral_specimen(), tmp_path, axes), parameters())
    assert design.mould.marks == aligned.mould.marks
    assert design.design_hash == aligned.design_hash
    assert_same_surface(part(design, "specimen"), part(aligned, "specimen"))
    assert_same_surface(design.mould.base.mesh, aligned.mould.base.mesh)
    assert_same_map(design, aligned, rel=1e-6)


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[::5], ids=str)
def test_every_way_of_storing_an_oblique_grid_gives_the_same_mould_and_map(tmp_path, oblique, axes):
    specimen = chiral_specimen(directions=OBLIQUE)
    design = design_mould(read_back(specimen, tmp_path, axes), parameters())
    assert_same_surface(part(design, "specimen"), part(oblique, "specimen"))
    assert_same_surface(design.mould.base.mesh, oblique.mould.base.mesh)
    assert_same_map(design, oblique, rel=1e-6)


@pytest.mark.parametrize("axes", ALL_AXIS_ORDERS[3::12], ids=str)
def test_nifti_whose_world_is_ras_gives_the_same_specimen_and_map(tmp_path, oblique, axes):
    specimen = chiral_specimen(directions=OBLIQUE)
    design = design_mould(read_back(specimen, tmp_path, axes, ".nii.gz"), parameters())
    assert_same_surface(part(design, "specimen"), part(oblique, "specimen"))
    assert_same_map(design, oblique, rel=1e-4)


def test_nrrd_whose_space_is_ras_gives_the_same_specimen_and_map(tmp_path, oblique):
    specimen = chiral_specimen(directions=OBLIQUE)
    stored = write_specimen(specimen, tmp_path)
    for path in (stored.segmentation, stored.habitats):
        rewrite_in_ras(path)
    read = read_specimen(stored.segmentation, parameters(), habitats=stored.habitats)
    design = design_mould(read, parameters())
    assert_same_surface(part(design, "specimen"), part(oblique, "specimen"))
    assert_same_map(design, oblique, rel=1e-6)


def rewrite_in_ras(path):
    """Replace a NRRD file by one of the same voxels whose header counts in RAS."""
    image = sitk.ReadImage(str(path))
    ras = np.diag([-1.0, -1.0, 1.0])
    axes = ras @ (np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing()))
    origin = ras @ np.array(image.GetOrigin())
    triple = "({:.17g},{:.17g},{:.17g})".format
    header = [
        "NRRD0004",
        "type: uint16",
        "dimension: 3",
        "space: right-anterior-superior",
        "sizes: " + " ".join(str(n) for n in image.GetSize()),
        "space directions: " + " ".join(triple(*axis) for axis in axes.T),
        "kinds: domain domain domain",
        "endian: little",
        "encoding: raw",
        "space origin: " + triple(*origin),
    ]
    voxels = sitk.GetArrayFromImage(image).astype("<u2").tobytes()
    path.write_bytes("\n".join(header).encode() + b"\n\n" + voxels)


def test_a_patient_who_lies_differently_gives_the_same_specimen_and_map():
    transform = Rigid.from_parts(rotation_about([2, -1, 1], 38), [30, -12, 7])
    specimen = chiral_specimen()
    here = design_mould(specimen, parameters(landmarks_lps=LANDMARKS))
    moved = tuple(tuple(point) for point in transform.apply(LANDMARKS))
    there = design_mould(turned(specimen, transform), parameters(landmarks_lps=moved))
    assert_same_surface(part(here, "specimen"), part(there, "specimen"))
    assert_same_map(here, there, rel=1e-6)


@pytest.mark.parametrize("which", ["aligned", "oblique"])
def test_the_replica_is_the_specimen_and_not_its_mirror_image(request, which):
    design = request.getfixturevalue(which)
    replica = part(design, "specimen")
    solid = trimesh.Trimesh(replica.vertices_mould, replica.faces, process=False)
    tissue = design.specimen.tissue
    centers = design.frame.mould_from_patient.apply(tissue.grid.to_points(np.argwhere(tissue.voxels)))
    assert solid.contains(centers).mean() > 0.98
    for axis in range(3):
        mirrored = centers.copy()
        mirrored[:, axis] = 2 * centers[:, axis].mean() - mirrored[:, axis]
        assert solid.contains(mirrored).mean() < 0.93


@pytest.mark.parametrize("which", ["aligned", "oblique"])
def test_habitats_in_the_mould_frame_lie_where_they_are_in_the_patient(request, which):
    design = request.getfixturevalue(which)
    original, resampled = design.specimen.habitats.volume, design.habitats_mould
    for habitat in design.specimen.habitats.habitats:
        there = original.grid.to_points(np.argwhere(original.voxels == habitat.label)).mean(axis=0)
        here = resampled.grid.to_points(np.argwhere(resampled.voxels == habitat.label)).mean(axis=0)
        np.testing.assert_allclose(design.frame.mould_from_patient.apply(there), here, atol=0.15)


@pytest.mark.parametrize("which", ["aligned", "oblique"])
def test_x_runs_along_the_normal_that_was_asked_for_and_insertion_is_perpendicular(request, which):
    frame = request.getfixturevalue(which).frame
    wanted = np.array([0.5, 0.3, 0.8]) / np.linalg.norm([0.5, 0.3, 0.8])
    np.testing.assert_allclose(frame.cut_normal_lps, wanted, atol=1e-9)
    assert abs(frame.insertion_lps @ frame.cut_normal_lps) < 1e-9
    assert frame.insertion_lps[1] > 0.5, "the specimen goes in towards its posterior side"
    assert np.linalg.det(frame.mould_from_patient.rotation) == pytest.approx(1.0, abs=1e-12)
