"""Writing computed habitats: document, table, model, maps and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.export.case_writers import write_text
from mouldgen.export.habitat_volumes import write_certainty_volume
from mouldgen.export.habitats.document import habitats_document, named_habitats
from mouldgen.export.habitats.feature_pictures import draw_distributions, draw_scatter
from mouldgen.export.habitats.slices_picture import SlicePictureContent, draw_slices
from mouldgen.export.habitats.table import habitats_csv_text
from mouldgen.export.nrrd_volume import write_volume
from mouldgen.images import CertaintyVolume

if TYPE_CHECKING:
    from mouldgen.export.habitats.placing import HabitatPlaces
    from mouldgen.habitats.channels import FeatureTable
    from mouldgen.habitats.computed import ComputedHabitats
    from mouldgen.params import DesignParameters
    from mouldgen.specimen import Source

__all__ = ["write_habitats"]

CERTAINTY_NAME = "certainty.nrrd"
MODEL_NAME = "model.json"


def write_habitats(
    computed: ComputedHabitats,
    parameters: DesignParameters,
    sources: Iterable[Source],
    places: HabitatPlaces,
    *,
    pictures: bool = True,
) -> None:
    """Write everything about computed habitats but their label map.

    Parameters
    ----------
    computed
        The habitats.
    parameters
        Resolved.
    sources
        Inputs that were read.
    places
        Where to; the folder exists.
    pictures
        Draw them, too.
    """
    document = habitats_document(computed, parameters, sources)
    write_text(places.document, document.to_text())
    write_text(places.table, habitats_csv_text(document))
    write_text(places.folder / MODEL_NAME, computed.model_text)
    grid = computed.labels.grid
    write_certainty_volume(CertaintyVolume(computed.certainty, grid), places.folder / CERTAINTY_NAME)
    _write_features(computed.table, places.folder / "features")
    if pictures:
        _draw(computed, places.folder)


def _write_features(table: FeatureTable, folder: Path) -> None:
    """Write every feature in its own unit, 0 outside the tumour."""
    folder.mkdir()
    for name, values in _feature_files(table):
        volume = table.tumour.spread_out(values)
        write_volume(volume, table.tumour.grid, folder / f"{name}.nrrd", compressed=True)


def _feature_files(table: FeatureTable) -> Iterator[tuple[str, np.ndarray[tuple[int], np.dtype[np.float32]]]]:
    for feature in table.features:
        yield re.sub(r"\W+", "_", feature.name), feature.values.astype(np.float32)


def _draw(computed: ComputedHabitats, folder: Path) -> None:
    habitats = named_habitats(computed)
    labels = computed.labels.voxels[computed.channels.tumour.inside]
    content = SlicePictureContent(computed.channels, computed.labels.voxels, habitats, computed.certainty)
    draw_slices(content, folder / "slices.png")
    draw_distributions(computed.table, labels, habitats, folder / "distributions.png")
    if len(computed.table.features) > 1:
        draw_scatter(computed.table, labels, habitats, folder / "scatter.png")
