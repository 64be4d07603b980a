"""Fuzzes all readers: ``python tests/fuzz/run.py --inputs 20000 --seed 1 [--format NAME] [--found FOLDER]``.

Input number N of a seed is always the same. Readers run in a child process, so that a crash is one result
among others; each problem is kept as a folder with the input and what happened.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

_HERE = Path(__file__).resolve().parent
if str(_HERE) not in sys.path:
    sys.path.insert(0, str(_HERE))

from mutations import mutate  # noqa: E402
from seeds import Seed, all_seeds, stored_seeds  # noqa: E402
from trial import LONGEST_S, Outcome, limit_memory, try_seed  # noqa: E402

__all__ = ["Problem", "Tally", "fuzz", "input_of", "replay"]

_BATCH = 1000
_PATIENCE_S = 4 * LONGEST_S
_MOST_KEPT = 3


@dataclass(frozen=True)
class Problem:
    """An input that was neither read nor refused."""

    number: int
    seed: Seed
    change: str
    outcome: Outcome


@dataclass
class Tally:
    """Results of one format."""

    inputs: int = 0
    read: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    growth_mb: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one result."""
        self.inputs += 1
        self.read += outcome.kind == "read"
        self.refused += outcome.kind == "refused"
        self.slowest_s = max(self.slowest_s, outcome.seconds)
        self.growth_mb = max(self.growth_mb, outcome.growth_mb)


def input_of(number: int, seed: int, seeds: Sequence[Seed]) -> tuple[Seed, str]:
    """Return one input of a run, and what was changed; formats take turns."""
    rng = Random(f"{seed}/{number}")  # noqa: S311  damage need not be secret
    names = list(dict.fromkeys(item.format_name for item in seeds))
    alike = [item for item in seeds if item.format_name == names[number % len(names)]]
    return mutate(rng.choice(alike), seeds, rng)


def fuzz(inputs: int, seed: int, format_name: str | None = None, first: int = 0) -> dict[str, Tally]:
    """Return the results by format.

    Parameters
    ----------
    inputs
        How many.
    seed
        Of the damage.
    format_name
        Only this one.
    first
        Number of the first input.
    """
    seeds = _seeds_of(format_name)
    tallies = {item.format_name: Tally() for item in seeds}
    options = [f"--seed={seed}", *([f"--format={format_name}"] if format_name else [])]
    for number, outcome in _outcomes(range(first, first + inputs), options):
        damaged, change = input_of(number, seed, seeds)
        tally = tallies[damaged.format_name]
        tally.add(outcome)
        if outcome.kind == "problem":
            tally.problems.append(Problem(number, damaged, change, outcome))
    return tallies


def replay(folder: Path) -> dict[str, Outcome]:
    """Return the results of inputs that are kept in a folder (`seeds.stored_seeds`), by their names."""
    names = [item.format_name for item in stored_seeds(folder)]
    results = _outcomes(range(len(names)), [f"--replay={folder}"])
    return {names[number]: outcome for number, outcome in results}


def _seeds_of(format_name: str | None) -> tuple[Seed, ...]:
    return tuple(item for item in all_seeds() if format_name in {None, item.format_name})


def _outcomes(numbers: range, options: list[str]) -> Iterator[tuple[int, Outcome]]:
    """Yield the result of each input, from one child after another."""
    start = numbers.start
    while start < numbers.stop:
        stop = min(start + _BATCH, numbers.stop)
        with tempfile.TemporaryDirectory(prefix="fuzz") as scratch:
            child = _Child(range(start, stop), options, Path(scratch))
            for outcome in child.outcomes():
                yield start, outcome
                start += 1


class _Child:
    """A process that tries inputs one by one; the last result may be its end."""

    def __init__(self, numbers: range, options: list[str], scratch: Path) -> None:
        self._count = len(numbers)
        self._printed = scratch / "printed"
        reading, writing = os.pipe()
        command = [sys.executable, str(_HERE / "run.py"), "--child", str(writing), str(self._printed)]
        command += [f"--first={numbers.start}", f"--inputs={len(numbers)}", *options]
        environment = {**os.environ, "TMPDIR": str(scratch)}
        self._process = subprocess.Popen(command, pass_fds=[writing], env=environment)
        os.close(writing)
        self._results = os.fdopen(reading)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield results until the batch is done or the process is."""
        with self._results:
            for _ in range(self._count):
                line = self._next_line()
                if not line:
                    yield self._end()
                    return
                yield Outcome(**json.loads(line))
        self._process.wait()

    def _next_line(self) -> str:
        ready, _, _ = select.select([self._results], [], [], _PATIENCE_S)
        return self._results.readline() if ready else ""

    def _end(self) -> Outcome:
        is_hanging = self._process.poll() is None and not select.select([self._results], [], [], 0)[0]
        self._process.kill() if is_hanging else None
        code = self._process.wait()
        details = self._printed.read_text(errors="replace") if self._printed.exists() else ""
        place = next((line.strip() for line in details.splitlines() if "/mouldgen/" in line), "")
        what = "hangs" if is_hanging else f"process ended with {code}"
        return Outcome("problem", _PATIENCE_S if is_hanging else 0.0, 0.0, f"{what} at {place}", details)


def _run_child(arguments: argparse.Namespace) -> None:
    """Try inputs, and write each result to a pipe; everything printed goes to a file."""
    descriptor, printed = int(arguments.child[0]), Path(arguments.child[1])
    file = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    faulthandler.enable(2)
    numbers = range(arguments.first, arguments.first + arguments.inputs)
    with os.fdopen(descriptor, "w") as results:
        for place, seed in enumerate(_inputs(numbers, arguments)):
            if place == 1:
                limit_memory()  # by now all libraries are loaded
            faulthandler.dump_traceback_later(3 * LONGEST_S, file=2)
            outcome = try_seed(seed, printed)
            faulthandler.cancel_dump_traceback_later()
            results.write(json.dumps(outcome.to_dict()) + "\n")
            results.flush()


def _inputs(numbers: range, arguments: argparse.Namespace) -> Iterator[Seed]:
    if arguments.replay:
        yield from stored_seeds(arguments.replay)[numbers.start : numbers.stop]
        return
    seeds = _seeds_of(arguments.format)
    for number in numbers:
        yield input_of(number, arguments.seed, seeds)[0]


def _keep(problem: Problem, folder: Path, seed: int) -> None:
    """Store the input, and beside it what happened."""
    place = folder / f"{seed}-{problem.number}"
    for name, content in problem.seed.files.items():
        path = place / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    about = [
        f"format: {problem.seed.format_name}, {problem.seed.name}",
        f"entry: {problem.seed.entry or '(folder)'}, role: {problem.seed.role}",
        f"change: {problem.change}",
        f"problem: {problem.outcome.problem}",
        problem.outcome.details,
    ]
    (place / "report.txt").write_text("\n".join(about))


def _print_table(tallies: dict[str, Tally]) -> None:
    titles = ("format", "inputs", "read", "refused", "slowest s", "growth MB", "problems")
    print("{:20}{:>8}{:>8}{:>9}{:>11}{:>11}{:>10}".format(*titles))  # noqa: T201
    for name, tally in tallies.items():
        numbers = f"{tally.inputs:8}{tally.read:8}{tally.refused:9}{tally.slowest_s:11.2f}"
        print(f"{name:20}{numbers}{tally.growth_mb:11.0f}{len(tally.problems):10}")  # noqa: T201


def _print_replay(folder: Path) -> int:
    outcomes = replay(folder)
    for name, outcome in outcomes.items():
        print(f"{outcome.kind:8} {outcome.seconds:6.2f} s  {name}  {outcome.problem}")  # noqa: T201
    return any(outcome.kind == "problem" for outcome in outcomes.values())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--format", help="only this format, as in the table")
    parser.add_argument("--found", type=Path, default=Path(tempfile.gettempdir()) / "mouldgen-fuzz")
    parser.add_argument("--replay", type=Path, help="try the inputs in this folder instead")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Run, keep what was found, and print the table; return 1 if there are problems."""
    arguments = _arguments()
    if arguments.child:
        _run_child(arguments)
        return 0
    if arguments.replay:
        return _print_replay(arguments.replay)
    start = time.perf_counter()
    tallies = fuzz(arguments.inputs, arguments.seed, arguments.format, arguments.first)
    seconds = time.perf_counter() - start
    problems = [problem for tally in tallies.values() for problem in tally.problems]
    kinds = Counter(problem.outcome.problem for problem in problems)
    for kind, count in kinds.most_common():
        alike = [problem for problem in problems if problem.outcome.problem == kind]
        for problem in alike[:_MOST_KEPT]:
            _keep(problem, arguments.found, arguments.seed)
        numbers = ", ".join(str(problem.number) for problem in alike[:_MOST_KEPT])
        print(f"{count} x {kind}; inputs {numbers} are kept in {arguments.found}")  # noqa: T201
    _print_table(tallies)
    print(f"{arguments.inputs} inputs of seed {arguments.seed} in {seconds:.0f} s")  # noqa: T201
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
