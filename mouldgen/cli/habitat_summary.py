"""What computed habitats are like, as a table and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from mouldgen.habitats.computed import ComputedHabitat, ComputedHabitats

__all__ = ["count_words", "habitat_figures", "habitat_table"]

_LEFT = {"", "habitat"}


def habitat_table(computed: ComputedHabitats) -> Table:
    """Return one row a habitat: what it is like, how large, and how far to trust it."""
    from rich.table import Table

    from mouldgen.specimen import habitat_code

    features = [
        f"{item.feature}{', ' + item.unit if item.unit else ''}" for item in computed.habitats[0].features
    ]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "habitat", "mL", "parts", "certainty", "repeats", *features):
        table.add_column(name, justify="left" if name in _LEFT else "right")
    for position, habitat in enumerate(computed.habitats):
        means = [f"{item.mean:.4g} +- {item.spread:.3g}" for item in habitat.features]
        table.add_row(
            habitat_code(position),
            habitat.name,
            f"{habitat.volume_mm3 / 1000:.2f}",
            str(habitat.parts),
            f"{habitat.mean_certainty:.2f}",
            _stability(habitat),
            *means,
        )
    return table


def _stability(habitat: ComputedHabitat) -> str:
    if habitat.stability is None:
        return "not tried"
    return f"{habitat.stability:.2f}{'' if habitat.is_stable else ' unstable'}"


def count_words(computed: ComputedHabitats) -> str:
    """Return how many habitats there are and how that was chosen."""
    count = f"{len(computed.habitats)} habitat{'s' if len(computed.habitats) > 1 else ''}"
    if not computed.counts:
        return f"{count}, as many as asked for"
    criterion = computed.counts[-1].criterion
    tried = [trial for trial in computed.counts if trial.criterion == criterion]
    listed = ", ".join(f"{trial.count}: {trial.score:.4g}" for trial in tried)
    return f"{count}, by {criterion} (more is better; {listed})"


def habitat_figures(computed: ComputedHabitats) -> dict[str, Any]:
    """Return the table as plain values."""
    return {
        "habitats": [
            {
                "label": habitat.label,
                "name": habitat.name,
                "volume_mm3": round(habitat.volume_mm3, 3),
                "parts": habitat.parts,
                "compactness": round(habitat.compactness, 4),
                "mean_certainty": round(habitat.mean_certainty, 4),
                "stability": None if habitat.stability is None else round(habitat.stability, 4),
                "is_stable": habitat.is_stable,
            }
            for habitat in computed.habitats
        ],
    }
