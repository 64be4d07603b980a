"""Computed habitats appear whole or not at all, and replace only what mouldgen wrote."""

from __future__ import annotations

import json

import pytest

from mouldgen.errors import OutputError, ParameterError
from mouldgen.export.habitats.placing import HabitatPlaces, reserve_habitats

OURS = json.dumps({"program": "mouldgen", "habitats": []})


def fill(places, text="new"):
    places.label_map.write_text(text)
    places.document.write_text(OURS)
    places.table.write_text(text)
    (places.folder / "slices.png").write_text(text)


def write(target, text="new", **options):
    with reserve_habitats(target, **options) as places:
        fill(places, text)


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


WHOLE = ["habitats", "habitats.csv", "habitats.json", "habitats.nrrd", "habitats/slices.png"]


def test_all_files_appear_under_their_names_and_nothing_else(tmp_path):
    write(tmp_path / "habitats.nrrd")
    assert names(tmp_path) == WHOLE


def test_a_run_that_fails_leaves_nothing(tmp_path):
    def fail():
        with reserve_habitats(tmp_path / "habitats.nrrd") as places:
            fill(places)
            message = "no more"
            raise RuntimeError(message)

    with pytest.raises(RuntimeError, match="no more"):
        fail()
    assert names(tmp_path) == []


def test_a_run_that_fails_leaves_an_older_result_as_it_was(tmp_path):
    write(tmp_path / "habitats.nrrd", "old")

    def fail():
        with reserve_habitats(tmp_path / "habitats.nrrd", overwrite=True) as places:
            fill(places)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(tmp_path) == WHOLE
    assert (tmp_path / "habitats.nrrd").read_text() == "old"


def test_an_older_result_is_replaced_only_when_asked(tmp_path):
    write(tmp_path / "habitats.nrrd", "old")
    (tmp_path / "habitats" / "left over.png").write_text("old")
    with pytest.raises(OutputError, match="--overwrite"):
        write(tmp_path / "habitats.nrrd")
    write(tmp_path / "habitats.nrrd", overwrite=True)
    assert names(tmp_path) == WHOLE
    assert (tmp_path / "habitats" / "slices.png").read_text() == "new"


@pytest.mark.parametrize("taken", ["habitats.nrrd", "habitats.json", "habitats.csv"])
def test_what_others_wrote_is_never_replaced(tmp_path, taken):
    (tmp_path / taken).write_text("{}")
    with pytest.raises(OutputError, match="mouldgen did not write it"):
        write(tmp_path / "habitats.nrrd", overwrite=True)
    assert (tmp_path / taken).read_text() == "{}"


def test_a_folder_of_others_is_never_replaced(tmp_path):
    (tmp_path / "habitats").mkdir()
    (tmp_path / "habitats" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="mouldgen did not write it"):
        write(tmp_path / "habitats.nrrd", overwrite=True)
    assert (tmp_path / "habitats" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["habitats", "habitats.nii.gz", ".nrrd", "habitats.seg.nrrd"])
def test_a_name_that_is_no_label_map_is_refused(tmp_path, name):
    with pytest.raises(ParameterError, match=r"habitats\.nrrd"):
        HabitatPlaces.named(tmp_path / name)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        write(tmp_path / "nowhere" / "habitats.nrrd")
