"""Which slab lies where on which tray: rows in the order of the slabs, as many trays as the bed asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "Place", "TrayGrid", "lay_out_trays"]


@dataclass(frozen=True)
class Cell:
    """Room that one well takes, with its label above it.

    Parameters
    ----------
    width_mm, height_mm
        Of the cell.
    """

    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Place:
    """Where a cell lies: its index, and its left and upper edge from the tray's inner upper left corner.

    Y runs up, so that `top_mm` is at most 0.
    """

    index: int
    left_mm: float
    top_mm: float


@dataclass(frozen=True)
class TrayGrid:
    """The cells of one tray.

    Parameters
    ----------
    places
        In order, from the upper left one, row by row.
    width_mm, height_mm
        What they take.
    """

    places: tuple[Place, ...]
    width_mm: float
    height_mm: float


def lay_out_trays(
    cells: Sequence[Cell], room_mm: tuple[float, float], gap_mm: float
) -> tuple[TrayGrid, ...] | None:
    """Return as few trays as possible; None if a cell alone is too large.

    Parameters
    ----------
    cells
        In the order of the slabs; the order is kept.
    room_mm
        What a tray may hold along X and Y; it may also be turned by 90 degrees.
    gap_mm
        Between cells.
    """
    ways = [_rows_of_trays(cells, room, gap_mm) for room in (room_mm, room_mm[::-1])]
    possible = [trays for trays in ways if trays is not None]
    if not possible:
        return None
    return min(possible, key=lambda trays: (len(trays), sum(t.width_mm * t.height_mm for t in trays)))


def _rows_of_trays(
    cells: Sequence[Cell], room_mm: tuple[float, float], gap_mm: float
) -> tuple[TrayGrid, ...] | None:
    if any(cell.width_mm > room_mm[0] or cell.height_mm > room_mm[1] for cell in cells):
        return None
    trays: list[list[list[int]]] = [[[]]]
    for n in range(len(cells)):
        row = trays[-1][-1]
        if row and _width([*row, n], cells, gap_mm) > room_mm[0]:
            trays[-1].append([])
        trays[-1][-1].append(n)
        if _height(trays[-1], cells, gap_mm) > room_mm[1]:
            # the row became too high: its last cell begins the next tray, and a row that stays empty goes
            trays[-1][-1].pop()
            if not trays[-1][-1]:
                trays[-1].pop()
            trays.append([[n]])
    return tuple(_grid(rows, cells, gap_mm) for rows in trays)


def _width(row: Sequence[int], cells: Sequence[Cell], gap_mm: float) -> float:
    return sum(cells[n].width_mm for n in row) + gap_mm * (len(row) - 1)


def _row_height(row: Sequence[int], cells: Sequence[Cell]) -> float:
    return max(cells[n].height_mm for n in row)


def _height(rows: Sequence[Sequence[int]], cells: Sequence[Cell], gap_mm: float) -> float:
    return sum(_row_height(row, cells) for row in rows) + gap_mm * (len(rows) - 1)


def _grid(rows: Sequence[Sequence[int]], cells: Sequence[Cell], gap_mm: float) -> TrayGrid:
    places = []
    top = 0.0
    for row in rows:
        left = 0.0
        for n in row:
            places.append(Place(n, left, top))
            left += cells[n].width_mm + gap_mm
        top -= _row_height(row, cells) + gap_mm
    width = max(_width(row, cells, gap_mm) for row in rows)
    return TrayGrid(tuple(places), width, -top - gap_mm)
