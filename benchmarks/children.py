"""Runs programs as child processes and watches their time and memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks.inputs import REPOSITORY, Input

_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Run:
    """What one child process took.

    Parameters
    ----------
    wall_seconds
        From start to end, Python's own start included.
    cpu_seconds
        Processor time of all threads and children: what remains comparable on a busy machine.
    peak_mb
        Largest resident memory of the process; of `run_make`, that of it and its children together, pages
        that they share counted once (Linux: proportional set size).
    stages
        Seconds by stage.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    stages: dict[str, float]

    @property
    def staged_seconds(self) -> float:
        """Sum of all stages."""
        return sum(self.stages.values())


def run_module(module: str, case: Input, grid_mm: float) -> Run:
    """Run ``benchmarks.design_once`` or ``benchmarks.floor_once``."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            module,
            str(case.segmentation),
            str(case.habitats),
            str(grid_mm),
            folder,
        ]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{module} failed on {case.name}:\n{done.stderr}")
    report = json.loads(done.stdout)
    return Run(wall, report["cpu_seconds"], report["peak_mb"], report["seconds"])


def median_run(module: str, case: Input, grid_mm: float, repeats: int) -> Run:
    """Return the run of median stage seconds."""
    runs = sorted((run_module(module, case, grid_mm) for _ in range(repeats)), key=lambda r: r.staged_seconds)
    return runs[len(runs) // 2]


def run_sites(case: Input, per_habitat: int) -> dict[str, float]:
    """Run ``benchmarks.sites_once``; return ``sites``, ``seconds`` and ``cpu_seconds``."""
    command = [sys.executable, "-m", "benchmarks.sites_once"]
    command += [str(case.segmentation), str(case.habitats), str(per_habitat)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"planning sites failed on {case.name}:\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run_texture() -> dict[str, dict[str, float]]:
    """Run ``benchmarks.texture_once`` with nothing compiled yet; return what it prints, by program."""
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.texture_once"],
            cwd=REPOSITORY,
            env={**os.environ, "NUMBA_CACHE_DIR": cache},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(f"texture failed:\n{done.stderr}")
    figures: dict[str, dict[str, float]] = json.loads(done.stdout)
    return figures


def run_make(name: str, *arguments: str) -> Run:
    """Run ``mouldgen make`` as a user does, pictures included; stages come from its manifest.

    Parameters
    ----------
    name
        Of the case, for messages.
    arguments
        The segmentation and options.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "case"
        command = [sys.executable, "-m", "mouldgen", "make", *arguments, "-o", str(target)]
        command += ["--normal", "0.5", "0.3", "0.8", "--quiet"]
        began, cpu_before = time.perf_counter(), _children_cpu_seconds()
        with (Path(folder) / "output").open("w+") as output:
            child = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT)
            peak_mb = _watch(child)
            wall = time.perf_counter() - began
            output.seek(0)
            if child.returncode:
                sys.exit(f"mouldgen make failed on {name}:\n{output.read()}")
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        cpu_seconds = _children_cpu_seconds() - cpu_before
    return Run(wall, cpu_seconds, peak_mb, manifest.get("seconds", {}))


def run_orient(name: str, *arguments: str) -> Run:
    """Run ``mouldgen orient`` as a user does; it tells no stages.

    Parameters
    ----------
    name
        Of the case, for messages.
    arguments
        The segmentation and options.
    """
    command = [sys.executable, "-m", "mouldgen", "orient", *arguments, "--quiet"]
    began, cpu_before = time.perf_counter(), _children_cpu_seconds()
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT)
        peak_mb = _watch(child)
        wall = time.perf_counter() - began
        output.seek(0)
        if child.returncode:
            sys.exit(f"mouldgen orient failed on {name}:\n{output.read()}")
    return Run(wall, _children_cpu_seconds() - cpu_before, peak_mb, {})


def help_seconds(repeats: int = 9) -> float:
    """Return the median wall time of ``mouldgen --help``."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "mouldgen", "--help"], capture_output=True, cwd=REPOSITORY, check=True
        )
        times.append(time.perf_counter() - began)
    return median(times)


def _children_cpu_seconds() -> float:
    """Return the processor time of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(child: subprocess.Popen[bytes]) -> float:
    """Wait for a process; return the largest memory that it and its children had together, in MB."""
    process = psutil.Process(child.pid)
    peak = 0
    while child.poll() is None:
        peak = max(peak, _resident_bytes(process))
        time.sleep(_POLL_SECONDS)
    return peak / 2**20


def _resident_bytes(process: psutil.Process) -> int:
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            memory = member.memory_full_info()
            total += int(getattr(memory, "pss", memory.rss))
    except psutil.Error:  # a process that has just ended
        return total
    return total
