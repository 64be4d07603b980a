"""``mouldgen sites``: a later plan leaves the mould as it is, and is what ``make`` would have planned."""

import json
import shutil

import numpy as np
import pytest
import SimpleITK as sitk

PLAN = (
    "--sites=2",
    "--punch=3",
    "--sigma=1",
    "--min-probability=0.7",
    "--cassette=standard",
    "--lims=openspecimen",
)
OF_THE_MOULD = ("mould/", "maps/", "mould_from_patient.tfm")


@pytest.fixture(scope="module")
def volumes(stored):
    return (stored.segmentation, "--habitats", stored.habitats, "--image", f"t2={stored.segmentation}")


@pytest.fixture(scope="module")
def made(program, volumes, fast, tmp_path_factory):
    """Return a function that makes a case with some options."""

    def run(*options):
        folder = tmp_path_factory.mktemp("made") / "case"
        done = program("make", *volumes, "--case=case-7", "--slab=7", *fast, *options, "-o", folder)
        assert (done.stderr, done.returncode) == ("", 0)
        return folder

    return run


@pytest.fixture(scope="module")
def plain(made):
    return made("--sites=0")


@pytest.fixture
def case(plain, tmp_path):
    return shutil.copytree(plain, tmp_path / "case")


def document(folder):
    return json.loads((folder / "sampling_map.json").read_text())


def test_a_later_plan_gives_the_bytes_that_make_would_have_given(program, made, case, contents):
    done = program("sites", case, *PLAN, "--no-pictures")
    assert (done.stderr, done.returncode) == ("", 0)
    assert len(document(case)["sites"]) > 2
    assert contents(case) == contents(made(*PLAN))


def test_a_later_plan_finds_the_certainty_of_the_labels_again(program, made, contents, tmp_path, volumes):
    labels = sitk.ReadImage(str(volumes[2]))
    values = np.random.default_rng(5).uniform(0.8, 1, labels.GetSize()[::-1]).astype(np.float32)
    certainty = sitk.GetImageFromArray(values)
    certainty.CopyInformation(labels)
    sitk.WriteImage(certainty, str(tmp_path / "certainty.nrrd"))
    given = f"--certainty={tmp_path / 'certainty.nrrd'}"
    case = made("--sites=0", given)
    done = program("sites", case, *PLAN, "--no-pictures")
    assert (done.stderr, done.returncode) == ("", 0)
    assert len(document(case)["sites"]) > 2
    assert all(0.8 < site["certainty"] < 1 for site in document(case)["sites"])
    assert contents(case) == contents(made(*PLAN, given))
    assert program("check", case).returncode == 0


def test_the_mould_stays_byte_for_byte(program, plain, case, contents):
    assert program("sites", case, "--sites=2", "--sigma=1", "--no-pictures").returncode == 0
    before, after = contents(plain), contents(case)
    of_mould = {name for name in before if name.startswith(OF_THE_MOULD)}
    assert {name: after[name] for name in of_mould} == {name: before[name] for name in of_mould}
    assert document(case)["design_hash"] == document(plain)["design_hash"]
    assert document(case)["slabs"] != document(plain)["slabs"]  # hit regions
    assert program("check", case).returncode == 0


def test_what_is_not_given_stays_as_it_was(program, case):
    assert program("sites", case, *PLAN, "--no-pictures").returncode == 0
    planned = document(case)["sites"]
    assert program("sites", case, "--paper=letter", "--no-pictures").returncode == 0
    assert document(case)["sites"] == planned


def test_another_folder_can_be_written(program, plain, tmp_path, contents):
    before = contents(plain)
    done = program(
        "sites", plain, "--sites=1", "--sigma=1", "--no-pictures", "-o", tmp_path / "other", "--json"
    )
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["sites"] == len(document(tmp_path / "other")["sites"]) > 0
    assert contents(plain) == before


def test_sites_of_the_users_own_are_scored_and_kept(program, case, tmp_path):
    assert program("sites", case, "--sites=1", "--sigma=1", "--no-pictures").returncode == 0
    planned = document(case)["sites"]
    rows = [f"mine-{n},{','.join(map(str, site['lps_mm']))}" for n, site in enumerate(planned)]
    (tmp_path / "mine.csv").write_text("name,lps_x_mm,lps_y_mm,lps_z_mm\n" + "\n".join(rows) + "\n")
    own = ("--sites=0", "--sites-from", tmp_path / "mine.csv")
    assert program("sites", case, *own, "--no-pictures").returncode == 0
    given = document(case)["sites"]
    assert {site["origin"] for site in given} == {"given"}
    by_place = {tuple(np.round(site["lps_mm"], 4)): site["hit_probability"] for site in planned}
    assert {tuple(np.round(site["lps_mm"], 4)): site["hit_probability"] for site in given} == by_place
    assert program("sites", case, "--punch=3", "--no-pictures").returncode == 0
    assert [site["id"] for site in document(case)["sites"]] == [site["id"] for site in given]
    assert program("sites", case, "--sites-from=none", "--no-pictures").returncode == 0
    assert document(case)["sites"] == []


def test_reserved_tissue_is_kept_and_can_be_taken_back(program, case, stored):
    plan = ("sites", case, "--sites=1", "--sigma=0", "--punch=1", "--min-probability=0", "--no-pictures")
    assert program(*plan, "--reserve", stored.segmentation).returncode == 0
    assert document(case)["sites"] == []
    assert {item["code"] for item in document(case)["unreachable"]} == {"reserved"}
    assert program(*plan).returncode == 0
    assert document(case)["sites"] == []
    assert program(*plan, "--reserve=none").returncode == 0
    assert len(document(case)["sites"]) > 0


@pytest.mark.parametrize("assignment", ["mould.wall_mm=4", 'extras.parts=["tray"]', "files.plate_gap_mm=9"])
def test_what_would_change_the_mould_is_refused(program, case, contents, assignment):
    before = contents(case)
    done = program("sites", case, "--set", assignment)
    assert done.returncode == 4
    assert "would change a mould that is already made" in done.stderr
    assert contents(case) == before


@pytest.mark.parametrize("name", ["maps/habitats.nrrd", "sampling_map.json", "slicer/specimen.seg.nrrd"])
def test_a_case_that_was_changed_is_refused(program, case, name):
    with (case / name).open("ab") as file:
        file.write(b" ")
    done = program("sites", case, "--sites=1")
    assert done.returncode == 3
    assert name in done.stderr


def test_a_folder_that_is_no_case_is_refused(program, tmp_path):
    (tmp_path / "other").mkdir()
    done = program("sites", tmp_path / "other")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "other").iterdir()) == []
