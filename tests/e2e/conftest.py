"""Volumes in files, the command line as a program of its own, and case folders by their bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from mouldgen.testing.phantoms import chiral_specimen
from mouldgen.testing.storage import write_specimen


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    """Return the files of a body of 14 mL without symmetry, with three habitats."""
    return write_specimen(chiral_specimen(), tmp_path_factory.mktemp("volumes"))


@pytest.fixture(scope="session")
def program():
    """Return a function that runs ``python -m mouldgen`` to its end."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "mouldgen", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)

    return run


def heed_interrupts():
    """Take Ctrl-C also where the tests themselves run with it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def started():
    """Return a function that starts ``python -m mouldgen``; what still runs at the end is killed."""
    processes = []

    def start(*arguments):
        command = [sys.executable, "-m", "mouldgen", *map(str, arguments)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interrupts,  # noqa: PLW1509  (no thread runs here)
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def contents():
    """Return a function that gives every file of a case, by relative path, without the times in it."""

    def read(folder):
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        manifest = json.loads(files["manifest.json"])
        assert manifest.pop("seconds")
        return {**files, "manifest.json": json.dumps(manifest).encode()}

    return read


@pytest.fixture(scope="session")
def fast():
    """Return the options of a quick run: no pictures, a coarse surface."""
    return ("--no-pictures", "--set", "surface.grid_mm=1")
