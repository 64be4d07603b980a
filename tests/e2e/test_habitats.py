"""``mouldgen habitats`` and ``make --habitats auto``: what they write, and what they refuse."""

import csv
import json
import os
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image as Picture
from sklearn.metrics import adjusted_rand_score

from mouldgen.export.nrrd_volume import write_volume
from mouldgen.testing.habitat_phantoms import habitat_phantom

QUICK = ("--set", "trust.repeats=1", "--set", "clusters.starts=4")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Return the files of a tumour with three known habitats and two images."""
    folder, phantom = tmp_path_factory.mktemp("phantom"), habitat_phantom(3)
    write_volume(phantom.tissue.voxels, phantom.tissue.grid, folder / "tumour.nrrd", compressed=True)
    for image in phantom.images:
        write_volume(image.voxels, image.grid, folder / f"{image.name}.nrrd", compressed=True)
    names = [image.name for image in phantom.images]
    images = [part for name in names for part in ("--image", f"{name}={folder / name}.nrrd")]
    return SimpleNamespace(
        folder=folder, tumour=folder / "tumour.nrrd", images=images, names=names, truth=phantom.truth
    )


@pytest.fixture(scope="module")
def made(program, stored, tmp_path_factory):
    """Return the folder that ``mouldgen habitats`` wrote into, and what it printed."""
    folder = tmp_path_factory.mktemp("habitats")
    done = program("habitats", stored.tumour, *stored.images, *QUICK, "--json", "-o", folder / "h.nrrd")
    assert (done.stderr, done.returncode) == ("", 0)
    return SimpleNamespace(folder=folder, printed=json.loads(done.stdout))


@pytest.fixture(scope="module")
def case(program, stored, fast, tmp_path_factory):
    """Return a case folder with habitats from its images."""
    folder = tmp_path_factory.mktemp("auto") / "case"
    options = (*stored.images, *QUICK, *fast, "--case=P1", "--slab=7", "--name", "1=dark")
    done = program("make", stored.tumour, "--habitats=auto", *options, "-o", folder)
    assert (done.stderr, done.returncode) == ("", 0)
    return folder


def table_of(made):
    return list(csv.DictReader((made.folder / "h.csv").read_text(encoding="utf-8").splitlines()))


def voxels(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))).T


def test_every_file_is_there_and_says_the_same(made, stored):
    document = json.loads((made.folder / "h.json").read_text())
    labels, certainty = voxels(made.folder / "h.nrrd"), voxels(made.folder / "h" / "certainty.nrrd")
    rows = table_of(made)
    volume_mm3 = np.prod(document["grid"]["spacing_mm"])
    assert len(rows) == len(document["habitats"]) * len(stored.names)
    for habitat, printed in zip(document["habitats"], made.printed["habitats"], strict=True):
        here = labels == habitat["label"]
        assert habitat["volume_mm3"] == pytest.approx(here.sum() * volume_mm3, rel=1e-6)
        assert printed["name"] == habitat["name"]
        assert {row["habitat_name"] for row in rows if row["habitat_label"] == str(habitat["label"])} == {
            habitat["name"]
        }
    assert certainty.min() >= 0
    assert certainty.max() <= 1
    assert document["parameters"]["clusters"]["seed"] == 1
    assert {entry["role"] for entry in document["inputs"]} == {
        "segmentation",
        *(f"image:{name}" for name in stored.names),
    }


def test_means_in_the_table_are_those_of_the_maps_that_are_written(made):
    labels = voxels(made.folder / "h.nrrd")
    whole = voxels(made.folder / "h" / "certainty.nrrd").shape
    for row in table_of(made):
        feature = sitk.ReadImage(str(made.folder / "h" / "features" / f"{row['feature']}.nrrd"))
        assert feature.GetSize() == whole
        on_labels = sitk.Resample(
            sitk.ReadImage(str(made.folder / "h.nrrd")), feature, sitk.Transform(), sitk.sitkNearestNeighbor
        )
        here = sitk.GetArrayFromImage(on_labels) == int(row["habitat_label"])
        assert here.sum() == (labels == int(row["habitat_label"])).sum()
        values = sitk.GetArrayFromImage(feature)[here]
        assert float(row["mean"]) == pytest.approx(values.mean(dtype=np.float64), rel=1e-4)
        assert float(row["median"]) == pytest.approx(np.median(values), rel=1e-3)


def test_pictures_hold_every_habitat_in_its_colour(made):
    document = json.loads((made.folder / "h.json").read_text())
    for name in ("slices", "scatter", "distributions"):
        picture = (
            np.asarray(Picture.open(made.folder / "h" / f"{name}.png").convert("RGB"))
            .reshape(-1, 3)
            .astype(int)
        )
        for habitat in document["habitats"]:
            color = np.array([int(habitat["color"][n : n + 2], 16) for n in (1, 3, 5)])
            assert (np.abs(picture - color).max(axis=1) < 40).sum() > 50, (name, habitat["name"])


def test_the_label_map_brings_names_and_stability_into_a_mould(program, made, stored, fast, tmp_path):
    files = ("--habitats", made.folder / "h.nrrd", "--certainty", made.folder / "h" / "certainty.nrrd")
    done = program("make", stored.tumour, *files, *fast, "-o", tmp_path / "case")
    assert done.returncode == 0, done.stderr
    mapped = json.loads((tmp_path / "case" / "sampling_map.json").read_text())["habitats"]
    document = json.loads((made.folder / "h.json").read_text())["habitats"]
    for one, other in zip(mapped, document, strict=True):
        assert (one["label"], one["name"], one["color"]) == (other["label"], other["name"], other["color"])
        assert one["stability"] == pytest.approx(other["stability"], abs=1e-3)
        assert one["mean_certainty"] == pytest.approx(other["mean_certainty"], abs=1e-3)


def test_make_auto_finds_the_known_habitats_and_keeps_how(case, stored):
    document = json.loads((case / "sampling_map.json").read_text())
    assert document["habitats"][0]["name"] == "dark"
    labels = sitk.ReadImage(str(case / "slicer" / "habitats.seg.nrrd"))
    truth = sitk.GetImageFromArray(stored.truth.voxels.T)
    truth.SetSpacing(stored.truth.grid.spacing_mm.tolist())
    truth.SetOrigin(stored.truth.grid.origin_mm.tolist())
    truth.SetDirection(stored.truth.grid.directions.ravel().tolist())
    known = sitk.GetArrayFromImage(sitk.Resample(truth, labels, sitk.Transform(), sitk.sitkNearestNeighbor))
    found = sitk.GetArrayFromImage(labels)
    both = (known > 0) & (found > 0)
    assert adjusted_rand_score(known[both], found[both]) > 0.95
    for name in ("habitats.json", "habitats.csv", "certainty.nrrd", "model.json"):
        assert (case / "habitats" / name).is_file()


def test_a_case_with_computed_habitats_is_whole_and_can_be_planned_anew(program, case, tmp_path):
    assert program("check", case).returncode == 0
    done = program("sites", case, "--punch=3", "--no-pictures", "-o", tmp_path / "later")
    assert done.returncode == 0, done.stderr
    for name in ("habitats.json", "model.json", "certainty.nrrd"):
        assert (tmp_path / "later" / "habitats" / name).read_bytes() == (
            case / "habitats" / name
        ).read_bytes()
    assert program("check", tmp_path / "later").returncode == 0


def test_the_same_again_gives_the_same_bytes_on_one_thread_too(program, made, stored, tmp_path):
    one_thread = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1",
    }
    done = program(
        "habitats", stored.tumour, *stored.images, *QUICK, "-q", "-o", tmp_path / "h.nrrd", env=one_thread
    )
    assert (done.stderr, done.returncode) == ("", 0)
    for path in made.folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(made.folder)).read_bytes() == path.read_bytes(), path.name


def test_a_model_of_one_run_labels_another_alike(program, made, stored, tmp_path):
    model = made.folder / "h" / "model.json"
    done = program(
        "habitats",
        stored.tumour,
        *stored.images,
        *QUICK,
        "-q",
        "--model",
        model,
        "-o",
        tmp_path / "again.nrrd",
    )
    assert (done.stderr, done.returncode) == ("", 0)
    np.testing.assert_array_equal(voxels(tmp_path / "again.nrrd"), voxels(made.folder / "h.nrrd"))
    inputs = json.loads((tmp_path / "again.json").read_text())["inputs"]
    assert inputs[-1]["role"] == "model"


def test_a_model_of_other_images_is_refused(program, made, stored, tmp_path):
    model = made.folder / "h" / "model.json"
    done = program("habitats", stored.tumour, *stored.images[:2], "--model", model, "-o", tmp_path / "h.nrrd")
    assert done.returncode == 4
    assert stored.names[1] in done.stderr
    assert not list(tmp_path.iterdir())


REFUSED = {
    "no image": ((), 3, "--image"),
    "one habitat": (("--count", "1"), 4, "from 2 to 10"),
    "an image that is not there": (("--modality", "nothing=ct"), 4, "nothing"),
    "an unknown map": (("--features", "shine"), 4, "features.maps"),
    "a model that is not there": (("--model", "absent.json"), 3, "absent.json"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_computed_is_refused_with_a_reason(program, stored, tmp_path, what):
    options, code, word = REFUSED[what]
    images = stored.images if options else ()
    done = program("habitats", stored.tumour, *images, *options, "-o", tmp_path / "h.nrrd")
    assert done.returncode == code, done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_options_of_images_without_auto_are_refused(program, stored, tmp_path):
    done = program("make", stored.tumour, *stored.images, "--count", "3", "-o", tmp_path / "case")
    assert done.returncode == 4
    assert "--habitats auto" in done.stderr


def messages_of(document):
    return [finding["message"] for finding in document["findings"]]


EFFECTS = {
    "--features": (
        ("intensity,mean",),
        lambda run: len(run.document["habitats"][0]["features"]),
        2,
        4,
    ),
    "--modality": (("t1=map",), lambda run: run.document["images"][0]["modality"], "mr", "map"),
    "--register": (
        ("t1",),
        lambda run: any("image adc" in text and " t1" in text for text in messages_of(run.document)),
        False,
        True,
    ),
    "--count": (("2",), lambda run: len(run.document["habitats"]), 3, 2),
    "--min-region": (("12000",), lambda run: len(run.document["habitats"]) < 3, False, True),
    "--grid": (("2",), lambda run: run.document["grid"]["spacing_mm"][0], 1.0, 2.0),
}


@pytest.mark.parametrize("option", EFFECTS)
def test_an_option_takes_effect(program, made, stored, tmp_path, option):
    values, measured, without, with_it = EFFECTS[option]
    quick = ("--set=trust.repeats=0", "--set=clusters.starts=4", "--no-pictures", "-q")
    done = program(
        "habitats", stored.tumour, *stored.images, *quick, option, *values, "-o", tmp_path / "h.nrrd"
    )
    assert (done.stderr, done.returncode) == ("", 0)
    run = SimpleNamespace(document=json.loads((tmp_path / "h.json").read_text()))
    plain = SimpleNamespace(document=json.loads((made.folder / "h.json").read_text()))
    assert (measured(plain), measured(run)) == (without, with_it)


@pytest.fixture(scope="module")
def cohort(stored, tmp_path_factory):
    """Return the table of two patients: the stored one, and another of the same habitats in other noise."""
    folder, other = tmp_path_factory.mktemp("cohort"), habitat_phantom(3, seed=5, size=0.8)
    write_volume(other.tissue.voxels, other.tissue.grid, folder / "b.nrrd", compressed=True)
    for image in other.images:
        write_volume(image.voxels, image.grid, folder / f"b-{image.name}.nrrd", compressed=True)
    rows = [
        ",".join(["case", "segmentation", *stored.names]),
        ",".join(["A", str(stored.tumour), *(f"{stored.folder / name}.nrrd" for name in stored.names)]),
        ",".join(["B", "b.nrrd", *(f"b-{name}.nrrd" for name in stored.names)]),
    ]
    (folder / "cohort.csv").write_text("\n".join(rows) + "\n")
    return SimpleNamespace(folder=folder, table=folder / "cohort.csv", truth=other.truth)


def test_one_model_of_a_cohort_means_the_same_in_each_patient(program, cohort, stored):
    folder = cohort.folder
    done = program("habitat-model", cohort.table, "--json", "-o", folder / "model.json")
    assert (done.stderr, done.returncode) == ("", 0)
    printed = json.loads(done.stdout)
    assert (printed["cases"], len(printed["habitats"])) == (2, 3)
    images = [part for name in stored.names for part in ("--image", f"{name}={folder / 'b'}-{name}.nrrd")]
    options = ("--model", folder / "model.json", "--set=trust.repeats=0", "--no-pictures", "-q")
    one = program("habitats", stored.tumour, *stored.images, *options, "-o", folder / "one.nrrd")
    two = program("habitats", folder / "b.nrrd", *images, *options, "-o", folder / "two.nrrd")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    matches = []
    for name, truth in (("one", stored.truth), ("two", cohort.truth)):
        found = sitk.ReadImage(str(folder / f"{name}.nrrd"))
        known = sitk.GetImageFromArray(truth.voxels.T)
        known.SetSpacing(truth.grid.spacing_mm.tolist())
        known.SetOrigin(truth.grid.origin_mm.tolist())
        at = sitk.GetArrayFromImage(sitk.Resample(known, found, sitk.Transform(), sitk.sitkNearestNeighbor))
        labels = sitk.GetArrayFromImage(found)
        matches.append([int(np.bincount(at[labels == label]).argmax()) for label in (1, 2, 3)])
        both = (at > 0) & (labels > 0)
        assert adjusted_rand_score(at[both], labels[both]) > 0.95
    assert matches[0] == matches[1]
    assert json.loads((folder / "one.json").read_text())["habitats"][0]["name"] == printed["habitats"][0]


def test_a_patient_that_cannot_be_used_is_named_and_no_model_is_left(program, cohort, tmp_path):
    text = cohort.table.read_text().replace("B,b.nrrd", f"B,{cohort.folder / 'absent.nrrd'}")
    (tmp_path / "cohort.csv").write_text(text)
    done = program("habitat-model", tmp_path / "cohort.csv", "-o", tmp_path / "model.json")
    assert done.returncode == 3
    assert "B: " in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["cohort.csv"]


def test_a_file_that_is_no_model_is_never_replaced(program, cohort, tmp_path):
    (tmp_path / "thesis.json").write_text("{}")
    done = program("habitat-model", cohort.table, "--overwrite", "-o", tmp_path / "thesis.json")
    assert done.returncode == 3
    assert "no model of mouldgen" in done.stderr
    assert (tmp_path / "thesis.json").read_text() == "{}"
