"""Python and commands in the README and the documentation run as they stand."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def commands() -> list[str]:
    """Return every call of mouldgen in the pages, its continued lines joined."""
    joined = [block.replace("\\\n", " ") for page in PAGES for block in blocks(page, "bash")]
    lines = {" ".join(line.split()) for block in joined for line in block.splitlines()}
    return sorted(line for line in lines if line.startswith("mouldgen "))


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda page: page.stem)
def test_python_runs(page, example_files):
    code = "\n".join(blocks(page, "python"))
    if "write_case" in code:
        (example_files / "case").rename(example_files / "older")
    subprocess.run([sys.executable, "-c", code], cwd=example_files, check=True, timeout=120)


@pytest.mark.parametrize("command", commands())
def test_command_runs(command, example_files, mouldgen):
    _, *arguments = shlex.split(command)
    target = example_files / arguments[arguments.index("-o") + 1] if "-o" in arguments else None
    if target is not None and target.is_dir():
        arguments.append("--overwrite")
    elif target is not None:
        target.unlink(missing_ok=True)
    if arguments[0] == "make":
        arguments.append("--no-pictures")
    run = subprocess.run(
        [*mouldgen, *arguments], cwd=example_files, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
