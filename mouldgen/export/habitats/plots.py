"""How pictures of habitats are drawn and saved: matplotlib without a screen, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mouldgen.habitats.extra import import_extra

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["INK", "QUIET", "save_figure", "styled"]

INK = "#1a1a1a"
QUIET = "#6b6b6b"

_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.hashsalt": "mouldgen",
}
_DOTS_PER_INCH = 130


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of all pictures of habitats, whatever the user has set for matplotlib."""
    matplotlib = import_extra("matplotlib")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, without the program and version that matplotlib would put into it."""
    figure.savefig(path, dpi=_DOTS_PER_INCH, metadata={"Software": None}, facecolor="white")
