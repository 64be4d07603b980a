"""Names of habitats that say what they look like: ``high t1, low adc``."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from mouldgen.frames import FloatArray

__all__ = ["LONGEST_NAME", "NOTABLE", "habitat_names", "plain_text"]

NOTABLE = 0.5
"""A feature is high or low in a habitat whose mean lies this many standard deviations of the whole tumour off
the tumour's mean: a medium effect (Cohen 1988, Statistical power analysis for the behavioral sciences,
section 2.2)."""

LONGEST_NAME = 40
"""Characters of a name: what a line of the sheet holds."""

_MOST_WORDS = 3
_LONGEST_FEATURE = 20
_DEGREES = ("", "very ", "extremely ")


def habitat_names(deviations: FloatArray, features: Sequence[str]) -> tuple[str, ...]:
    """Return a name for every habitat: short, of plain ASCII, and no two the same.

    A name lists the up to three features that are furthest from the tumour's mean, in the order of the
    features. Where nothing stands out it is ``middling`` and the first features. Habitats that would be
    called the same are told apart by the feature that differs most between them.

    Parameters
    ----------
    deviations
        Shape (K, features): mean in the habitat less that of the tumour, in standard deviations of the
        tumour.
    features
        What features are called.
    """
    texts = [plain_text(feature, f"feature {i + 1}") for i, feature in enumerate(features)]
    words = [_notable_words(row, texts) for row in deviations]
    _tell_apart(words, deviations, texts)
    return _each_once([_joined(chosen, texts) for chosen in words])


def plain_text(text: str, otherwise: str) -> str:
    """Return `text` in ASCII on one line, at most 20 characters; `otherwise` where nothing is left of it."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    printable = "".join(c if c.isprintable() else " " for c in ascii_text)
    return " ".join(printable.split())[:_LONGEST_FEATURE].strip() or otherwise


def _notable_words(row: FloatArray, texts: Sequence[str]) -> dict[int, str]:
    """Return the word for every feature that stands out, those furthest off first."""
    order = sorted(range(len(texts)), key=lambda i: (-round(abs(float(row[i])), 6), i))
    return {i: "high" if row[i] > 0 else "low" for i in order if abs(row[i]) >= NOTABLE}


def _tell_apart(words: list[dict[int, str]], deviations: FloatArray, texts: Sequence[str]) -> None:
    """Change the words of habitats that would be called the same."""
    same = defaultdict(list)
    for habitat, chosen in enumerate(words):
        same[_joined(chosen, texts)].append(habitat)
    for group in same.values():
        if len(group) > 1:
            _grade(group, words, deviations)


def _grade(group: list[int], words: list[dict[int, str]], deviations: FloatArray) -> None:
    """Grade the feature that differs most within a group: high and very high, or lower and higher."""
    feature = int(np.argmax(np.ptp(deviations[group], axis=0).round(6)))
    ranked = sorted(group, key=lambda habitat: (abs(float(deviations[habitat, feature])), habitat))
    sides = {words[habitat].get(feature, "") for habitat in group}
    if len(sides) == 1 and "" not in sides and len(group) <= len(_DEGREES):
        graded = {habitat: _DEGREES[i] + words[habitat][feature] for i, habitat in enumerate(ranked)}
    else:
        rising = sorted(group, key=lambda habitat: (float(deviations[habitat, feature]), habitat))
        graded = dict(zip(rising, _steps(len(group)), strict=True))
    for habitat, word in graded.items():
        rest = {i: text for i, text in words[habitat].items() if i != feature}
        words[habitat] = {feature: word, **rest}


def _steps(count: int) -> list[str]:
    """Return words for `count` habitats in rising order."""
    if count == 2:
        return ["lower", "higher"]
    return ["lowest", *(f"no. {i}" for i in range(2, count)), "highest"]


def _joined(chosen: dict[int, str], texts: Sequence[str]) -> str:
    """Return the name of the chosen words, in the order of the features, as long as they fit."""
    if not chosen:
        return _fitting([f"middling {texts[0]}", *texts[1:]])
    kept: list[int] = []
    for feature in list(chosen)[:_MOST_WORDS]:
        longer = sorted([*kept, feature])
        if not kept or len(", ".join(f"{chosen[i]} {texts[i]}" for i in longer)) <= LONGEST_NAME:
            kept = longer
    return ", ".join(f"{chosen[i]} {texts[i]}" for i in kept)


def _fitting(pieces: Sequence[str]) -> str:
    """Return the first pieces that fit, with commas between."""
    name = pieces[0]
    for piece in pieces[1:_MOST_WORDS]:
        if len(name) + 2 + len(piece) > LONGEST_NAME:
            break
        name += f", {piece}"
    return name


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    """Return names with a number where they are still the same, or only differ in case."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for name in names:
        seen[name.casefold()] += 1
        times = seen[name.casefold()]
        found.append(name if times == 1 else f"{name[: LONGEST_NAME - 3]} {times}")
    return tuple(found)
