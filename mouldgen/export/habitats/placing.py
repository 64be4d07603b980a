"""A label map and what belongs to it, put under their names when all of it is written, or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mouldgen.errors import OutputError, ParameterError
from mouldgen.export.folder_swap import flush_folder, remove_folder
from mouldgen.export.output_errors import explain_os_errors

__all__ = ["HabitatPlaces", "reserve_habitats"]

_ENDING = ".nrrd"


@dataclass(frozen=True)
class HabitatPlaces:
    """Where the files of computed habitats go.

    Parameters
    ----------
    label_map
        ``NAME.nrrd``.
    document, table
        ``NAME.json`` and ``NAME.csv`` beside it.
    folder
        ``NAME``, beside it: maps, pictures and the model.
    """

    label_map: Path
    document: Path
    table: Path
    folder: Path

    @classmethod
    def named(cls, label_map: Path) -> HabitatPlaces:
        """Return the places that belong to a label map.

        Raises
        ------
        ParameterError
            If it is not called ``NAME.nrrd``.
        """
        name = label_map.name
        stem = name.removesuffix(_ENDING)
        if stem in {name, ""} or stem.endswith(".seg"):
            message = f"the label map cannot be called {name!r}; give a name like habitats.nrrd"
            raise ParameterError(message)
        beside = label_map.with_name
        return cls(label_map, beside(f"{stem}.json"), beside(f"{stem}.csv"), beside(stem))

    @classmethod
    def in_case(cls, case: Path) -> HabitatPlaces:
        """Return the places within a case folder; its labels are those for 3D Slicer."""
        folder = case / "habitats"
        label_map = case / "slicer" / "habitats.seg.nrrd"
        return cls(label_map, folder / "habitats.json", folder / "habitats.csv", folder)

    @property
    def all(self) -> tuple[Path, ...]:
        """All places; the label map last, so that it is never there without the rest."""
        return self.folder, self.table, self.document, self.label_map

    def within(self, folder: Path) -> HabitatPlaces:
        """Return the same names within another folder."""
        return HabitatPlaces(
            *(folder / path.name for path in (self.label_map, self.document, self.table, self.folder))
        )


@contextmanager
def reserve_habitats(label_map: Path, *, overwrite: bool = False) -> Iterator[HabitatPlaces]:
    """Yield places in a temporary folder, to be filled; when the block ends well, they get their names.

    Parameters
    ----------
    label_map
        ``NAME.nrrd`` in a folder that exists.
    overwrite
        Replace what an earlier run wrote there. Anything else is never removed.

    Raises
    ------
    OutputError
        If the place cannot be had, with the reason and what to do.
    """
    target = HabitatPlaces.named(label_map.resolve())
    _check_free(target, overwrite=overwrite)
    temporary = target.label_map.with_name(f".{target.folder.name}.mouldgen-new-{secrets.token_hex(4)}")
    with explain_os_errors(target.label_map.name):
        temporary.mkdir()
        try:
            places = target.within(temporary)
            places.folder.mkdir()
            yield places
            flush_folder(temporary)
            _check_free(target, overwrite=overwrite)
            for new, final in zip(places.all, target.all, strict=True):
                _place(new, final, temporary / f"old-{final.name}")
        finally:
            remove_folder(temporary)


def _check_free(target: HabitatPlaces, *, overwrite: bool) -> None:
    parent = target.label_map.parent
    if not parent.is_dir():
        message = f"cannot write {target.label_map.name}: the folder {parent} does not exist; create it"
        raise OutputError(message)
    taken = [path.name for path in target.all if os.path.lexists(path)]
    if taken and not overwrite:
        message = (
            f"{', '.join(taken)} exists; choose another name, or --overwrite to replace what mouldgen wrote"
        )
        raise OutputError(message)
    if taken and not _is_ours(target):
        message = (
            f"{', '.join(taken)} is not replaced, because mouldgen did not write it ({target.document.name} "
            "is missing or not ours); choose another name, or remove it yourself"
        )
        raise OutputError(message)


def _is_ours(target: HabitatPlaces) -> bool:
    try:
        document = json.loads(target.document.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("program") == "mouldgen" and "habitats" in document


def _place(new: Path, final: Path, aside: Path) -> None:
    if final.is_dir():
        final.rename(aside)
    new.replace(final)
