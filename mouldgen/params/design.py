"""All sections together, and what is wrong with values that do not fit them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from mouldgen.errors import ParameterError
from mouldgen.params.nesting import merged
from mouldgen.params.sections import (
    BladeParameters,
    CutParameters,
    FitParameters,
    MouldParameters,
    OrientationParameters,
    PrinterParameters,
    Section,
    SpecimenParameters,
    SurfaceParameters,
    field_value,
)

__all__ = ["DesignParameters", "all_keys"]


class DesignParameters(Section):
    """Everything that decides a design besides the voxels.

    Examples
    --------
    >>> DesignParameters(cuts={"slab_mm": 5}).cuts.slab_mm
    5.0
    """

    case: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")] | None = field_value(
        None, "What the case is called: up to 32 letters, digits, '.', '_' and '-'. Engraved on the mould."
    )
    specimen: SpecimenParameters = SpecimenParameters()
    orientation: OrientationParameters = OrientationParameters()
    cuts: CutParameters = CutParameters()
    blade: BladeParameters = BladeParameters()
    fit: FitParameters = FitParameters()
    mould: MouldParameters = MouldParameters()
    surface: SurfaceParameters = SurfaceParameters()
    printer: PrinterParameters = PrinterParameters()

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(_explain(error)) from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, without those that are unset."""
        return self.model_dump(mode="json", exclude_none=True)

    def with_values(self, values: Mapping[str, Any]) -> DesignParameters:
        """Return a copy in which the nested `values` replace what was there."""
        return DesignParameters(**merged(self.to_dict(), values))


def all_keys() -> Iterable[str]:
    """Yield every parameter as ``section.key``."""
    for name, field in DesignParameters.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            yield from (f"{name}.{key}" for key in section.model_fields)
        else:
            yield name


def _explain(error: ValidationError) -> str:
    """Return one line a problem: which parameter, what is wrong, what was given."""
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            close = difflib.get_close_matches(key, list(all_keys()), n=2, cutoff=0.5)
            text = "is not a parameter" + (f"; did you mean {' or '.join(close)}?" if close else "")
        elif problem["type"] != "value_error":
            text = f"{text}; got {problem['input']!r}"
        lines.append(f"{key}: {text}" if key else text)
    return "; ".join(lines)
