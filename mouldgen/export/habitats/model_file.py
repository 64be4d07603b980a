"""A model of habitats as a file, which appears whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from mouldgen.errors import OutputError
from mouldgen.export.output_errors import explain_os_errors
from mouldgen.habitats.model import FORMAT

__all__ = ["check_model_place", "write_model"]


def check_model_place(path: Path, *, overwrite: bool) -> None:
    """Refuse a place that cannot be had, before anything is computed.

    Parameters
    ----------
    path
        Where the model goes; its folder exists.
    overwrite
        Replace an older model. Any other file is never replaced.

    Raises
    ------
    OutputError
        With the reason and what to do.
    """
    if not path.parent.is_dir():
        message = f"cannot write {path.name}: the folder {path.parent} does not exist; create it"
        raise OutputError(message)
    if not os.path.lexists(path):
        return
    if not overwrite:
        message = f"{path.name} exists; choose another name, or --overwrite to replace it"
        raise OutputError(message)
    if not _is_model(path):
        message = f"{path.name} is not replaced, because it is no model of mouldgen; choose another name"
        raise OutputError(message)


def write_model(text: str, path: Path, *, overwrite: bool) -> None:
    """Write the text of a model; parameters and errors as in `check_model_place`."""
    check_model_place(path, overwrite=overwrite)
    temporary = path.with_name(f".{path.name}.mouldgen-new-{secrets.token_hex(4)}")
    with explain_os_errors(path.name):
        try:
            temporary.write_bytes(text.encode())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _is_model(path: Path) -> bool:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT
