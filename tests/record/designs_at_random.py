"""Designs moulds at random: ``python tests/record/designs_at_random.py --designs 2000 --seed 1``.

Every design is valid in all that `design_invariants` measures, or refused with a reason: `ParameterError`,
`GeometryError`, or `CheckFailed` where the same design is valid on a finer grid. Anything else is a problem,
and the run returns 1. Design number N of a seed is always the same: ``--first N --designs 1`` makes it again.
Designs run in a child process, so that a crash or a hang is one result among others. This is a recorded run,
not part of pytest.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import re
import resource
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
if str(_HERE) not in sys.path:
    sys.path.insert(0, str(_HERE))

__all__ = ["try_design"]

_BATCH = 100
_LONGEST_S = 240
_OUT_OF_ORDER = re.compile(r"error (locked|lid_locked|parts_overlap)")
_KINDS = ("lid", "tied", "windows", "inlays", "split", "tray", "replica", "ring", "coupon", "feet", "scaled")


def try_design(seed: int, number: int) -> dict[str, Any]:
    """Return what became of a design: its kind (valid, refused, problem), in which way, and what it has."""
    from random_designs import random_design

    from mouldgen.errors import GeometryError, ParameterError
    from mouldgen.params import DesignParameters

    started = time.process_time()
    shape, specimen, sections = random_design(seed, number)
    result: dict[str, Any] = {"number": number, "shape": shape, "has": [], "what": ""}
    try:
        result |= _designed(specimen, DesignParameters(**sections))
        if result["kind"] == "problem" and _OUT_OF_ORDER.match(result["what"]):
            result |= _finer(specimen, sections)
    except (ParameterError, GeometryError) as error:
        kind = "problem" if "please report" in str(error) else "refused"
        result |= {"kind": kind, "what": f"{type(error).__name__}: {error}"}
    except Exception:  # noqa: BLE001  anything else is what this run looks for
        lines = traceback.format_exc().strip().splitlines()
        ours = [line.strip() for line in lines if "/mouldgen/" in line]
        result |= {"kind": "problem", "what": f"{lines[-1]} at {ours[-1] if ours else lines[-3]}"}
    return {**result, "seconds": time.process_time() - started}


def _finer(specimen: Any, sections: dict[str, Any]) -> dict[str, Any]:
    """Return what becomes of a design that its own checks refuse, on a grid of half a millimetre at most."""
    from mouldgen.params import DesignParameters

    surface = {**sections["surface"], "grid_mm": 0.5, "tolerance_mm": 0.03}
    finer = _designed(specimen, DesignParameters(**{**sections, "surface": surface}))
    if finer["kind"] == "problem":
        return finer
    return {
        "kind": "refused",
        "what": "CheckFailed: parts overlap on a coarse grid, and do not on one of 0.5 mm",
    }


def _designed(specimen: Any, parameters: Any) -> dict[str, Any]:
    from design_invariants import broken_invariants

    from mouldgen.pipeline import design_mould

    design = design_mould(specimen, parameters)
    broken = broken_invariants(design)
    names = {part.name for part in design.mould.parts}
    has = [kind for kind in _KINDS if any(name.startswith(kind) for name in names)]
    has += [kind for kind, is_so in _traits(design, names).items() if is_so]
    return {
        "kind": "problem" if broken else "valid",
        "what": " | ".join(broken),
        "has": has,
        "parts": len(names),
        "locked_mm3": design.locked_mm3,
        "warnings": sorted({f.code for f in design.findings if f.severity.name == "WARNING"}),
    }


def _traits(design: Any, names: set[str]) -> dict[str, bool]:
    return {
        "tied": design.mould.is_tied,
        "windows": bool(design.mould.windows),
        "inlays": any(name.startswith("inlay") for name in names),
        "split": "base-1" in names,
        "feet": "foot-left" in names,
        "scaled": design.parameters.fit.scale != (1.0, 1.0, 1.0),
    }


def _results(numbers: range, seed: int) -> Iterator[dict[str, Any]]:
    """Yield the result of each design, from one child after another."""
    start = numbers.start
    while start < numbers.stop:
        stop = min(start + _BATCH, numbers.stop)
        command = [sys.executable, __file__, "--child", f"--first={start}", f"--designs={stop - start}"]
        child = subprocess.Popen([*command, f"--seed={seed}"], stdout=subprocess.PIPE, text=True)
        for line in child.stdout or ():
            yield json.loads(line)
            start += 1
        if child.wait():
            what = f"process ended with {child.returncode}"
            yield {"number": start, "shape": "?", "kind": "problem", "what": what, "has": [], "seconds": 0.0}
            start += 1


def _run_child(seed: int, numbers: range) -> None:
    for number in numbers:
        faulthandler.dump_traceback_later(_LONGEST_S, exit=True)
        print(json.dumps(try_design(seed, number)), flush=True)  # noqa: T201
        faulthandler.cancel_dump_traceback_later()


def _alike(what: str) -> str:
    """Return a message without its numbers and names, so that alike ones are counted together."""
    return re.sub(r"'[^']*'|S\d\d|\b[a-z]+-\d+|-?\d+(\.\d+)?(e-?\d+)?", "#", what)[:170]


def _print_table(results: list[dict[str, Any]]) -> None:
    kinds = ("valid", "refused", "problem")
    shapes = sorted({result["shape"] for result in results})
    print("{:12}{:>9}{:>9}{:>9}{:>9}{:>11}".format("shape", "designs", *kinds, "slowest s"))  # noqa: T201
    for name in [*shapes, "all"]:
        alike = [result for result in results if name in {"all", result["shape"]}]
        counts = Counter(result["kind"] for result in alike)
        slowest = max(result["seconds"] for result in alike)
        row = "".join(f"{counts[kind]:9}" for kind in kinds)
        print(f"{name:12}{len(alike):9}{row}{slowest:11.1f}")  # noqa: T201
    valid = [result for result in results if result["kind"] == "valid"]
    having = Counter(kind for result in valid for kind in result["has"])
    print("of the valid ones: " + ", ".join(f"{having[kind]} {kind}" for kind in _KINDS))  # noqa: T201
    parts = sum(result["parts"] for result in valid)
    locked = max((result["locked_mm3"] for result in valid), default=0.0)
    print(f"{parts} parts; most plastic in a specimen's way {locked:.3f} mm3")  # noqa: T201


def _print_reasons(results: list[dict[str, Any]]) -> None:
    for kind in ("refused", "problem"):
        groups = Counter(_alike(result["what"]) for result in results if result["kind"] == kind)
        for what, count in groups.most_common():
            numbers = [r["number"] for r in results if r["kind"] == kind and _alike(r["what"]) == what]
            shown = ", ".join(map(str, numbers[:4]))
            print(f"{count:5} {kind}: {what} (design {shown})")  # noqa: T201


def main() -> int:
    """Run and print the tables; return 1 if there are problems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--designs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first design")
    parser.add_argument("--record", type=Path, help="a file that every result is added to, as a line of JSON")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    numbers = range(arguments.first, arguments.first + arguments.designs)
    if arguments.child:
        _run_child(arguments.seed, numbers)
        return 0
    results = []
    for result in _results(numbers, arguments.seed):
        results.append(result)
        if arguments.record:
            with arguments.record.open("a") as record:
                record.write(json.dumps(result) + "\n")
    _print_reasons(results)
    _print_table(results)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    minutes = (used.ru_utime + used.ru_stime) / 60
    print(f"{len(results)} designs of seed {arguments.seed} in {minutes:.1f} min of processor time")  # noqa: T201
    return int(any(result["kind"] == "problem" for result in results))


if __name__ == "__main__":
    sys.exit(main())
