"""Values of a data set as plain Python values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = ["items_of", "number_of", "numbers_of", "text_of", "whole_number_of"]


def text_of(dataset: Dataset, keyword: str) -> str:
    """Return a value as printable text, several joined by backslashes; empty where absent or unreadable."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, bytes):
        return ""
    # a damaged text may hold data sets, whose own text takes exponential time
    parts = [
        part for part in (value if _is_several(value) else (value,)) if not hasattr(part, "group_dataset")
    ]
    text = "\\".join(map(str, parts))
    # line breaks and control characters would reach the terminal
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def whole_number_of(dataset: Dataset, keyword: str) -> int | None:
    """Return a whole number; None where it is absent or unreadable."""
    number = number_of(dataset, keyword)
    return int(number) if number is not None and number.is_integer() else None


def number_of(dataset: Dataset, keyword: str) -> float | None:
    """Return a finite number; None where it is absent or unreadable."""
    numbers = numbers_of(dataset, keyword)
    return numbers[0] if numbers is not None and len(numbers) == 1 else None


def numbers_of(dataset: Dataset, keyword: str) -> tuple[float, ...] | None:
    """Return finite numbers; None where they are absent or unreadable."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, bytes):
        return None
    try:
        numbers = tuple(float(part) for part in (value if _is_several(value) else (value,)))
    except (TypeError, ValueError, OverflowError):
        return None
    return numbers if numbers and all(math.isfinite(number) for number in numbers) else None


def items_of(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; none where it is absent or unreadable."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, str | bytes) or not isinstance(value, Iterable):
        return ()
    return tuple(item for item in value if hasattr(item, "group_dataset"))


def _value(dataset: Dataset, keyword: str) -> Any:
    try:
        return dataset.get(keyword)
    except Exception:  # noqa: BLE001  pydicom raises anything where a value is damaged
        return None


def _is_several(value: object) -> bool:
    return (
        isinstance(value, Iterable)
        and not isinstance(value, str | bytes)
        and not hasattr(value, "components")
    )
