"""How `make` computes habitats from the images instead of reading them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.cli.habitat_options import AUTO
from mouldgen.errors import ParameterError

if TYPE_CHECKING:
    from mouldgen.habitats.computed import ComputedHabitats
    from mouldgen.params import DesignParameters
    from mouldgen.specimen import Source, Specimen

__all__ = ["HabitatsFromImages", "habitats_from_images"]


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
        from mouldgen.io.computed_habitats import compute_for_specimen, with_computed_habitats

        self._found = compute_for_specimen(specimen, self._parameters, model=self._model, on_stage=on_stage)
        computed, sources = self._found
        self._parameters = self._parameters.with_structures_named(specimen.withheld)
        named = with_computed_habitats(specimen, computed, self._parameters.specimen.habitat_names)
        return replace(named, sources=sources)

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


def habitats_from_images(
    habitats: str | None,
    model: Path | None,
    given: Mapping[str, object],
    parameters: DesignParameters,
    *,
    pictures: bool,
) -> HabitatsFromImages | None:
    """Return what computes habitats; None where they come from a file, or there are none.

    Parameters
    ----------
    habitats
        What ``--habitats`` says.
    model
        What ``--model`` says.
    given
        Parameters that the options about habitats from images set, by dotted key; None where not given.
    parameters
        Resolved.
    pictures
        Draw them, too.

    Raises
    ------
    ParameterError
        If such an option is given, but habitats are not to be computed.
    """
    if habitats == AUTO:
        return HabitatsFromImages(parameters, model, pictures=pictures)
    if model is not None or any(value is not None for value in given.values()):
        message = (
            "options about habitats from images are given, but no habitats are computed; add "
            "--habitats auto, or leave them out"
        )
        raise ParameterError(message)
    return None
