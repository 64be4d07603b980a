"""Coded meanings of structures, as DICOM and 3D Slicer write them, for people to read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Code", "coded_meaning"]

_LONGEST = 200


@dataclass(frozen=True)
class Code:
    """One coded term; any part may be empty.

    Parameters
    ----------
    scheme
        Who defines the code: ``SCT``, ``DCM``.
    value
        The code.
    meaning
        What it stands for, in words.
    """

    scheme: str = ""
    value: str = ""
    meaning: str = ""

    def __bool__(self) -> bool:
        return bool(self.value or self.meaning)


def coded_meaning(category: Code, kind: Code, modifier: Code) -> str:
    """Return ``category: type, modifier (scheme code)``, with the code of the type; empty without any term.

    Parameters
    ----------
    category
        ``Anatomical Structure``.
    kind
        ``Lung``.
    modifier
        ``Right``.
    """
    term = kind or category
    words = [code.meaning or code.value for code in (kind, modifier) if code]
    heading = [category.meaning or category.value] if category else []
    code = f" ({term.scheme} {term.value})" if term.scheme and term.value else ""
    text = ": ".join([*heading, *([", ".join(words)] if words else [])]) + code
    return " ".join(text.split())[:_LONGEST]
