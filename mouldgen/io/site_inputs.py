"""What a user adds to a specimen for the plan of sites: reserved tissue, and places of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from mouldgen.errors import Finding
from mouldgen.io.given_sites import read_given_sites
from mouldgen.io.reserved import read_reserved
from mouldgen.io.stored_data import file_hashes
from mouldgen.specimen import Source, Specimen

__all__ = ["add_given_sites", "add_reserved", "add_site_inputs"]

_PREFIX = "site_"
"""Codes of all findings about sites begin so: a new plan replaces them."""


def add_site_inputs(
    specimen: Specimen, *, reserved: str | Path | None = None, sites: str | Path | None = None
) -> Specimen:
    """Return the specimen with what stays for diagnosis, and with the user's own sites.

    Parameters
    ----------
    specimen
        What was read so far.
    reserved
        A segmentation of what stays for diagnosis, in any format; what the specimen has if left out.
    sites
        ``.mrk.json`` or CSV with the user's sites; what the specimen has if left out.

    Raises
    ------
    InputError
        If a file cannot be used.
    """
    if reserved is not None:
        specimen = add_reserved(specimen, reserved)
    return specimen if sites is None else add_given_sites(specimen, sites)


def add_reserved(specimen: Specimen, path: str | Path) -> Specimen:
    """Return the specimen with the tissue that a segmentation reserves."""
    found = read_reserved(path, specimen.tissue)
    return replace(
        specimen,
        reserved=found.volume,
        sources=(*specimen.sources, *_sources("reserved", found.files)),
        findings=(*specimen.findings, *_about("reserved", found.findings)),
    )


def add_given_sites(specimen: Specimen, path: str | Path) -> Specimen:
    """Return the specimen with the sites of a file."""
    return replace(
        specimen,
        given_sites=read_given_sites(Path(path)),
        sources=(*specimen.sources, *_sources("sites", (Path(path),))),
    )


def _sources(role: str, files: Iterable[Path]) -> Iterator[Source]:
    for digest, size in file_hashes(tuple(files)):
        yield Source(role, digest, size)


def _about(role: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        code = finding.code if finding.code.startswith(_PREFIX) else _PREFIX + finding.code
        yield Finding(code, finding.severity, f"{role}: {finding.message}")
