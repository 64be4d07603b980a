"""The reference pages hold everything that the code knows."""

import importlib.util
import json
import re
import subprocess

import pytest

from mouldgen.errors import ExitCode
from mouldgen.params import describe_parameters, list_presets


@pytest.fixture(scope="module")
def page(repository):
    """Return a function that gives a page of docs/ as the site shows it."""
    spec = importlib.util.spec_from_file_location("generate", repository / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    return lambda name: generate.fill((repository / "docs" / name).read_text(encoding="utf-8"))


def test_every_parameter_is_listed_with_its_default_and_unit(page):
    text = page("parameters.md")
    for parameter in describe_parameters():
        assert f"| `{parameter.key.rpartition('.')[2]}` |" in text, parameter.key
    assert "| `slab_mm` | `10.0` | mm | > 0, <= 200 | Thickness of the slabs." in text


def test_every_command_and_option_is_listed(page, mouldgen):
    text = page("cli.md")
    for command in ("make", "inspect", "demo", "check", "presets"):
        assert f"## `mouldgen {command}`" in text
        shown = subprocess.run(
            [*mouldgen, command, "--help"], capture_output=True, text=True, check=True, timeout=60
        )
        options = set(re.findall(r"--[a-z][a-z-]+", shown.stdout)) - {"--help"}
        assert [option for option in sorted(options) if f"`{option}`" not in text] == []


def test_every_preset_is_listed_with_its_sources(page):
    text = page("presets.md")
    for kind in ("presets", "printers"):
        names = list_presets(kind)
        assert names
        for name in names:
            assert f"### `{name}`" in text


def test_every_exit_code_has_a_meaning(page):
    text = page("errors.md")
    for code in ExitCode:
        assert f"\n| {int(code)} |" in text


def test_every_finding_in_the_code_is_listed(page, repository):
    text = page("errors.md")
    sources = [path.read_text(encoding="utf-8") for path in (repository / "mouldgen").rglob("*.py")]
    pattern = re.compile(r"(?:Finding\.(?:info|warning|error)|\bbroken)\(\s*\"(\w+)\"")
    codes = {code for source in sources for code in pattern.findall(source)}
    assert len(codes) > 20
    assert [code for code in sorted(codes) if f"| `{code}` |" not in text] == []


def test_every_key_of_a_sampling_map_is_described(page, demo_case):
    text = page("case-folder.md")
    document = json.loads((demo_case / "sampling_map.json").read_text(encoding="utf-8"))
    assert [key for key in document if f"| `{key}` |" not in text] == []
    assert [key for key in document["slabs"][0] if f"| `slabs[].{key}` |" not in text] == []


def test_every_file_of_a_case_is_described(page, demo_case):
    text = page("case-folder.md")
    known = {"slabs": "slabs/S01.png", "maps": "maps/NAME.nrrd"}
    for path in sorted(demo_case.rglob("*")):
        relative = path.relative_to(demo_case)
        if path.is_file() and f"`{relative.as_posix()}`" not in text:
            assert relative.parts[0] in known, relative
            assert f"`{known[relative.parts[0]]}`" in text


def test_no_marker_is_left_in_a_page(page, repository):
    for path in sorted((repository / "docs").glob("*.md")):
        assert "<!-- generated" not in page(path.name)
