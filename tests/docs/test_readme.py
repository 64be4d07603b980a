"""The README's commands do all the set-up, are what CI runs, and its links lead somewhere."""

import re
import tomllib

import pytest

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.fixture(scope="module")
def set_up_commands(repository):
    lines = (repository / "README.md").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("python3 -m venv")]


def test_two_commands_make_the_demo_and_run_the_tests(set_up_commands):
    demo, tests = set_up_commands
    assert demo.endswith("&& .venv/bin/mouldgen demo -o demo")
    assert "-m pytest" in tests


def test_each_command_starts_from_nothing_and_pins_versions(set_up_commands):
    for command in set_up_commands:
        steps = command.split(" && ")
        assert steps[0] == "python3 -m venv .venv"
        assert steps[1] == ".venv/bin/pip install -q -U pip"
        assert "-c constraints.txt -e '.[dicom,habitats]'" in steps[2]


def test_the_test_command_installs_an_existing_group(repository, set_up_commands):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    (group,) = re.findall(r"--group (\w+)", set_up_commands[1])
    assert group in project["dependency-groups"]


def test_every_dependency_is_pinned(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [entry for group in project["dependency-groups"].values() for entry in group]
    extras = [entry for extra in project["project"]["optional-dependencies"].values() for entry in extra]
    wanted = [
        *project["project"]["dependencies"],
        *extras,
        *(entry for entry in groups if isinstance(entry, str)),
    ]
    pins = (repository / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0] for line in pins if not line.startswith("#")}
    names = {re.match(r"[\w-]+", entry)[0].lower() for entry in wanted}
    assert names <= pinned


def test_ci_takes_its_commands_from_the_readme(repository, set_up_commands):
    script = (repository / ".ci" / "run").read_text(encoding="utf-8")
    wanted = re.findall(r"readme_command '([^']+)'", script)
    assert len(wanted) == 2
    for text in wanted:
        assert sum(text in command for command in set_up_commands) == 1


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(repository, page):
    text = (repository / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#]+)", text) if not t.startswith("https://")]
    assert [target for target in targets if not (repository / target).exists()] == []
