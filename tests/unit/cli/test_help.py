import importlib.metadata
import os
import re
import subprocess
import sys

import pytest

from mouldgen.params import describe_parameters

COMMANDS = ("make", "demo", "inspect", "check", "presets")
HEAVY = (
    "SimpleITK",
    "manifold3d",
    "numpy",
    "pydantic",
    "pyvista",
    "reportlab",
    "rich",
    "scipy",
    "shapely",
    "skimage",
    "trimesh",
)
OPTION_OF_KEY = {
    "specimen.labels": "--label",
    "specimen.margin_mm": "--margin",
    "specimen.lesion": "--lesion",
    "specimen.cropped": "--cropped",
    "specimen.habitat_names": "--name",
    "orientation.plane": "--plane",
    "orientation.tilt_deg": "--tilt",
    "orientation.normal_lps": "--normal",
    "orientation.landmarks_lps": "--landmarks",
    "orientation.base": "--base",
    "orientation.first": "--first",
    "cuts.slab_mm": "--slab",
    "cuts.positions_mm": "--cuts",
    "cuts.snap": "--snap",
    "cuts.kerf_mm": "--kerf",
    "blade.thickness_mm": "--blade",
    "blade.process": "--process",
    "blade.slot_mm": "--slot",
    "fit.clearance_mm": "--clearance",
    "fit.scale": "--scale",
    "case": "--case",
}
DESCRIBED = [parameter for parameter in describe_parameters() if parameter.key in OPTION_OF_KEY]


def entry(page: str, option: str) -> str:
    """Return the help of one option on one line."""
    lines = page.splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("  ") and f"{option} " in f"{line} ")
    rest = (n for n in range(start + 1, len(lines)) if not lines[n].startswith("     "))
    return " ".join(" ".join(lines[start : next(rest, len(lines))]).split())


@pytest.fixture
def make_page(mouldgen, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    return mouldgen("make", "--help").out


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys; from mouldgen.cli import main; main(); "
        f"print(*sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.split() == []
    assert done.stdout.startswith("Usage: mouldgen")


def test_help_takes_at_most_150_ms_of_processor_time():
    def seconds() -> float:
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "mouldgen", "make", "--help"], capture_output=True, check=True, timeout=60
        )
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    assert min(seconds() for _ in range(5)) <= 0.15


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_and_has_a_page(mouldgen, name):
    assert re.search(rf"^  {name} +\S", mouldgen("--help").out, re.MULTILINE)
    page = mouldgen(name, "-h")
    assert page.code == 0
    assert page.out.startswith(f"Usage: mouldgen {name} ")
    assert page == mouldgen(name, "--help")


def test_help_for_a_command_that_does_not_exist_says_so(mouldgen):
    said = mouldgen("cut", "--help")
    assert said.code == 2
    assert "No such command 'cut'" in said.err


def test_the_usage_names_all_that_is_needed(mouldgen):
    assert mouldgen("make", "-h").out.startswith("Usage: mouldgen make SEG -o CASE [OPTIONS]\n")
    assert mouldgen("demo", "-h").out.startswith("Usage: mouldgen demo -o CASE [OPTIONS]\n")
    assert mouldgen("presets", "-h").out.startswith("Usage: mouldgen presets [NAME] [OPTIONS]\n")


def test_options_are_grouped_in_the_order_of_the_work(make_page):
    panels = re.findall(r"^(\w+):$", make_page, re.MULTILINE)
    assert panels == [
        "Arguments",
        "Specimen",
        "Angle",
        "Cuts",
        "Fit",
        "Sampling",
        "Presets",
        "Output",
    ]


def test_no_line_is_wider_than_the_terminal(make_page):
    assert max(map(len, make_page.splitlines())) <= 100


@pytest.mark.parametrize("parameter", DESCRIBED, ids=lambda parameter: parameter.key)
def test_an_option_states_its_unit_and_the_default_that_holds(make_page, parameter):
    text = entry(make_page, OPTION_OF_KEY[parameter.key])
    if parameter.unit:
        assert {"mm": "mm", "deg": "degrees"}[parameter.unit] in text
    stated = re.search(r"Default: ([^.,]+(?:\.\d+)?)", text)
    if isinstance(parameter.default, int | float) and not isinstance(parameter.default, bool):
        assert float(stated[1]) == parameter.default
    elif isinstance(parameter.default, str):
        assert stated[1] == parameter.default


def test_the_presets_and_printers_named_in_help_are_those_that_ship(make_page):
    from mouldgen.params import list_presets

    organs = re.findall(r"\w+", entry(make_page, "--preset").partition("NAME")[2].replace(" or ", " "))
    assert sorted(organs) == sorted(list_presets("presets"))
    printers = entry(make_page, "--printer").partition("NAME")[2].partition("Default")[0]
    assert sorted(re.findall(r"\w+", printers.replace(" or ", " "))) == sorted(list_presets("printers"))


def test_the_default_printer_is_the_one_that_help_names(make_page):
    from mouldgen.params import DesignParameters, resolve_parameters

    name = re.search(r"Default: (\w+)", entry(make_page, "--printer"))[1]
    assert resolve_parameters(printer=name) == DesignParameters()


def test_the_version_is_that_of_the_package(mouldgen):
    import mouldgen as package

    said = mouldgen("--version")
    assert (said.out, said.code) == (f"mouldgen {package.__version__}\n", 0)
    assert importlib.metadata.version("mouldgen") == package.__version__
