"""No reader ends in anything but a specimen or a reason, whatever the bytes.

Recorded: ``python tests/fuzz/run.py --inputs 20000 --seed 1``; what broke a reader stays in ``corpus``.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest

from mouldgen.errors import InputError

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
NAMES = sorted(path.name for path in CORPUS.iterdir())


@pytest.fixture(scope="module", autouse=True)
def _own_modules():
    """Let the modules of this folder be found as long as its tests run."""
    sys.path.insert(0, str(HERE))
    yield
    sys.path.remove(str(HERE))


@pytest.fixture(scope="module")
def seeds():
    from seeds import all_seeds

    return all_seeds()


@pytest.fixture(scope="module")
def replayed():
    """What comes of the stored inputs, in a process that may crash."""
    from run import replay

    return replay(CORPUS)


@pytest.mark.parametrize("name", NAMES)
def test_what_broke_a_reader_is_refused_or_read(name, replayed):
    assert replayed[name].kind in {"read", "refused"}, (replayed[name].problem, replayed[name].details)


def test_every_seed_is_read(seeds):
    from trial import try_seed

    outcomes = [(seed.format_name, seed.name, try_seed(seed)) for seed in seeds]
    assert [(*name, outcome) for *name, outcome in outcomes if outcome.kind != "read"] == []


def test_fresh_damage_breaks_no_reader():
    from run import fuzz

    tallies = fuzz(300, seed=7)
    problems = [problem for tally in tallies.values() for problem in tally.problems]
    assert [(p.number, p.change, p.outcome.problem) for p in problems] == []
    assert sum(tally.inputs for tally in tallies.values()) == 300
    assert all(tally.read and tally.refused for tally in tallies.values())


def test_the_same_number_is_the_same_input(seeds):
    from run import input_of
    from seeds import all_seeds

    again = all_seeds()
    assert again == seeds
    numbers = Random(3).sample(range(10**6), 60)  # noqa: S311  any will do
    assert [input_of(n, 1, seeds) for n in numbers] == [input_of(n, 1, again) for n in numbers]
    assert input_of(numbers[0], 1, seeds) != input_of(numbers[0], 2, seeds)


def test_an_element_tree_gives_its_file_back(seeds):
    from dicom_elements import encode, parse

    files = [content for seed in seeds for content in seed.files.values() if content[128:132] == b"DICM"]
    assert len(files) > 30
    assert all(encode(parse(content)) == content for content in files)


def _raises(_place):
    return int("x")


def _refuses_because_of_everything(_place):
    try:
        while True:
            pass
    except Exception as error:  # noqa: BLE001  as readers do that call a library
        raise InputError(str(error)) from None


def _takes_memory(_place):
    """Take more than the process ever had, which is what its largest memory shows."""
    import trial

    np.ones(round((trial._peak_mb() + 16) * 2**17))


def _prints(_place):
    os.write(2, b"ITK is not amused\n")


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (_raises, r"ValueError at .*_raises"),
        (_refuses_because_of_everything, r"_TooLong at"),
        (_takes_memory, "took too much memory"),
        (_prints, "printed: ITK is not amused"),
        (lambda _place: np.float64(1e308) * 10, "RuntimeWarning at"),
    ],
)
def test_a_fault_is_noticed(fault, problem, monkeypatch, tmp_path):
    import trial

    monkeypatch.setattr(trial, "read_landmarks", fault)
    monkeypatch.setattr(trial, "LONGEST_S", 5.0 if fault is _takes_memory else 0.2)
    monkeypatch.setattr(trial, "LARGEST_GROWTH_MB", 4)
    printed = tmp_path / "printed"
    with printed.open("wb") as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        outcome = trial.try_place(tmp_path, "landmarks", (), printed)
        os.dup2(before, 2)
        os.close(before)
    assert outcome.kind == "problem"
    assert re.match(problem, outcome.problem)
