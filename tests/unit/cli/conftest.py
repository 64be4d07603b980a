"""The command line called in this process, and a small real design."""

from __future__ import annotations

import signal
import sys
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

from mouldgen.cli import main
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.testing.bodies import Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import covering_grid, two_habitat_ellipsoid


@dataclass(frozen=True)
class Said:
    """What a command printed and returned."""

    out: str
    err: str
    code: int


@pytest.fixture
def mouldgen(capsys, monkeypatch):
    """Return a function that runs the command line and gives back what it said."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def run(*arguments) -> Said:
        monkeypatch.setattr(sys, "argv", ["mouldgen", *map(str, arguments)])
        code = 0
        with warnings.catch_warnings():
            try:
                main()
            except SystemExit as stop:
                code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Said(captured.out, captured.err, code)

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def design():
    """Return the design of an ellipsoid of 8 mL with two habitats, cut obliquely."""
    center, radii = np.array([10.0, -20.0, 30.0]), np.array([16.0, 12.0, 10.0])
    grid = covering_grid(center, radii, [1.0, 1.0, 2.0])
    specimen = two_habitat_ellipsoid(
        Ellipsoid(center, radii), HalfSpace(np.array([1.0, 0.2, 0.1]), 8.0), grid
    )
    parameters = DesignParameters(
        case="case-01",
        cuts={"slab_mm": 6.0},
        orientation={"normal_lps": (0.5, 0.3, 0.8)},
        surface={"grid_mm": 1.0},
    )
    return design_mould(specimen, parameters)
