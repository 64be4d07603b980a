"""Writing a case: the files of the contract, the same bytes every time, and no half of it on a full disk."""

import dataclasses
import errno
import json
import resource
import shutil
import subprocess

import pytest

from mouldgen.errors import OutputError
from mouldgen.export import case_writers
from mouldgen.export.case_check import check_case
from mouldgen.export.case_folder import fill_case, write_case
from mouldgen.export.case_writers import (
    BACKGROUND_WRITERS,
    LABORATORY_PICTURE_WRITERS,
    LABORATORY_WRITERS,
)
from mouldgen.params import read_parameters, resolve_parameters
from mouldgen.pipeline import design_mould

FILES = {
    "manifest.json",
    "parameters.toml",
    "mould/base.stl",
    "mould/specimen.stl",
    "mould/mould.3mf",
    "sampling_map.json",
    "sampling_map.csv",
    "sites.csv",
    "slicer/specimen.seg.nrrd",
    "slicer/habitats.seg.nrrd",
    "slicer/slabs.seg.nrrd",
    "slicer/sites.mrk.json",
    "slicer/cut_planes.mrk.json",
    "maps/habitats.nrrd",
    "maps/t2.nrrd",
    "maps/pet_suv.nrrd",
    "mould_from_patient.tfm",
}


def without_seconds(files):
    manifest = json.loads(files["manifest.json"])
    del manifest["seconds"]
    return {**files, "manifest.json": manifest}


def test_the_files_of_the_contract_are_written(pristine_case, contents):
    assert contents(pristine_case).keys() == FILES


def test_the_same_design_gives_the_same_bytes(design, pristine_case, contents, tmp_path):
    write_case(design, tmp_path / "again", pictures=False)
    assert without_seconds(contents(tmp_path / "again")) == without_seconds(contents(pristine_case))


def test_the_stored_parameters_give_the_same_bytes_again(design, pristine_case, contents, tmp_path):
    parameters = resolve_parameters(config=read_parameters(pristine_case / "parameters.toml"))
    write_case(design_mould(design.specimen, parameters), tmp_path / "again", pictures=False)
    assert without_seconds(contents(tmp_path / "again")) == without_seconds(contents(pristine_case))


def test_pictures_are_part_of_the_case_and_of_its_bytes(design, contents, tmp_path):
    results = [write_case(design, tmp_path / name) for name in ("one", "two")]
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert without_seconds(one) == without_seconds(two)
    missing = {"mould/overview.png"} if results[0].findings else set()  # no OpenGL here
    slabs = {f"slabs/{slab.id}.{kind}" for slab in design.plan.slabs for kind in ("png", "geojson", "xml")}
    papers = {"mould/overview.png", "sampling_sheet.pdf", "report.html"}
    assert one.keys() == (FILES | slabs | papers) - missing
    assert check_case(tmp_path / "one") == ()


def test_no_file_tells_where_it_was_written(design, contents, tmp_path):
    (tmp_path / "JOHN_DOE").mkdir()
    write_case(design, tmp_path / "JOHN_DOE" / "1958-03-02", pictures=False)
    for name, content in contents(tmp_path).items():
        assert b"JOHN_DOE" not in content, name
        assert b"1958-03-02" not in content, name


def test_stages_are_told_and_timed(design, tmp_path):
    told = []
    result = write_case(
        design, tmp_path / "case", pictures=False, on_stage=told.append, seconds={"reading": 0.5}
    )
    assert told[0] == "bodies"
    assert set(told) < result.seconds.keys()
    assert result.seconds["reading"] == 0.5
    stored = json.loads((tmp_path / "case" / "manifest.json").read_text())["seconds"]
    assert stored == {stage: round(value, 3) for stage, value in result.seconds.items()}


def test_a_specimen_without_habitats_and_images_is_a_case_too(design, tmp_path):
    specimen = dataclasses.replace(design.specimen, habitats=None, images=())
    write_case(design_mould(specimen, design.parameters), tmp_path / "case", pictures=False)
    assert check_case(tmp_path / "case") == ()
    assert (tmp_path / "case" / "maps" / "habitats.nrrd").is_file()


def test_a_case_whose_tissue_changed_its_size_holds_together(scaled_design, tmp_path):
    write_case(scaled_design, tmp_path / "case", pictures=False)
    assert check_case(tmp_path / "case") == ()


def test_filling_names_the_reason_and_the_remedy(design, tmp_path, monkeypatch):
    def full_disk(_path, _text):
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/path")

    monkeypatch.setattr(case_writers, "write_text", full_disk)
    with pytest.raises(OutputError) as caught:
        fill_case(design, tmp_path, pictures=False)
    assert "No space left on device" in str(caught.value)
    assert "free some disk space" in str(caught.value)
    assert "/secret/path" not in str(caught.value)


@pytest.mark.parametrize("largest", [100, 5_000, 20_000, 100_000])
def test_a_file_that_cannot_grow_leaves_the_older_case(design, case, contents, tmp_path, largest):
    before = contents(case)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        with pytest.raises(OutputError, match="cannot write"):
            write_case(design, case, overwrite=True, pictures=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(case) == before
    assert [path.name for path in tmp_path.iterdir()] == ["case-01"]


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of some bytes; needs root."""
    mounted = []

    def mount(size_bytes):
        folder = tmp_path / "disk"
        folder.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(["mount", *options], check=False).returncode:
            pytest.skip("no right to mount a small disk")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.95])
def test_a_full_disk_leaves_the_older_case(design, pristine_case, contents, small_disk, share):
    before = contents(pristine_case)
    size_bytes = sum(-(-len(content) // 4096) * 4096 for content in before.values())
    disk = small_disk(int(size_bytes * (1 + share)))
    shutil.copytree(pristine_case, disk / "case-01")
    with pytest.raises(OutputError, match=r"No space left on device; free some disk space"):
        write_case(design, disk / "case-01", overwrite=True, pictures=False)
    assert contents(disk / "case-01") == before
    assert [path.name for path in disk.iterdir()] == ["case-01"]


def test_no_stage_of_writing_has_the_name_of_a_stage_of_the_design(design):
    designing = []
    design_mould(design.specimen, design.parameters, on_stage=designing.append)
    writing = {
        "bodies",
        "map document",
        "overview",
        *BACKGROUND_WRITERS,
        *LABORATORY_WRITERS,
        *LABORATORY_PICTURE_WRITERS,
    }
    assert not writing & {"reading", *designing}
