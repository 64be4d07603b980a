"""Every parameter with its default, unit, range, help and source, for people and for the docs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from typing import Any

from pydantic.fields import FieldInfo

from mouldgen.params.design import DesignParameters
from mouldgen.params.problems import all_fields

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
    defaults = DesignParameters().model_dump(mode="json")
    return tuple(_description(key, field, defaults) for key, field in all_fields(DesignParameters))


def _description(key: str, field: FieldInfo, defaults: Any) -> ParameterDescription:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return ParameterDescription(
        key=key,
        default=reduce(getitem, key.split("."), defaults),
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
