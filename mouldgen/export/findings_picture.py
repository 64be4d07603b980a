"""The picture of what cannot be printed: parts with numbered marks where the findings are.

It is drawn by a program of its own, like the overview: without a working OpenGL the run goes on, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mouldgen.export.overview import OverviewJob, start_program, unfinished
from mouldgen.printability.flaws import Flaw

__all__ = ["drawn_flaws", "findings_picture"]


def drawn_flaws(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Return the flaws that a picture shows: errors and warnings that have a place."""
    return tuple(flaw for flaw in flaws if flaw.is_fault and flaw.places_mm)


@contextmanager
def findings_picture(
    flaws: Sequence[Flaw], parts: Mapping[str, Path], picture: Path
) -> Iterator[OverviewJob]:
    """Draw findings while the context lasts; call ``finish`` of what it yields to have the picture.

    Parameters
    ----------
    flaws
        From `drawn_flaws`.
    parts
        STL files of the parts, by name; those with a flaw are drawn side by side.
    picture
        The PNG to be written, in an existing folder.
    """
    names = list(dict.fromkeys(flaw.part for flaw in flaws))
    rows = [
        {
            "severity": flaw.finding.severity.value,
            "text": f"{flaw.finding.message} [{flaw.finding.code}]",
            "part": names.index(flaw.part),
            "places": flaw.places_mm,
        }
        for flaw in flaws
    ]
    with TemporaryDirectory(prefix="mouldgen-") as folder:
        marks = Path(folder) / "marks.json"
        marks.write_text(json.dumps(rows), encoding="utf-8")
        arguments = [str(unfinished(picture)), str(marks), *(str(parts[name]) for name in names)]
        process = start_program(["-P", "-m", "mouldgen.export.findings_scene", *arguments])
        with OverviewJob(picture, process, "findings") as job:
            yield job
