"""What habitats were told apart by, frozen: it can be written down, and applied to other tumours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mouldgen.errors import InputError, ParameterError
from mouldgen.frames import FloatArray, frozen_array
from mouldgen.habitats.channels import FeatureTable
from mouldgen.habitats.components import Components
from mouldgen.params.habitats import ClusterMethod, FeatureKind

__all__ = ["HabitatModel", "ModelFeature", "Standardisation", "check_same_features", "features_of"]

FORMAT = "mouldgen-habitat-model"
FORMAT_VERSION = 1


@dataclass(frozen=True, eq=False)
class Standardisation:
    """Mean 0 and standard deviation 1 for every feature of the voxels that a model was fitted to.

    Parameters
    ----------
    center, scale
        Shape (features,) each; scales are above 0.
    """

    center: FloatArray
    scale: FloatArray

    def __post_init__(self) -> None:
        for name in ("center", "scale"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        finite = np.isfinite(self.center).all() and np.isfinite(self.scale).all()
        if self.center.shape != self.scale.shape or not finite or not (self.scale > 0).all():
            message = "centres and scales are finite, one of each for every feature, and scales above 0"
            raise ValueError(message)

    @classmethod
    def of(cls, matrix: FloatArray) -> Standardisation:
        """Return that of a matrix, shape (N, features); what is constant keeps its scale."""
        scale = matrix.std(axis=0)
        return cls(matrix.mean(axis=0), np.where(scale > 1e-9, scale, 1.0))

    def apply(self, matrix: FloatArray) -> FloatArray:
        """Return the standardised matrix."""
        return np.asarray((matrix - self.center) / self.scale)


@dataclass(frozen=True)
class ModelFeature:
    """One feature that a model looks at.

    Parameters
    ----------
    channel
        Name of the image; empty for position.
    kind
        What is computed of it.
    direction
        Of a position; else empty.
    """

    channel: str
    kind: FeatureKind
    direction: str = ""

    def __str__(self) -> str:
        return " ".join(word for word in (self.channel, self.kind, self.direction) if word)


@dataclass(frozen=True, eq=False)
class HabitatModel:
    """Components over features, and what must be equal where they are applied.

    Parameters
    ----------
    method
        What the components were found by.
    features
        In the order of the components' axes.
    standardisation
        From scaled features to what the components lie in.
    components
        One for each habitat; component n is habitat n + 1.
    names
        Of the habitats, in the same order.
    settings
        Parameters that decide the features: they must be the same where the model is applied. JSON values by
        name.
    seed
        Of the fit.
    cases
        How many tumours it was fitted to.
    versions
        Of the libraries that fitted it, by name.
    """

    method: ClusterMethod
    features: tuple[ModelFeature, ...]
    standardisation: Standardisation
    components: Components
    names: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    cases: int = 1
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wide = len(self.features)
        if self.standardisation.center.shape != (wide,) or self.components.means.shape[1] != wide:
            message = f"the model has {wide} features, but not as many centres and means"
            raise ValueError(message)
        if len(self.names) != self.components.count or len(set(self.names)) < len(self.names):
            message = f"{self.components.count} habitats need as many names, each once; got {self.names}"
            raise ValueError(message)

    def log_densities(self, table: FeatureTable) -> FloatArray:
        """Return the evidence for every habitat in every voxel, shape (N, K).

        Raises
        ------
        ParameterError
            If the table has other features.
        """
        check_same_features(self.features, features_of(table))
        return self.components.log_densities(self.standardisation.apply(table.matrix))

    def check_settings(self, settings: Mapping[str, Any]) -> None:
        """Refuse parameters of the features that are not those of the model.

        Raises
        ------
        ParameterError
            With every one that differs.
        """
        given = json.loads(json.dumps(dict(settings)))
        wanted = json.loads(json.dumps(dict(self.settings)))
        differences = [
            f"{key}: the model has {_shown(wanted, key)}, this case {_shown(given, key)}"
            for key in sorted({*wanted, *given})
            if wanted.get(key) != given.get(key)
        ]
        if differences:
            message = (
                f"the habitat model was fitted with other parameters ({'; '.join(differences)}); use the "
                "model's, "
                "or fit another model"
            )
            raise ParameterError(message)

    def to_json_text(self) -> str:
        """Return the model as a JSON document; the same model gives the same text."""
        return json.dumps(_document_of(self), indent=2, sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json_text(cls, text: str) -> HabitatModel:
        """Return the model of a JSON document that `to_json_text` wrote.

        Raises
        ------
        InputError
            If it is not one, or what it holds cannot be used.
        """
        document = _read_document(text)
        try:
            return _model_of(document)
        except (KeyError, TypeError, ValueError, AttributeError, np.linalg.LinAlgError) as error:
            message = f"the habitat model is damaged ({type(error).__name__}: {error}); fit it again"
            raise InputError(message) from None


def features_of(table: FeatureTable) -> tuple[ModelFeature, ...]:
    """Return what a table holds."""
    return tuple(ModelFeature(feature.channel, feature.kind, feature.direction) for feature in table.features)


def check_same_features(model: Sequence[ModelFeature], case: Sequence[ModelFeature]) -> None:
    """Refuse features of a case that are not those of a model, in its order.

    Raises
    ------
    ParameterError
        With what differs.
    """
    wanted, given = [str(feature) for feature in model], [str(feature) for feature in case]
    if wanted == given:
        return
    missing, more = sorted(set(wanted) - set(given)), sorted(set(given) - set(wanted))
    differences = [
        *([f"this case lacks {', '.join(missing)}"] if missing else []),
        *([f"the model does not know {', '.join(more)}"] if more else []),
    ] or [f"this case has them in the order {', '.join(given)}"]
    message = (
        f"the habitat model looks at {', '.join(wanted)}, but {' and '.join(differences)}. Give the images "
        "of the "
        "model by the same names, in its order and with the same maps, or fit another model"
    )
    raise ParameterError(message)


def _document_of(model: HabitatModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "method": str(model.method),
        "features": [
            {"channel": f.channel, "kind": str(f.kind), "direction": f.direction} for f in model.features
        ],
        "settings": dict(model.settings),
        "center": model.standardisation.center.tolist(),
        "scale": model.standardisation.scale.tolist(),
        "habitats": [
            {
                "label": position + 1,
                "name": name,
                "weight": float(model.components.weights[position]),
                "mean": model.components.means[position].tolist(),
                "covariance": model.components.covariances[position].tolist(),
            }
            for position, name in enumerate(model.names)
        ],
        "seed": model.seed,
        "cases": model.cases,
        "versions": dict(model.versions),
    }


def _read_document(text: str) -> Mapping[str, Any]:
    """Return the document of a text; refuse what is none of ours."""
    try:
        document = json.loads(text)
    except ValueError as error:
        message = f"the habitat model is not a JSON document ({error}); give a file that mouldgen wrote"
        raise InputError(message) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        message = f"this is not a habitat model: expected format {FORMAT!r}; give a file that mouldgen wrote"
        raise InputError(message)
    if document.get("format_version") != FORMAT_VERSION:
        message = (
            f"the habitat model has format version {document.get('format_version')!r}; this program reads "
            f"{FORMAT_VERSION}. Fit the model again, or use the version of mouldgen that wrote it"
        )
        raise InputError(message)
    return document


def _model_of(document: Mapping[str, Any]) -> HabitatModel:
    habitats = document["habitats"]
    if [habitat["label"] for habitat in habitats] != list(range(1, len(habitats) + 1)):
        message = "habitats are numbered from 1"
        raise ValueError(message)
    features = tuple(
        ModelFeature(str(f["channel"]), FeatureKind(f["kind"]), str(f["direction"]))
        for f in document["features"]
    )
    components = Components(*(_array(habitats, key) for key in ("weight", "mean", "covariance")))
    return HabitatModel(
        method=ClusterMethod(document["method"]),
        features=features,
        standardisation=Standardisation(
            np.array(document["center"], float), np.array(document["scale"], float)
        ),
        components=components,
        names=tuple(str(habitat["name"]) for habitat in habitats),
        settings=dict(document["settings"]),
        seed=int(document["seed"]),
        cases=int(document["cases"]),
        versions={str(key): str(value) for key, value in document["versions"].items()},
    )


def _array(habitats: Sequence[Mapping[str, Any]], key: str) -> FloatArray:
    return np.array([habitat[key] for habitat in habitats], np.float64)


def _shown(settings: Mapping[str, Any], key: str) -> str:
    return json.dumps(settings[key]) if key in settings else "none"
