"""Prints how long the main job takes, stage by stage, and how far it is from the least it could take.

python -m benchmarks [--quick]

Everything in one table is measured in one run on one machine: compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from compileall import compile_dir
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.children import (
    Run,
    help_seconds,
    median_run,
    run_make,
    run_module,
    run_orient,
    run_sites,
    run_texture,
)
from benchmarks.clinical import floor_seconds, write_export
from benchmarks.inputs import REPOSITORY, Input, main_inputs, phantom

GRIDS_MM = (0.8, 0.5, 0.35)
VOLUMES_ML = (31, 62, 125, 250, 500, 1000, 2000)
SITES_PER_HABITAT = (3, 167)
ALL_PARTS = ("--lid", "--extras", "tray,replica", "--format", "stl,3mf")
POSES = ("--normals", "240", "--sides", "12")
DESIGN, FLOOR = "benchmarks.design_once", "benchmarks.floor_once"

LABORATORY_STAGES = (
    "sites",
    "map document",
    "site tables",
    "patient volumes",
    "annotations",
    "sheet",
    "report",
)

console = Console(width=120)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat, the smaller case, no growth tables")
    quick = parser.parse_args().quick
    compile_dir(REPOSITORY / "mouldgen", quiet=1)  # as it is once installed
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the first run\n")
    with tempfile.TemporaryDirectory() as folder:
        cases = main_inputs(Path(folder))[: 1 if quick else None]
        for case in cases:
            _compare(case, repeats=1 if quick else 3)
        _parts_and_poses(cases[0])
        _sites(cases)
        _texture()
        _clinical(Path(folder))
        if not quick:
            _growth_with_resolution(cases[0])
            _growth_with_volume(Path(folder))
    console.print(f"mouldgen --help: {help_seconds():.3f} s (at most 0.15)")


def _compare(case: Input, repeats: int) -> None:
    """Print the stages of one case, its floor, and the whole of ``make``."""
    design = median_run(DESIGN, case, 0.5, repeats)
    floor = median_run(FLOOR, case, 0.5, repeats)
    make = run_make(case.name, str(case.segmentation), "--habitats", str(case.habitats))
    console.print(
        _stage_table(f"{case.name}: geometry and map alone, {case.volume_ml:.0f} mL, 0.5 mm", design)
    )
    console.print(_stage_table(f"{case.name}: floor", floor))
    console.print(_stage_table(f"{case.name}: mouldgen make, with pictures", make))
    laboratory = sum(make.stages.get(stage, 0.0) for stage in LABORATORY_STAGES)
    console.print(f"{case.name}: sites, sheet, report and exchange files take {laboratory:.2f} s (at most 2)")
    alone, whole = (seconds / floor.staged_seconds for seconds in (design.staged_seconds, make.wall_seconds))
    console.print(
        f"{case.name}: {alone:.2f} floors for geometry and map, {whole:.2f} for the whole of make\n"
    )


def _parts_and_poses(case: Input) -> None:
    """Print the whole of ``make`` with further parts, and of the search for the best pose."""
    files = (str(case.segmentation), "--habitats", str(case.habitats))
    parts = run_make(case.name, *files, *ALL_PARTS)
    console.print(
        _stage_table(f"{case.name}: mouldgen make with lid, tray, replica and 3MF, with pictures", parts)
    )
    console.print(
        f"{case.name}: lid, tray, replica and 3MF take {parts.wall_seconds:.2f} s (at most 8) "
        f"and {parts.peak_mb:.0f} MB (at most 1000)"
    )
    poses = run_orient(case.name, *files, *POSES)
    console.print(
        f"{case.name}: mouldgen orient, 240 normals and 12 sides, takes {poses.wall_seconds:.2f} s "
        f"(at most 20), {poses.cpu_seconds:.2f} s of processor time and {poses.peak_mb:.0f} MB\n"
    )


def _sites(cases: list[Input]) -> None:
    """Print how long planning sites takes (500 sites in 2 L: at most 2 s)."""
    columns = ("case", "mL", "sites", "seconds", "processor s")
    table = Table(*columns, title="planning sites", title_justify="left", min_width=64)
    for case in cases:
        for per_habitat in SITES_PER_HABITAT:
            figures = run_sites(case, per_habitat)
            seconds = (f"{figures[key]:.3f}" for key in ("seconds", "cpu_seconds"))
            table.add_row(case.name, f"{case.volume_ml:.0f}", f"{figures['sites']:.0f}", *seconds)
    console.print(table)


def _texture() -> None:
    """Print how long co-occurrence maps take (at most 5 s; at least 20 times faster than pyradiomics)."""
    columns = ("program", "voxels", "s for 100,000", "processor s", "times ours")
    title = "five co-occurrence maps, 5-voxel cube, 32 levels"
    table = Table(*columns, title=title, title_justify="left", min_width=64)
    runs = run_texture()
    ours = runs["mouldgen, 1 thread"]["cpu_seconds"]
    for program, run in runs.items():
        seconds = (f"{run[key]:.2f}" for key in ("seconds", "cpu_seconds"))
        table.add_row(program, f"{run['voxels']:.0f}", *seconds, f"{run['cpu_seconds'] / ours:.1f}")
    console.print(table)
    if "pyradiomics" not in runs:
        console.print("pyradiomics is not installed here: nothing to compare with")


def _clinical(folder: Path) -> None:
    """Print how long a CT series of 512 x 512 x 300 with its SEG takes (at most 12 s and 1.5 GB)."""
    export = write_export(folder)
    floor = floor_seconds(export)
    make = run_make("CT and SEG", str(export))
    console.print(_stage_table("CT of 512 x 512 x 300 and SEG: mouldgen make, with pictures", make))
    console.print(
        f"CT and SEG: {make.stages['reading'] / floor:.2f} times what SimpleITK needs to read the CT alone "
        f"({floor:.2f} s)\n"
    )


def _stage_table(title: str, run: Run) -> Table:
    table = Table("stage", "seconds", "share", title=title, title_justify="left", min_width=64)
    for stage, seconds in run.stages.items():
        table.add_row(stage, f"{seconds:.3f}", f"{seconds / run.staged_seconds:.0%}")
    table.add_section()
    table.add_row("sum of stages (some run side by side)", f"{run.staged_seconds:.3f}", "")
    table.add_row("wall, with the start of Python", f"{run.wall_seconds:.3f}", "")
    table.add_row("processor time of all threads", f"{run.cpu_seconds:.3f}", "")
    table.add_row("peak memory, MB", f"{run.peak_mb:.0f}", "")
    return table


def _growth_with_resolution(case: Input) -> None:
    table = _growth_table(f"{case.name}: growth with the surface grid", "grid mm")
    for grid_mm in GRIDS_MM:
        _add_growth(table, f"{grid_mm:g}", case, grid_mm)
    console.print(table)


def _growth_with_volume(folder: Path) -> None:
    table = _growth_table("phantoms: growth with volume, 0.5 mm", "mL")
    for volume_ml in VOLUMES_ML:
        _add_growth(table, f"{volume_ml}", phantom(volume_ml, folder), 0.5)
    console.print(table)


def _growth_table(title: str, first: str) -> Table:
    columns = (first, "design s", "floor s", "ratio", "design MB", "floor MB")
    return Table(*columns, title=title, title_justify="left", min_width=60)


def _add_growth(table: Table, name: str, case: Input, grid_mm: float) -> None:
    design, floor = run_module(DESIGN, case, grid_mm), run_module(FLOOR, case, grid_mm)
    table.add_row(
        name,
        f"{design.staged_seconds:.2f}",
        f"{floor.staged_seconds:.2f}",
        f"{design.staged_seconds / floor.staged_seconds:.2f}",
        f"{design.peak_mb:.0f}",
        f"{floor.peak_mb:.0f}",
    )


if __name__ == "__main__":
    main()
