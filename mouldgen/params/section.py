"""What every group of parameters is: frozen, closed, and with a unit and a source at each value."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

__all__ = ["Section", "Vector", "field_value"]

Vector = tuple[float, float, float]


class Section(BaseModel):
    """A group of parameters; frozen, and nothing else may be in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse ``true`` for numbers and texts; pydantic would take it for 1."""
        members = value if isinstance(value, list | tuple) else (value,)
        wants_truth = cls.model_fields[info.field_name or ""].annotation is bool
        if not wants_truth and any(isinstance(member, bool) for member in members):
            message = f"expected a number or text; got {str(value).lower()}"
            raise ValueError(message)
        return value


def field_value(
    default: Any, help_text: str, *, unit: str = "", source: str = "", expected: str = "", **limits: Any
) -> Any:
    """Return a pydantic field that carries its unit and where its default comes from.

    Parameters
    ----------
    default, help_text
        Its value where nothing is given, and what it is for.
    unit
        ``mm``, ``deg``, ``%`` or nothing.
    source
        Where the default comes from.
    expected
        What it takes, in words, if its limits do not say it.
    limits
        As `pydantic.Field` takes them.
    """
    extra: dict[str, Any] = {"unit": unit, "source": source, "expected": expected}
    return Field(default, description=help_text, json_schema_extra=extra, **limits)
