"""The overview picture: drawn by a program of its own while the other files are written.

A run never fails for want of a picture: without a working OpenGL it goes on, and says so.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from mouldgen.errors import Finding
from mouldgen.export import overview_scene
from mouldgen.export.overview_scene import SceneExit

__all__ = ["OverviewJob", "start_overview", "start_program", "unfinished"]

TIME_LIMIT_S = 60.0

_REASONS: dict[int, str] = {
    SceneExit.NO_LIBRARY: "pyvista is not installed",
    SceneExit.NOTHING_DRAWN: "OpenGL does not work here",
}


@dataclass(eq=False)
class OverviewJob:
    """A program that draws a picture as soon as it is told to.

    Leaving the job as a context manager, or `cancel`, ends the program.

    Parameters
    ----------
    picture
        The file that appears when it is done, whole or not at all.
    process
        Draws it; None if it could not be started.
    what
        What it is called: ``overview`` or ``findings``.
    """

    picture: Path
    process: subprocess.Popen[bytes] | None
    what: str = "overview"
    _started_s: float = field(default_factory=time.monotonic)

    def draw(self, lift_mm: float) -> None:
        """Start to draw, now that both STL files are complete, and return at once.

        Parameters
        ----------
        lift_mm
            How far the specimen is lifted out of the mould.
        """
        self._started_s = time.monotonic()
        if self.process and self.process.stdin:
            with suppress(OSError):  # it has ended, for a reason that `finish` gives
                os.write(self.process.stdin.fileno(), f"{lift_mm:.6f}\n".encode())

    def finish(self, time_limit_s: float = TIME_LIMIT_S) -> Finding | None:
        """Wait for the picture; return None, or a finding that says why there is none.

        Parameters
        ----------
        time_limit_s
            Counted from `draw`.
        """
        reason = self._failure(time_limit_s)
        if reason is None:
            try:
                unfinished(self.picture).replace(self.picture)
            except OSError as error:
                reason = f"the picture cannot be written: {error.strerror}"
        self.cancel()
        return _no_picture(self.what, reason) if reason else None

    def cancel(self) -> None:
        """End the drawing and remove what is unfinished; without effect after `finish`."""
        if self.process:
            self.process.kill()
            self.process.communicate()
        unfinished(self.picture).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        """Return the job."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is unfinished."""
        self.cancel()

    def _failure(self, time_limit_s: float) -> str | None:
        """Wait, and return why there is no picture."""
        if self.process is None:
            return "Python cannot be started a second time"
        left_s = self._started_s + time_limit_s - time.monotonic()
        try:
            self.process.wait(max(0.0, left_s))
        except subprocess.TimeoutExpired:
            return f"drawing took more than {time_limit_s:g} s"
        return _reason(self.process.returncode)


def start_overview(base_stl: Path, specimen_stl: Path, picture: Path) -> OverviewJob:
    """Start the program that draws the mould with the specimen lifted out of it, and return at once.

    It loads its libraries and then waits for `OverviewJob.draw`.

    Parameters
    ----------
    base_stl, specimen_stl
        STL files in the mould frame, to be written before `OverviewJob.draw`.
    picture
        The PNG to be written, in a folder that exists by then.
    """
    arguments = [str(base_stl), str(specimen_stl), str(unfinished(picture))]
    return OverviewJob(picture, start_program(["-P", overview_scene.__file__, *arguments]))


def start_program(arguments: list[str]) -> subprocess.Popen[bytes] | None:
    """Start Python a second time, to draw; None if it cannot be started."""
    quiet = subprocess.DEVNULL  # VTK warns of every display that it tries in vain
    command = [sys.executable or "python", *arguments]
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)  # noqa: S603
    except OSError:
        return None


def unfinished(picture: Path) -> Path:
    """Return where a picture is drawn, beside its final place."""
    return picture.with_name(f".{picture.name}.part")


def _reason(code: int) -> str | None:
    if code == SceneExit.DRAWN:
        return None
    if code < 0:
        return f"the renderer crashed ({signal.strsignal(-code)}), as it does where OpenGL is missing"
    return _REASONS.get(code, f"the renderer ended with exit code {code}")


def _no_picture(what: str, reason: str) -> Finding:
    message = (
        f"no {what} picture was drawn: {reason}. Everything else is complete; for the picture, run on a "
        "machine with OpenGL (Mesa's software renderer is enough)"
    )
    if what == "findings":
        return Finding.warning("no_findings_picture", message)
    return Finding.warning("no_overview", message)
