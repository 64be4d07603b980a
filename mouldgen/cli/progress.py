"""The running stage on stderr, and the seconds that every stage takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["StageProgress", "show_stages"]


class StageProgress:
    """Takes the time of stages, and shows the running one on a terminal.

    Parameters
    ----------
    progress
        Where to show it; None shows nothing.
    task
        Its row.
    """

    def __init__(self, progress: Progress | None = None, task: TaskID | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._task = task
        self._running: tuple[str, float] | None = None

    def begin(self, stage: str) -> None:
        """End the running stage and begin another."""
        self.end()
        self._running = (stage, time.perf_counter())
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=stage)

    def end(self) -> None:
        """End the running stage."""
        if self._running is not None:
            stage, start = self._running
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start
            self._running = None


@contextmanager
def show_stages(*, quiet: bool) -> Iterator[StageProgress]:
    """Yield a clock of stages that shows the running one on stderr if that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield StageProgress()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield StageProgress(progress, progress.add_task("starting", total=None))
