"""Rectangles on as few sheets as needed: skyline, bottom-left, turned by 90 degrees where that is lower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spot", "pack_rectangles"]

_SLACK_MM = 1e-9


@dataclass(frozen=True)
class Spot:
    """Where a rectangle lies.

    Parameters
    ----------
    sheet
        From 0.
    x_mm, y_mm
        Its lower left corner.
    is_turned
        Whether its sides are swapped.
    """

    sheet: int
    x_mm: float
    y_mm: float
    is_turned: bool


@dataclass(frozen=True)
class _Step:
    """A level stretch of a skyline."""

    x_mm: float
    width_mm: float
    y_mm: float


def pack_rectangles(
    sizes_mm: Sequence[tuple[float, float]], sheet_mm: tuple[float, float], gap_mm: float
) -> tuple[Spot | None, ...]:
    """Return a spot for every rectangle, in order; None for those larger than a sheet.

    The largest are laid first, each on the first sheet that has room, as low and then as far left as it
    goes (Jylänki 2010, *A Thousand Ways to Pack the Bin*, section 2.4).

    Parameters
    ----------
    sizes_mm
        Width and height of every rectangle.
    sheet_mm
        Width and height of a sheet.
    gap_mm
        Kept free between rectangles, not at the edge of a sheet.
    """
    width, height = sheet_mm[0] + gap_mm, sheet_mm[1] + gap_mm
    skylines: list[list[_Step]] = []
    spots: list[Spot | None] = [None] * len(sizes_mm)
    for n in sorted(range(len(sizes_mm)), key=lambda n: (-max(sizes_mm[n]), -min(sizes_mm[n]), n)):
        grown = (sizes_mm[n][0] + gap_mm, sizes_mm[n][1] + gap_mm)
        if not any(side[0] <= width + _SLACK_MM and side[1] <= height + _SLACK_MM for side in _turns(grown)):
            continue
        sheet = 0
        while spots[n] is None:
            if sheet == len(skylines):
                skylines.append([_Step(0.0, width, 0.0)])
            found = _lowest(skylines[sheet], grown, height)
            if found is not None:
                x, y, is_turned = found
                spots[n] = Spot(sheet, x, y, is_turned)
                sides = grown[::-1] if is_turned else grown
                skylines[sheet] = _raised(skylines[sheet], x, sides[0], y + sides[1])
            sheet += 1
    return tuple(spots)


def _turns(size: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    return size, size[::-1]


def _lowest(
    skyline: Sequence[_Step], size: tuple[float, float], height_mm: float
) -> tuple[float, float, bool] | None:
    """Return the spot whose upper edge is lowest, then leftmost, then not turned."""
    end = skyline[-1].x_mm + skyline[-1].width_mm
    found = []
    for is_turned, (width, depth) in enumerate(_turns(size)):
        for step in skyline:
            right = step.x_mm + width
            if right > end + _SLACK_MM:
                break
            under = [
                s.y_mm
                for s in skyline
                if s.x_mm < right - _SLACK_MM and s.x_mm + s.width_mm > step.x_mm + _SLACK_MM
            ]
            y = max(under)
            if y + depth <= height_mm + _SLACK_MM:
                found.append((round(y + depth, 6), step.x_mm, is_turned, y))
    if not found:
        return None
    _, x, turned, y = min(found)
    return x, y, bool(turned)


def _raised(skyline: Sequence[_Step], x_mm: float, width_mm: float, y_mm: float) -> list[_Step]:
    """Return the skyline with a rectangle's upper edge in it."""
    right = x_mm + width_mm
    steps = []
    for step in skyline:
        end = step.x_mm + step.width_mm
        if step.x_mm < x_mm - _SLACK_MM:
            steps.append(_Step(step.x_mm, min(end, x_mm) - step.x_mm, step.y_mm))
        if end > right + _SLACK_MM:
            start = max(step.x_mm, right)
            steps.append(_Step(start, end - start, step.y_mm))
    steps.append(_Step(x_mm, width_mm, y_mm))
    return sorted(steps, key=lambda step: step.x_mm)
