"""How far parallel planes are apart, and which slice of an even spacing each of them is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mouldgen.errors import Finding, InputError
from mouldgen.frames import FloatArray

__all__ = ["PlaneLine", "find_distances"]

IntArray = npt.NDArray[np.int_]

SAME_POSITION_MM = 1e-3
UNEVEN_MM = 0.1
NOTICED_MM = 0.01
FARTHEST_MM = 1e5
_MOST_SLICES = 2**16
_SMALLEST_STEP_MM = 1e-3


@dataclass(frozen=True, eq=False)
class PlaneLine:
    """Planes along their normal: depths in mm, ascending, and the slice that each is."""

    depths_mm: FloatArray
    slices: IntArray

    @property
    def step_mm(self) -> float:
        """Of the even spacing that fits best."""
        return float(np.polynomial.polynomial.polyfit(self.slices, self.depths_mm, 1)[1])

    @property
    def off_mm(self) -> float:
        """How far a plane or a distance is from even at most."""
        step_mm = self.step_mm
        off = self.depths_mm - self.slices * step_mm
        uneven = np.diff(self.depths_mm) - np.diff(self.slices) * step_mm
        return float(max(np.ptp(off) / 2, np.abs(uneven).max()))


def find_distances(
    depths: FloatArray,
    numbers: Sequence[int | None],
    spacing_mm: float | None,
    *,
    may_have_gaps: bool,
    is_measured: bool,
) -> tuple[PlaneLine, tuple[Finding, ...]]:
    """Return which slice each plane is, and what is unusual.

    Parameters
    ----------
    depths
        Shape (n,): along the normal, mm, ascending.
    numbers
        Of the planes, for messages.
    spacing_mm, may_have_gaps, is_measured
        As for `mouldgen.io.dicom.planes.stack_planes`.

    Raises
    ------
    InputError
        If planes lie at the same position, are absent without leave, or unevenly spaced.
    """
    _check_stated(spacing_mm, needed=len(depths) == 1 and may_have_gaps)
    if len(depths) == 1:
        if not may_have_gaps:
            message = "there is only one slice; at least two are needed for a volume"
            raise InputError(message)
        return PlaneLine(depths, np.zeros(1, np.int_)), ()
    _check_apart(depths, numbers)
    if may_have_gaps:
        line, findings = _line_with_gaps(depths, spacing_mm, is_measured=is_measured)
    else:
        line, findings = PlaneLine(depths, np.arange(len(depths))), ()
        _check_complete(line, numbers)
    return line, (*findings, *_judge_evenness(line))


def _check_stated(spacing_mm: float | None, *, needed: bool) -> None:
    if spacing_mm is None and needed:
        message = (
            "there is only one image plane and no spacing between slices is stated, so its thickness is "
            "unknown; export at least two planes, or state SpacingBetweenSlices"
        )
        raise InputError(message)
    if spacing_mm is not None and not (np.isfinite(spacing_mm) and 0 < spacing_mm < FARTHEST_MM):
        message = (
            f"the stated spacing between slices is {spacing_mm:g} mm; expected more than zero. Export the "
            "file again"
        )
        raise InputError(message)


def _check_apart(depths: FloatArray, numbers: Sequence[int | None]) -> None:
    same = np.flatnonzero(np.diff(depths) < SAME_POSITION_MM)
    if len(same):
        message = (
            f"{len(depths)} image planes lie at only {len(depths) - len(same)} positions; expected one at "
            f"each. The first that share one are {_pair(numbers, int(same[0]))}. Export one volume (one "
            "phase, echo or reconstruction) by itself"
        )
        raise InputError(message)


def _check_complete(line: PlaneLine, numbers: Sequence[int | None]) -> None:
    """Refuse missing slices: a volume closed over a gap would be too short."""
    gaps_mm = np.diff(line.depths_mm)
    step_mm = float(np.median(gaps_mm)) if len(gaps_mm) > 2 else float(gaps_mm.min())
    if line.off_mm <= _tolerance_mm(step_mm):
        return
    times = np.rint(gaps_mm / step_mm)
    wide = np.flatnonzero(times > 1)
    if not len(wide) or np.abs(gaps_mm - times * step_mm).max() > _tolerance_mm(step_mm):
        raise _uneven(gaps_mm)
    places = [
        f"{times[low] - 1:.0f} between {_pair(numbers, int(low))} ({gaps_mm[low]:.4g} mm apart)"
        for low in wide
    ]
    more = f" and at {len(places) - 3} further places" if len(places) > 3 else ""
    message = (
        f"slices are missing from the series, whose slices are {step_mm:.4g} mm apart: "
        f"{', '.join(places[:3])}{more}. Export the whole series again"
    )
    raise InputError(message)


def _line_with_gaps(
    depths: FloatArray, spacing_mm: float | None, *, is_measured: bool
) -> tuple[PlaneLine, tuple[Finding, ...]]:
    smallest_mm = float(np.diff(depths).min())
    given = None if spacing_mm is None else _divided(depths, spacing_mm)
    if given is not None and (is_measured or not _is_comb(given)):
        return given, tuple(_judge_comb(given))
    divided = _divided(depths, smallest_mm)
    if divided is not None:
        return divided, tuple(_contradiction(spacing_mm, smallest_mm, is_measured=is_measured))
    if given is not None:
        return given, tuple(_unconfirmed(spacing_mm, smallest_mm))
    raise _uneven(np.diff(depths))


def _is_comb(line: PlaneLine) -> bool:
    """Return whether no two planes are neighbours, so that none of them bears the spacing out."""
    return bool(np.diff(line.slices).min() > 1)


def _judge_comb(line: PlaneLine) -> Iterator[Finding]:
    if len(line.slices) > 2 and _is_comb(line):
        yield Finding.warning(
            "planes_left_out",
            f"no two planes are neighbours: with slices {line.step_mm:.4g} mm apart, they are "
            f"{np.diff(line.depths_mm).min():.4g} mm apart or more. Slices between them stay empty; draw on "
            "them too if they hold tissue",
        )


def _contradiction(stated_mm: float | None, used_mm: float, *, is_measured: bool) -> Iterator[Finding]:
    if stated_mm is not None:
        which = "spacing between slices of the images" if is_measured else "stated spacing between slices"
        yield Finding.warning(
            "spacing_contradicts_positions",
            f"the {which} is {stated_mm:.4g} mm, but the positions of the slices are {used_mm:.4g} mm apart "
            "or multiples of that; the positions are used. Compare with the images",
        )


def _unconfirmed(stated_mm: float | None, smallest_mm: float) -> Iterator[Finding]:
    if stated_mm is not None:
        yield Finding.warning(
            "spacing_unconfirmed",
            f"the stated spacing between slices is {stated_mm:.4g} mm, but no two planes are that close: "
            f"the smallest distance is {smallest_mm:.4g} mm, which does not divide the others. The stated "
            "one is used; compare with the images",
        )


def _divided(depths: FloatArray, spacing_mm: float) -> PlaneLine | None:
    """Return which slices planes are at a spacing; None if they do not lie on multiples of it."""
    if spacing_mm < _SMALLEST_STEP_MM:
        return None
    gaps_mm = np.diff(depths)
    times = np.maximum(np.rint(gaps_mm / spacing_mm), 1)
    tolerance_mm = _tolerance_mm(spacing_mm)
    if np.abs(gaps_mm - times * spacing_mm).max() > tolerance_mm:
        return None
    if times.sum() >= _MOST_SLICES:
        message = (
            f"the image planes reach over {gaps_mm.sum():.4g} mm at a spacing of {spacing_mm:.4g} mm, which "
            f"makes more than {_MOST_SLICES} slices. Export them again"
        )
        raise InputError(message)
    line = PlaneLine(depths, np.concatenate([[0], np.cumsum(times)]).astype(np.int_))
    return line if line.off_mm <= tolerance_mm else None


def _judge_evenness(line: PlaneLine) -> Iterator[Finding]:
    if line.off_mm > NOTICED_MM:
        yield Finding.info(
            "slices_uneven",
            f"the distances of slices vary by up to {line.off_mm:.2g} mm around {line.step_mm:.4g} mm; they "
            "are taken as even",
        )


def _tolerance_mm(step_mm: float) -> float:
    """Return how far a slice may be off; never so much that a missing one would pass."""
    return min(UNEVEN_MM, step_mm / 4)


def _uneven(gaps_mm: FloatArray) -> InputError:
    message = (
        f"the distances of the slices are uneven, from {gaps_mm.min():.4g} to {gaps_mm.max():.4g} mm; "
        f"expected them to agree within {UNEVEN_MM:g} mm. Resample the series onto an even grid, or export "
        "it again"
    )
    return InputError(message)


def _pair(numbers: Sequence[int | None], low: int) -> str:
    one, other = numbers[low], numbers[low + 1]
    if one is None or other is None:
        return f"slices {low + 1} and {low + 2} by position"
    return f"the slices with the numbers {one} and {other}"
