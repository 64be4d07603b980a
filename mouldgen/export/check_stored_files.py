"""Checks of a case folder file by file: all there, none changed, each readable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import Finding, InputError, ParameterError
from mouldgen.export.manifest import list_outputs
from mouldgen.export.stored_case import StoredCase, broken

if TYPE_CHECKING:
    from mouldgen.export.manifest import Manifest
    from mouldgen.frames import VoxelGrid

__all__ = ["check_listed", "check_parameters", "check_pictures", "check_volumes"]

_GRID_TOLERANCE_MM = 1e-4
_LITTER = {"Thumbs.db", "desktop.ini"}
"""What file managers leave in every folder, besides hidden files."""


def check_listed(folder: Path, manifest: Manifest) -> Iterator[Finding]:
    """Compare the files of a folder with its manifest, by name and by SHA-256."""
    listed = {output.path: output for output in manifest.outputs}
    present = {output.path: output for output in list_outputs(folder)}
    for name in sorted(listed.keys() - present.keys()):
        yield broken("file_missing", f"{name} is missing")
    for name in sorted(present.keys() - listed.keys()):
        if not _is_litter(name):
            yield Finding.warning(
                "file_extra",
                f"{name} is not a file of this case; move it elsewhere, and do not print it as part of it",
            )
    for name in sorted(present.keys() & listed.keys()):
        if present[name] != listed[name]:
            yield broken(
                "file_changed",
                f"{name} was changed after it was written: {present[name].size_bytes} bytes with SHA-256 "
                f"{present[name].sha256[:12]}..., expected {listed[name].size_bytes} bytes with "
                f"{listed[name].sha256[:12]}...",
            )


def check_parameters(case: StoredCase) -> Iterator[Finding]:
    """Resolve ``parameters.toml`` again and compare it with the manifest."""
    from mouldgen.params import read_parameters, resolve_parameters

    path = case.folder / "parameters.toml"
    if not path.is_file():
        return
    try:
        values = resolve_parameters(config=read_parameters(path)).to_dict()
    except ParameterError as error:
        yield broken("parameters_invalid", f"parameters.toml cannot be used: {error}")
        return
    if values != case.manifest.parameters:
        different = sorted(key for key in values if values[key] != case.manifest.parameters.get(key))
        yield broken(
            "parameters_differ",
            f"parameters.toml and manifest.json differ in {', '.join(different) or 'what they hold'}",
        )


def check_pictures(case: StoredCase) -> Iterator[Finding]:
    """Decode every picture."""
    from PIL import Image

    for path in sorted(case.folder.rglob("*.png")):
        try:
            with Image.open(path) as picture:
                picture.load()
        except (OSError, SyntaxError, ValueError) as error:
            yield broken("picture_unreadable", f"{path.name} cannot be decoded ({error})")


def check_volumes(case: StoredCase) -> Iterator[Finding]:
    """Read every volume of ``maps/``; they share the grid of the habitats."""
    from mouldgen.export.mould_volumes import read_volume_grid

    grids = {}
    for path in sorted((case.folder / "maps").glob("*.nrrd")):
        try:
            grids[path.name] = read_volume_grid(path)
        except InputError as error:
            yield Finding.error("volume_unreadable", str(error))
    reference = grids.get("habitats.nrrd")
    for name, grid in grids.items():
        if reference is not None and not _is_same(grid, reference):
            yield broken(
                "volume_grid",
                f"{name} has another grid ({grid.shape}) than habitats.nrrd ({reference.shape})",
            )


def _is_same(one: VoxelGrid, other: VoxelGrid) -> bool:
    return one.shape == other.shape and np.allclose(
        one.point_from_index, other.point_from_index, atol=_GRID_TOLERANCE_MM
    )


def _is_litter(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.startswith(".") or last in _LITTER
