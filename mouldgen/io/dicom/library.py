"""The optional library that reads DICOM."""

from __future__ import annotations

from types import ModuleType

from mouldgen.errors import MissingExtraError

__all__ = ["import_pydicom"]


def import_pydicom() -> ModuleType:
    """Return pydicom, set to keep quiet about values that break the standard: what is used is checked here.

    Raises
    ------
    MissingExtraError
        If it is not installed, with the command that installs it.
    """
    try:
        import pydicom
    except ImportError:
        message = (
            "DICOM files need the extra 'dicom', which is not installed; install it with "
            "pip install 'mouldgen[dicom]' (in a copy of the repository: pip install -e '.[dicom]')"
        )
        raise MissingExtraError(message) from None
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    return pydicom
