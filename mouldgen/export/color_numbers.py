"""Colours as numbers."""

from __future__ import annotations

__all__ = ["red_green_blue"]


def red_green_blue(color: str) -> tuple[int, int, int]:
    """Return the three numbers, from 0 to 255, of ``#rrggbb``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
