"""``report.html``: the whole case on one page that needs nothing but a browser."""

from __future__ import annotations

import hashlib
import html
import json
from base64 import b64encode
from importlib import resources
from pathlib import Path
from typing import Any

from mouldgen.errors import Finding
from mouldgen.export.laboratory import LaboratoryCase
from mouldgen.export.report.page_data import page_data
from mouldgen.export.report.webgl_library import webgl_library

__all__ = ["REPORT_NAME", "report_text", "write_report"]

REPORT_NAME = "report.html"

_SCRIPTS = (
    "state.js",
    "drawing.js",
    "slab_page.js",
    "orbit.js",
    "meshes.js",
    "bodies.js",
    "labels.js",
    "scene.js",
    "tables.js",
    "page.js",
)
"""Parts of the page's own script, in order; together they are one function."""

_STYLES = ("page.css", "print.css")


def write_report(lab: LaboratoryCase, folder: Path) -> tuple[Finding, ...]:
    """Write ``report.html`` into a case folder.

    Parameters
    ----------
    lab
        The case.
    folder
        Holds the STL files of the mould and of the specimen.

    Returns
    -------
    tuple of Finding
        A warning where three.js was not found: the page then has no 3-D picture.
    """
    library = webgl_library()
    findings = () if library else (_no_library(),)
    (folder / REPORT_NAME).write_bytes(report_text(lab, folder, library, findings).encode())
    return findings


def report_text(
    lab: LaboratoryCase, folder: Path, library: str | None, findings: tuple[Finding, ...] = ()
) -> str:
    """Return the page.

    Parameters
    ----------
    lab, folder
        As for `write_report`.
    library
        Text of three.js; None leaves the 3-D picture out.
    findings
        About the report itself.
    """
    data = page_data(lab, folder, in_3d=library is not None, findings=findings)
    style = "\n".join(map(_packaged, _STYLES))
    script = '(function () {\n"use strict";\n' + "\n".join(map(_packaged, _SCRIPTS)) + "\n})();\n"
    parts = {
        "POLICY": html.escape(_policy((library or "", script), style)),
        "TITLE": html.escape(f"{data['case_id']} - mouldgen"),
        "STYLE": style,
        "DATA": _json_in_html(data),
        "LIBRARY": library or "",
        "SCRIPT": script,
    }
    return _filled(_packaged("page.html"), parts)


def _filled(template: str, parts: dict[str, str]) -> str:
    """Return a template with every ``{{NAME}}`` replaced, whatever the replacements hold."""
    pieces = template.split("{{")
    text = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        text += [parts[name], rest]
    return "".join(text)


def _policy(scripts: tuple[str, ...], style: str) -> str:
    """Return a content security policy: these scripts and styles, pictures in the page, and nothing else."""
    hashes = " ".join(_hash_source(script) for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src {_hash_source(style)}; img-src data:"


def _hash_source(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _json_in_html(value: Any) -> str:
    """Return JSON that cannot end the element that it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _packaged(name: str) -> str:
    return (resources.files("mouldgen.export.report") / name).read_text(encoding="utf-8")


def _no_library() -> Finding:
    return Finding.warning(
        "report_without_3d",
        "report.html has no 3-D picture: the installed trimesh does not ship three.js in a known form; "
        "install trimesh 4.5 to 5.2 and write the case again",
    )
