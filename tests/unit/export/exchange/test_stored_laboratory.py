"""A case folder gives back what its files were made from; what is older or damaged is refused."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from mouldgen.errors import InputError
from mouldgen.export.case_folder import StageClock, make_folders, write_laboratory
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.mould_volumes import write_mould_volumes
from mouldgen.export.patient_volumes import write_patient_volumes
from mouldgen.export.stored_laboratory import read_laboratory_case
from mouldgen.sampling.site_plan import SiteOrigin


@pytest.fixture(scope="module")
def read(planned_case):
    return read_laboratory_case(planned_case)


@pytest.fixture
def case(planned_case, tmp_path):
    return shutil.copytree(planned_case, tmp_path / "case-01")


def same_volume(one, other):
    np.testing.assert_array_equal(one.voxels, other.voxels)
    assert one.grid.shape == other.grid.shape
    np.testing.assert_array_equal(one.grid.point_from_index, other.grid.point_from_index)


def test_document_and_parameters_come_back(read, lab):
    assert read.document == lab.document
    assert read.parameters == lab.parameters


def test_voxels_and_lattice_come_back_exactly(read, lab):
    same_volume(read.specimen.tissue, lab.specimen.tissue)
    same_volume(read.specimen.habitats.volume, lab.specimen.habitats.volume)
    same_volume(read.specimen.reserved, lab.specimen.reserved)
    np.testing.assert_array_equal(read.lattice.point_from_index, lab.lattice.point_from_index)


def test_images_come_back_as_maps_stores_them(read, lab, planned_design):
    assert [image.name for image in read.images_mould] == ["t2", "pet suv"]
    for one, other, made in zip(
        read.images_mould, lab.images_mould, planned_design.images_mould, strict=True
    ):
        same_volume(one, other)
        np.testing.assert_array_equal(one.slices.step_mm, other.slices.step_mm)
        assert np.abs(one.voxels - made.voxels).max() <= 0.5


def test_everything_else_of_the_specimen_comes_back(read, lab):
    assert read.specimen.habitats.habitats == lab.specimen.habitats.habitats
    for name in ("segmented_mm3", "structures", "sources", "findings", "images"):
        assert getattr(read.specimen, name) == getattr(lab.specimen, name)
    np.testing.assert_array_equal(read.specimen.slices.step_mm, lab.specimen.slices.step_mm)


def test_the_frame_comes_back_with_the_base_angle_that_was_searched(read, lab, planned_design):
    np.testing.assert_array_equal(read.frame.mould_from_patient.matrix, lab.frame.mould_from_patient.matrix)
    assert read.frame.base_deg == lab.frame.base_deg
    assert read.frame.base_deg == pytest.approx(planned_design.frame.base_deg, abs=1e-6)


def test_sites_that_a_user_gave_are_still_given(read):
    given = [site for site in read.document.sites if site.origin is SiteOrigin.GIVEN]
    assert given
    assert [site.name for site in read.specimen.given_sites] == [site.id for site in given]
    assert [site.position.tolist() for site in read.specimen.given_sites] == [
        list(site.lps_mm) for site in given
    ]


def test_every_file_of_the_laboratory_made_from_it_is_the_same_to_the_byte(
    read, lab, planned_case, tmp_path, contents
):
    """Also where it is made in another place."""
    written = []
    for name, case in (("of_design", lab), ("of_folder", read)):
        folder = tmp_path / name
        folder.mkdir()
        make_folders(folder, pictures=True)
        shutil.copytree(planned_case / "mould", folder / "mould", dirs_exist_ok=True)
        write_laboratory(case, folder, pictures=True, clock=StageClock(None, None))
        written.append(contents(folder))
    of_design, of_folder = written
    assert of_design.keys() == of_folder.keys()
    assert {"sites.csv", "slabs/S01.png", "slabs/S01.geojson", "slicer/slabs.seg.nrrd"} <= of_folder.keys()
    assert [name for name in of_design if of_design[name] != of_folder[name]] == []


def test_a_case_without_habitats_images_and_reserved_tissue_comes_back(design, tmp_path):
    bare = dataclasses.replace(
        design,
        specimen=dataclasses.replace(design.specimen, habitats=None, images=()),
        images_mould=(),
        sampling=dataclasses.replace(
            design.sampling,
            slabs=tuple(
                dataclasses.replace(slab, habitat_mm3={}, nearest_slices=slab.nearest_slices[:1])
                for slab in design.sampling.slabs
            ),
        ),
    )
    lab = LaboratoryCase.of_design(bare)
    for name in ("slicer", "maps"):
        (tmp_path / name).mkdir()
    write_patient_volumes(lab, tmp_path / "slicer")
    write_mould_volumes(bare, tmp_path / "maps")
    (tmp_path / "sampling_map.json").write_text(lab.document.to_text())
    (tmp_path / "parameters.toml").write_text("case = 'case-01'")
    read = read_laboratory_case(tmp_path)
    assert read.specimen.habitats is None
    assert read.specimen.reserved is None
    assert read.images_mould == ()


def set_version(version):
    def damage(case):
        path = case / "sampling_map.json"
        document = json.loads(path.read_text())
        document["schema_version"] = version
        path.write_text(json.dumps(document))

    return damage


def mirror(case):
    path = case / "sampling_map.json"
    document = json.loads(path.read_text())
    document["frame"]["mould_from_patient"] = np.diag([-1, 1, 1, 1]).tolist()
    path.write_text(json.dumps(document))


def remove(name):
    return lambda case: (case / name).unlink()


def overwrite(name, text):
    return lambda case: (case / name).write_text(text)


def copy_over(source, target):
    return lambda case: shutil.copy(case / source, case / target)


DAMAGES = {
    "older": (set_version("1.1"), "an older mouldgen .* run 'mouldgen make' again"),
    "newer": (set_version("1.10"), "a newer mouldgen"),
    "no version": (set_version("?"), "no version"),
    "no map": (remove("sampling_map.json"), "not a case folder"),
    "no JSON": (overwrite("sampling_map.json", "{"), "no JSON"),
    "a list": (overwrite("sampling_map.json", "[]"), "no version"),
    "schema": (overwrite("sampling_map.json", '{"schema_version": "1.4"}'), "follow its schema at case_id"),
    "mirrored": (mirror, "not rigid"),
    "no tissue": (remove("slicer/specimen.seg.nrrd"), "specimen.seg.nrrd is missing.*older"),
    "no habitats": (remove("slicer/habitats.seg.nrrd"), "habitats.seg.nrrd is missing"),
    "no lattice": (remove("maps/habitats.nrrd"), "maps/habitats.nrrd is missing"),
    "no image": (remove("maps/t2.nrrd"), "t2.nrrd is missing"),
    "tissue": (overwrite("slicer/specimen.seg.nrrd", "NRRD0004\n"), "specimen.seg.nrrd is not a readable"),
    "other labels": (copy_over("slicer/slabs.seg.nrrd", "slicer/habitats.seg.nrrd"), "differ in the labels"),
    "parameters": (overwrite("parameters.toml", "wall = 3"), "parameters.toml of the case cannot be used"),
    "no parameters": (remove("parameters.toml"), "parameters.toml of the case cannot be used"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_cannot_be_read_is_refused_with_a_reason(case, damage, reason):
    damage(case)
    with pytest.raises(InputError, match=reason):
        read_laboratory_case(case)
