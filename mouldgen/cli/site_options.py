"""The options about sites and paper that `make`, `demo` and `sites` share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from mouldgen.cli.options import OUTPUT, SAMPLING, grouped_option
from mouldgen.errors import ParameterError

__all__ = [
    "Cassette",
    "Depth",
    "Lims",
    "MinProbability",
    "OtherOutput",
    "PaperSize",
    "Punch",
    "Replicates",
    "Reserve",
    "Sigma",
    "Sites",
    "SitesFrom",
    "reserved_file",
    "site_values",
]

Sites = Annotated[
    list[str] | None,
    grouped_option(
        "--sites",
        "Places to sample in every habitat, or LABEL=N for one of them; repeatable. Default: 3.",
        SAMPLING,
        "N|LABEL=N",
    ),
]
Replicates = Annotated[
    str | None,
    grouped_option("--replicates", "Punches side by side at every place. Default: 1.", SAMPLING, "N"),
]
Punch = Annotated[
    str | None, grouped_option("--punch", "Diameter of the punch, mm. Default: 4.", SAMPLING, "MM")
]
Depth = Annotated[
    str | None,
    grouped_option(
        "--depth",
        "through the slab, or 4 mm into its better face (sites.face_depth_mm). Default: through.",
        SAMPLING,
        "through|face",
    ),
]
Sigma = Annotated[
    str | None,
    grouped_option(
        "--sigma",
        "Registration error, a standard deviation: one for all directions, or within and across slabs, mm. "
        "Default: 2.",
        SAMPLING,
        "MM[,MM]",
    ),
]
MinProbability = Annotated[
    str | None,
    grouped_option(
        "--min-probability",
        "Least probability that a punch takes its habitat. Default: 0.8.",
        SAMPLING,
        "P",
    ),
]
Reserve = Annotated[
    str | None,
    grouped_option(
        "--reserve",
        "What stays for diagnosis: a segmentation of it, or so many mm below the surface. Default: nothing.",
        SAMPLING,
        "FILE|MM",
    ),
]
SitesFrom = Annotated[
    str | None,
    grouped_option(
        "--sites-from",
        "Sites of your own: .mrk.json of 3D Slicer, or CSV with lps_x_mm, ... or mould_x_mm, ...; they count "
        "towards --sites.",
        SAMPLING,
        "FILE",
    ),
]
Cassette = Annotated[
    str | None,
    grouped_option(
        "--cassette",
        "Part slabs into blocks for this cassette; 'mouldgen presets' lists them. Default: no blocks.",
        SAMPLING,
        "NAME",
    ),
]
PaperSize = Annotated[
    str | None, grouped_option("--paper", "a4 or letter, for the sheet. Default: a4.", SAMPLING, "SIZE")
]
Lims = Annotated[
    str | None,
    grouped_option(
        "--lims",
        "Write the samples under the column names of this system, too; 'mouldgen presets' lists them.",
        SAMPLING,
        "NAME",
    ),
]

OtherOutput = Annotated[
    Path | None,
    grouped_option("-o --output", "Write to another folder. Default: CASE itself.", OUTPUT, "CASE"),
]


def site_values(
    *,
    sites: Iterable[str] | None = None,
    replicates: str | None = None,
    punch: str | None = None,
    depth: str | None = None,
    sigma: str | None = None,
    min_probability: str | None = None,
    reserve: str | None = None,
    paper: str | None = None,
) -> dict[str, Any]:
    """Return what the options say, by the dotted keys of the parameters; None where nothing is given.

    Raises
    ------
    ParameterError
        If an option has too many parts, or says a thing twice.
    """
    for_all, for_one = _quotas(sites or ())
    within, across = _within_and_across(sigma)
    return {
        "sites.per_habitat": for_all,
        "sites.quotas": for_one or None,
        "sites.replicates": replicates,
        "sites.punch_mm": punch,
        "sites.depth": depth,
        "sites.sigma_mm": within,
        "sites.sigma_across_mm": across,
        "sites.min_probability": min_probability,
        "sites.reserve_mm": reserve if _is_number(reserve) else None,
        "sheet.paper": paper,
    }


def reserved_file(reserve: str | None) -> str | None:
    """Return the file (or ``none``) of ``--reserve``; None if it is a width or is not given."""
    return None if _is_number(reserve) else reserve


def _quotas(sites: Iterable[str]) -> tuple[str | None, dict[str, str]]:
    for_all: str | None = None
    for_one: dict[str, str] = {}
    for text in sites:
        label, equals, number = (part.strip() for part in text.partition("="))
        if equals and label not in for_one:
            for_one[label] = number
        elif not equals and for_all is None:
            for_all = label
        else:
            what = f"label {label}" if equals else "all habitats"
            message = f"--sites is given twice for {what}; give it once"
            raise ParameterError(message)
    return for_all, for_one


def _within_and_across(sigma: str | None) -> tuple[str | None, str | None]:
    if sigma is None:
        return None, None
    parts = sigma.replace(",", " ").split()
    if len(parts) not in {1, 2}:
        message = f"--sigma: {sigma!r} cannot be used; expected one number of mm, or two: 2,3"
        raise ParameterError(message)
    return parts[0], parts[-1]


def _is_number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True
