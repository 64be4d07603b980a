"""One input through the readers: what came of it, how long it took, and how much memory."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from seeds import Seed, write_tissue

from mouldgen.errors import GeometryError, InputError, MissingExtraError, ParameterError
from mouldgen.io.inspection import inspect_input
from mouldgen.io.landmarks import read_landmarks
from mouldgen.io.specimen import read_specimen
from mouldgen.params import DesignParameters

__all__ = ["LARGEST_GROWTH_MB", "LONGEST_S", "Outcome", "limit_memory", "try_place", "try_seed"]

LONGEST_S = 10
LARGEST_GROWTH_MB = 2048
_SPARE_BYTES = 3 * 2**30
"""More address space than that is refused to the process."""

_REFUSALS = (InputError, ParameterError, GeometryError, MissingExtraError)
_MOST_FRAMES = 60
_PACKAGE = f"{os.sep}mouldgen{os.sep}"


@dataclass(frozen=True)
class Outcome:
    """What came of one input.

    Parameters
    ----------
    kind
        ``read``, ``refused`` or ``problem``.
    seconds, growth_mb
        Of all readers together.
    problem
        What went wrong and where, in a few words: the same for the same fault.
    details
        Traceback, or what was printed.
    """

    kind: str
    seconds: float
    growth_mb: float
    problem: str = ""
    details: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


class _TooLong(BaseException):
    pass


def limit_memory() -> None:
    """Let this process fail, instead of the machine, when it asks for far too much."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _SPARE_BYTES, resource.RLIM_INFINITY))


def try_seed(seed: Seed, printed: Path | None = None) -> Outcome:
    """Write an input to a folder of its own and try to read it.

    Parameters
    ----------
    seed
        The input.
    printed
        Where this process's standard output and error go; whatever is added is a problem.
    """
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        folder = Path(name) / "input"
        folder.mkdir()
        for file, content in seed.files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return try_place(folder / seed.entry if seed.entry else folder, seed.role, seed.rois, printed)


def try_place(place: Path, role: str, rois: tuple[str, ...] = (), printed: Path | None = None) -> Outcome:
    """Try to read a file or folder in its role."""
    before = printed.stat().st_size if printed else 0
    start_mb = _resident_mb()
    _forget_peak()
    start = time.perf_counter()
    is_read, problem, details = _tried(_readings(place, role, rois))
    seconds = time.perf_counter() - start
    growth_mb = max(0.0, _peak_mb() - start_mb)
    if not problem and printed and printed.stat().st_size > before:
        details = printed.read_bytes()[before:].decode(errors="replace")
        problem = f"printed: {' '.join(details.split())[:80]}"
    if not problem and seconds > LONGEST_S:
        problem = "took too long"
    if not problem and growth_mb > LARGEST_GROWTH_MB:
        problem = "took too much memory"
    kind = "problem" if problem else "read" if is_read else "refused"
    return Outcome(kind, seconds, growth_mb, problem, details)


def _readings(place: Path, role: str, rois: tuple[str, ...]) -> Iterator[Callable[[], object]]:
    """Yield what is tried; the last of them tells whether the input counts as read."""
    if role == "landmarks":
        yield lambda: read_landmarks(str(place))
        return
    yield lambda: inspect_input(place)
    parameters = DesignParameters(specimen={"rois": rois, "cropped": True})
    if role == "image":
        known = place.parent / "known.nrrd" if place.is_file() else place.parent.parent / "known.nrrd"
        write_tissue(known)
        yield lambda: read_specimen(known, parameters, images={"image": place})
    else:
        yield lambda: read_specimen(place, parameters)


def _tried(readings: Iterator[Callable[[], object]]) -> tuple[bool, str, str]:
    """Return whether the last reading succeeded, and the first problem of all."""
    is_read = False
    for reading in readings:
        is_read = False
        try:
            with _time_limit(), _warnings_noted() as noted:
                reading()
            is_read = True
        except _REFUSALS as error:
            if not str(error):
                return False, f"empty {type(error).__name__}", ""
        except (Exception, _TooLong) as error:  # noqa: BLE001  anything else is what is looked for
            return False, *_described(error)
        if noted:
            return False, *noted[0]
    return is_read, "", ""


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(_signal: int, _frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _warnings_noted() -> Iterator[list[tuple[str, str]]]:
    """Collect what would be printed as warnings: what and where, and the text."""
    noted: list[tuple[str, str]] = []

    def note(message: Warning | str, category: type[Warning], *_place: object) -> None:
        place = _innermost(traceback.extract_stack()[:-1])
        noted.append((f"{category.__name__} at {place}", str(message)))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        yield noted


def _described(error: BaseException) -> tuple[str, str]:
    """Return what was raised where, and the traceback; texts of errors before it may fill the memory."""
    trace = "".join(traceback.format_tb(error.__traceback__)[-_MOST_FRAMES:])
    place = _innermost(traceback.extract_tb(error.__traceback__))
    return f"{type(error).__name__} at {place}", f"{trace}{type(error).__name__}: {str(error)[:400]}"


def _innermost(frames: list[traceback.FrameSummary]) -> str:
    """Return the innermost line of the package."""
    own = [frame for frame in frames if _PACKAGE in frame.filename] or list(frames)
    last = own[-1]
    return f"{last.filename.rpartition(_PACKAGE)[2]}:{last.lineno} {last.name}"


def _forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    return _status_mb("VmHWM:")


def _resident_mb() -> float:
    return _status_mb("VmRSS:")


def _status_mb(key: str) -> float:
    if sys.platform != "linux":
        return 0.0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return float(line.split()[1]) / 1024
    return 0.0
