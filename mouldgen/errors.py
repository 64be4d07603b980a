"""The exception tree, the exit codes of the command line, and findings.

::

    MouldgenError                exit code 1
    +-- InputError               3   a file or what it holds cannot be used
    |   +-- OutputError          3   the case folder cannot be written
    +-- ParameterError           4   a parameter is out of range (also a ValueError)
    +-- GeometryError            5   the geometry asked for cannot be built
    +-- CheckFailed              6   a check of the result failed
    +-- MissingExtraError        7   an optional library is missing (also an ImportError)

A message says what is wrong with its value and unit, what was expected, and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

__all__ = [
    "CheckFailed",
    "ExitCode",
    "Finding",
    "GeometryError",
    "InputError",
    "MissingExtraError",
    "MouldgenError",
    "OutputError",
    "ParameterError",
    "Severity",
]


class ExitCode(IntEnum):
    """What the command line returns to the shell."""

    DONE = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    PARAMETER = 4
    GEOMETRY = 5
    CHECK_FAILED = 6
    EXTRA_MISSING = 7
    INTERRUPTED = 130


class MouldgenError(Exception):
    """Base of every error that mouldgen raises on purpose."""

    exit_code = ExitCode.BUG


class InputError(MouldgenError):
    """A file, or what it holds, cannot be used."""

    exit_code = ExitCode.INPUT


class OutputError(InputError):
    """The case folder cannot be written."""


class ParameterError(MouldgenError, ValueError):
    """A parameter is missing, unknown or out of range."""

    exit_code = ExitCode.PARAMETER


class GeometryError(MouldgenError):
    """The geometry asked for cannot be built."""

    exit_code = ExitCode.GEOMETRY


class CheckFailed(MouldgenError):
    """The result does not hold what it must hold."""

    exit_code = ExitCode.CHECK_FAILED


class MissingExtraError(MouldgenError, ImportError):
    """A library of an optional extra is not installed."""

    exit_code = ExitCode.EXTRA_MISSING


class Severity(StrEnum):
    """How much a finding matters: only an ``error`` makes a mould unusable."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that the user should know about an input or a result.

    Parameters
    ----------
    code
        Stable word for programs, such as ``cut_by_border``.
    severity
        How much it matters.
    message
        What was found, with values and units, and what to do.
    """

    code: str
    severity: Severity
    message: str

    @classmethod
    def info(cls, code: str, message: str) -> Finding:
        """Return a finding that needs no action."""
        return cls(code, Severity.INFO, message)

    @classmethod
    def warning(cls, code: str, message: str) -> Finding:
        """Return a finding that the user should look at before cutting."""
        return cls(code, Severity.WARNING, message)

    @classmethod
    def error(cls, code: str, message: str) -> Finding:
        """Return a finding that makes the result unusable."""
        return cls(code, Severity.ERROR, message)
