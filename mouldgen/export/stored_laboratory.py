"""Reading a case folder back, for what the laboratory does with an older mould: a new plan of sites."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from mouldgen.errors import InputError, ParameterError
from mouldgen.export.habitat_volumes import read_certainty_volume
from mouldgen.export.laboratory import LaboratoryCase, LaboratoryVolumes
from mouldgen.export.map_document import SCHEMA_VERSION, MapDocument
from mouldgen.export.mould_volumes import map_file_names, read_stored_image, read_volume_grid
from mouldgen.export.patient_volumes import CERTAINTY_NAME, HABITATS_NAME, RESERVED_NAME, SPECIMEN_NAME
from mouldgen.export.segment_volume import read_segment_volume
from mouldgen.images import CertaintyVolume, Image, LabelVolume
from mouldgen.params import DesignParameters, read_parameters, resolve_parameters
from mouldgen.specimen import HabitatMap

__all__ = ["read_laboratory_case"]


def read_laboratory_case(folder: Path) -> LaboratoryCase:
    """Return the laboratory's view of a case folder.

    It is the view that `LaboratoryCase.of_design` gave when the folder was written, so that the same files
    can be made from it again.

    Parameters
    ----------
    folder
        A case folder, by `mouldgen make`.

    Raises
    ------
    InputError
        If it is no case folder, an older mouldgen made it, or a file that is needed is missing or damaged.
    """
    document = _read_document(folder)
    volumes = _read_volumes(folder, document)
    _check_labels(document, volumes)
    try:
        return LaboratoryCase.of_volumes(document, volumes, _read_parameters(folder))
    except ValueError:
        raise _damaged("sampling_map.json", "its transform is not rigid and right-handed") from None


def _read_document(folder: Path) -> MapDocument:
    path = folder / "sampling_map.json"
    try:
        text = path.read_bytes()
        values = json.loads(text)
    except OSError:
        message = (
            f"{folder.name or 'this folder'} is not a case folder: it holds no readable {path.name}. Give "
            "the folder that 'mouldgen make -o' wrote"
        )
        raise InputError(message) from None
    except ValueError:
        raise _damaged(path.name, "it is no JSON") from None
    _check_version(values)
    try:
        return MapDocument.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise _damaged(path.name, f"it does not follow its schema at {place}") from None


def _check_version(values: object) -> None:
    version = values.get("schema_version") if isinstance(values, dict) else None
    if version == SCHEMA_VERSION:
        return
    parts = str(version).split(".")
    is_number = all(part.isascii() and part.isdecimal() for part in parts)
    if not is_number:
        raise _damaged("sampling_map.json", "it states no version of its schema")
    known = [int(part) for part in SCHEMA_VERSION.split(".")]
    who = "an older" if [int(part) for part in parts] < known else "a newer"
    what = "run 'mouldgen make' again" if who == "an older" else "use that version"
    message = (
        f"the folder was made by {who} mouldgen (sampling map {version}, expected {SCHEMA_VERSION}); {what}"
    )
    raise InputError(message)


def _read_parameters(folder: Path) -> DesignParameters:
    try:
        return resolve_parameters(config=read_parameters(folder / "parameters.toml"))
    except ParameterError as error:
        message = f"parameters.toml of the case cannot be used: {error}. Run 'mouldgen make' again"
        raise InputError(message) from None


def _read_volumes(folder: Path, document: MapDocument) -> LaboratoryVolumes:
    patient, maps = folder / "slicer", folder / "maps"
    habitats = _read_labels(patient / HABITATS_NAME) if document.habitats else None
    return LaboratoryVolumes(
        tissue=_read_labels(patient / SPECIMEN_NAME),
        habitats=habitats,
        certainty=_read_certainty(patient / CERTAINTY_NAME, document, habitats),
        reserved=_read_labels(patient / RESERVED_NAME) if (patient / RESERVED_NAME).exists() else None,
        lattice=read_volume_grid(_present(maps / "habitats.nrrd")),
        images_mould=_read_images(maps, document),
    )


def _read_images(maps: Path, document: MapDocument) -> tuple[Image, ...]:
    """Return the images; every slab names them, after the labels, in their order."""
    names = [nearest.image for nearest in document.slabs[0].nearest_slices[1:]] if document.slabs else []
    return tuple(
        read_stored_image(name, _present(maps / file_name))
        for name, file_name in zip(names, map_file_names(names), strict=True)
    )


def _read_labels(path: Path) -> LabelVolume:
    labels = read_segment_volume(_present(path))
    if not labels.labels():
        raise _damaged(path.name, "it holds no labels")
    return labels


def _read_certainty(
    path: Path, document: MapDocument, habitats: LabelVolume | None
) -> CertaintyVolume | None:
    """Return the certainty where the document says that it is known."""
    if habitats is None or all(item.mean_certainty is None for item in document.habitats):
        return None
    certainty = read_certainty_volume(_present(path))
    try:
        HabitatMap(habitats, (), certainty)
    except ValueError:
        raise _damaged(path.name, "its grid is not that of the habitats") from None
    return certainty


def _check_labels(document: MapDocument, volumes: LaboratoryVolumes) -> None:
    listed = {habitat.label for habitat in document.habitats}
    stored = set(volumes.habitats.labels()) if volumes.habitats else set()
    if listed != stored:
        differing = ", ".join(str(label) for label in sorted(listed ^ stored))
        raise _damaged(HABITATS_NAME, f"it and sampling_map.json differ in the labels {differing}")


def _present(path: Path) -> Path:
    if not path.is_file():
        message = (
            f"{path.parent.name}/{path.name} is missing: the folder is damaged, or was made by an older "
            "mouldgen. Run 'mouldgen make' again"
        )
        raise InputError(message)
    return path


def _damaged(name: str, reason: str) -> InputError:
    message = f"{name} is damaged: {reason}. Run 'mouldgen make' again"
    return InputError(message)
