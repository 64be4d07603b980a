"""How `make` computes habitats from the images instead of reading them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mouldgen.habitats.computed import ComputedHabitats
    from mouldgen.images import Source, Specimen
    from mouldgen.params import DesignParameters

__all__ = ["HabitatsFromImages"]


class HabitatsFromImages:
    """Computes the habitats of a specimen, and keeps what the case folder says about them.

    Parameters
    ----------
    parameters
        Resolved.
    model
        A model that was fitted before; None fits one to this specimen.
    pictures
        Draw them, too.
    """

    def __init__(self, parameters: DesignParameters, model: Path | None, *, pictures: bool) -> None:
        self._parameters = parameters
        self._model = model
        self._pictures = pictures
        self._found: tuple[ComputedHabitats, tuple[Source, ...]] | None = None

    @property
    def parameters_to_read(self) -> DesignParameters:
        """The parameters without the names of habitats, which are there only after reading."""
        specimen = self._parameters.specimen.model_copy(update={"habitat_names": {}})
        return self._parameters.model_copy(update={"specimen": specimen})

    def added_to(self, specimen: Specimen, on_stage: Callable[[str], None]) -> Specimen:
        """Return the specimen with its habitats."""
        from mouldgen.io.computed_habitats import compute_for_specimen, read_model, with_computed_habitats

        if self._model is not None:
            model, source = read_model(self._model)
            specimen = replace(specimen, sources=(*specimen.sources, source))
        else:
            model = None
        computed = compute_for_specimen(specimen, self._parameters, model=model, on_stage=on_stage)
        self._found = computed, specimen.sources
        return with_computed_habitats(specimen, computed, self._parameters.specimen.habitat_names)

    def write(self, case: Path) -> None:
        """Write everything about the habitats into a case folder."""
        from mouldgen.export.habitats.files import write_habitats
        from mouldgen.export.habitats.placing import HabitatPlaces

        if self._found is None:
            message = "habitats are written after they are computed"
            raise RuntimeError(message)
        computed, sources = self._found
        places = HabitatPlaces.in_case(case)
        places.folder.mkdir()
        write_habitats(computed, self._parameters, sources, places, pictures=self._pictures)
