"""The optional libraries that habitats are computed with."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from mouldgen.errors import MissingExtraError

__all__ = ["import_extra"]


def import_extra(module: str) -> ModuleType:
    """Return a module of an optional library, for instance ``sklearn.mixture``.

    Raises
    ------
    MissingExtraError
        If it is not installed, with the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError:
        library = module.partition(".")[0]
        message = (
            f"computing habitats needs the extra 'habitats' ({library} is not installed); install it with "
            "pip install 'mouldgen[habitats]' (in a copy of the repository: pip install -e '.[habitats]')"
        )
        raise MissingExtraError(message) from None
