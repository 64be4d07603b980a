"""The same input gives the same bytes: again, from the case's own parameters, and from Python."""

import shutil

import pytest

from mouldgen import DesignParameters, design_mould, read_specimen, write_case
from mouldgen.params import load_preset

CHOICES = (
    "--case=case-7",
    "--name=2=solid",
    "--normal",
    "0.5",
    "0.3",
    "0.8",
    "--base=posterior",
    "--slab=7",
    "--kerf=0.5",
    "--scale=1,0.96,1.02",
    "--printer=s5",
)
PARAMETERS = {
    "case": "case-7",
    "specimen": {"habitat_names": {"2": "solid"}},
    "orientation": {"normal_lps": (0.5, 0.3, 0.8), "base": "posterior"},
    "cuts": {"slab_mm": 7, "kerf_mm": 0.5},
    "fit": {"scale": (1, 0.96, 1.02)},
    "surface": {"grid_mm": 1},
    "printer": load_preset("printers", "s5").values()["printer"],
}


@pytest.fixture(scope="module")
def volumes(stored):
    """Return the arguments that name the volumes: label map, habitats and an image."""
    return (stored.segmentation, "--habitats", stored.habitats, "--image", f"t2={stored.segmentation}")


@pytest.fixture(scope="module")
def command(volumes, fast):
    return ("make", *volumes, *CHOICES, *fast)


@pytest.fixture(scope="module")
def case(program, command, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first") / "case"
    done = program(*command, "-o", folder)
    assert (done.stderr, done.returncode) == ("", 0)
    return folder


def test_the_same_command_gives_the_same_bytes(command, program, case, contents, tmp_path):
    assert program(*command, "-o", tmp_path / "again").returncode == 0
    assert contents(tmp_path / "again") == contents(case)


def test_a_case_is_replaced_by_itself(program, volumes, case, contents, tmp_path):
    """The case that is replaced may be the one that the parameters are read from."""
    folder = shutil.copytree(case, tmp_path / "case")
    config = ("--config", folder / "parameters.toml", "--no-pictures", "--overwrite")
    done = program("make", *volumes, "-o", folder, *config)
    assert (done.stderr, done.returncode) == ("", 0)
    assert contents(folder) == contents(case)
    assert list(tmp_path.iterdir()) == [folder]


def test_four_lines_of_python_give_the_same_bytes(stored, case, contents, tmp_path):
    parameters = DesignParameters(**PARAMETERS)
    specimen = read_specimen(
        stored.segmentation, parameters, habitats=stored.habitats, images={"t2": stored.segmentation}
    )
    design = design_mould(specimen, parameters)
    write_case(design, tmp_path / "case", pictures=False, seconds={"reading": 0.1})
    assert contents(tmp_path / "case") == contents(case)


def test_pictures_are_repeated_too(program, contents, tmp_path):
    for name in ("one", "other"):
        options = ("--slab=15", "--set", "surface.grid_mm=1", "--quiet")
        assert program("demo", "-o", tmp_path / name, *options).returncode == 0
    one, other = contents(tmp_path / "one"), contents(tmp_path / "other")
    assert {"slabs/S01.png", "slabs/S02.png"} <= one.keys()
    assert one == other
