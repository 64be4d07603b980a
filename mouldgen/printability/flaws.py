"""A finding about a printed part, and where on the part it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, Severity
from mouldgen.frames import FloatArray

__all__ = ["Flaw", "as_information", "at", "findings_of", "part_flaw", "scattered"]

Place = tuple[float, float, float]

MOST_PLACES = 24


@dataclass(frozen=True)
class Flaw:
    """What does not hold of a part.

    Parameters
    ----------
    part
        Name of the part, such as ``base``.
    finding
        What was found, and what to do.
    places_mm
        Points on the part, the gravest first; at most 24, none if it concerns the whole.
    """

    part: str
    finding: Finding
    places_mm: tuple[Place, ...] = ()

    @property
    def is_fault(self) -> bool:
        """Whether it is more than information."""
        return self.finding.severity is not Severity.INFO


def findings_of(flaws: Iterable[Flaw]) -> tuple[Finding, ...]:
    """Return the findings of flaws, in their order."""
    return tuple(flaw.finding for flaw in flaws)


def as_information(flaws: Iterable[Flaw], codes: Iterable[str]) -> Iterator[Flaw]:
    """Yield flaws, those with one of the codes as information."""
    lowered = set(codes)
    for flaw in flaws:
        if flaw.finding.code in lowered:
            yield replace(flaw, finding=replace(flaw.finding, severity=Severity.INFO))
        else:
            yield flaw


def part_flaw(
    part: str, severity: Severity, code: str, message: str, places_mm: npt.ArrayLike | None = None
) -> Flaw:
    """Return a flaw whose message begins with the part's name.

    Parameters
    ----------
    part, severity, code, message
        As in `Finding`.
    places_mm
        Shape (K, 3), the gravest first; those beyond 24 are left out.
    """
    points = np.zeros((0, 3)) if places_mm is None else np.reshape(np.asarray(places_mm, float), (-1, 3))
    places = tuple((float(x), float(y), float(z)) for x, y, z in points[:MOST_PLACES].round(3))
    return Flaw(part, Finding(code, severity, f"{part}: {message}"), places)


def at(point_mm: Sequence[float] | FloatArray) -> str:
    """Return for instance ``at x 12.3, y -4.0, z 0.0 mm``."""
    x, y, z = (float(value) + 0.0 for value in np.round(point_mm, 1))
    return f"at x {x:.1f}, y {y:.1f}, z {z:.1f} mm"


def scattered(points_mm: FloatArray, apart_mm: float) -> FloatArray:
    """Return some of the points, in their order, that are at least `apart_mm` from each other."""
    kept: list[FloatArray] = []
    for point in points_mm:
        if all(np.linalg.norm(point - other) >= apart_mm for other in kept):
            kept.append(point)
        if len(kept) == MOST_PLACES:
            break
    return np.array(kept).reshape(-1, 3)
