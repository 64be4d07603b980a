"""Every parameter with its default, unit, range, help and source, for people and for the docs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from mouldgen.params.design import DesignParameters
from mouldgen.params.sections import Section

__all__ = ["ParameterDescription", "describe_parameters"]

_LIMIT_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


@dataclass(frozen=True)
class ParameterDescription:
    """What is to be known of one parameter.

    Parameters
    ----------
    key
        ``section.name``.
    default
        Plain value; None where it is unset.
    unit
        ``mm``, ``deg``, ``%`` or nothing.
    limits
        Such as ``> 0, <= 200``.
    help
        One or two sentences.
    source
        Where the default comes from, or nothing.
    """

    key: str
    default: Any
    unit: str
    limits: str
    help: str
    source: str


def describe_parameters() -> tuple[ParameterDescription, ...]:
    """Return all parameters, section by section."""
    return tuple(_described(DesignParameters().model_dump(mode="json"), DesignParameters, ""))


def _described(defaults: dict[str, Any], model: type[Any], prefix: str) -> Iterable[ParameterDescription]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _described(defaults[name], field.annotation, f"{prefix}{name}.")
        else:
            yield _description(prefix + name, defaults[name], field)


def _description(key: str, default: Any, field: FieldInfo) -> ParameterDescription:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return ParameterDescription(
        key=key,
        default=default,
        unit=str(extra.get("unit", "")),
        limits=", ".join(_limits(field)),
        help=field.description or "",
        source=str(extra.get("source", "")),
    )


def _limits(field: FieldInfo) -> Iterable[str]:
    for constraint in field.metadata:
        for name, sign in _LIMIT_SIGNS.items():
            if (limit := getattr(constraint, name, None)) is not None:
                yield f"{sign} {limit:g}"
