"""What the user should know about how voxels were grouped."""

from __future__ import annotations

from collections.abc import Sequence

from mouldgen.errors import Finding
from mouldgen.habitats.channels import FeatureTable
from mouldgen.habitats.counting import CountChoice
from mouldgen.habitats.parts import Merge
from mouldgen.habitats.regions import Regions

__all__ = ["choice_findings", "region_findings", "vanished_findings"]

FEWEST_INDEPENDENT = 100.0
"""Below this, six parameters of a habitat over two features are not known to a tenth."""


def choice_findings(choice: CountChoice) -> tuple[Finding, ...]:
    """Return what the choice of a number says: no habitats, or little to tell them apart by."""
    found = []
    if not choice.is_structured:
        found.append(_no_structure(choice))
    if choice.independent_voxels < FEWEST_INDEPENDENT:
        message = (
            f"neighbouring voxels say much the same: all together are worth {choice.independent_voxels:.0f} "
            f"independent ones, fewer than {FEWEST_INDEPENDENT:.0f}. The tumour is small for habitats, or "
            "the images "
            "are coarse or the windows wide for it; look at the table of stability before relying on them"
        )
        found.append(Finding.warning("little_evidence", message))
    return tuple(found)


def _no_structure(choice: CountChoice) -> Finding:
    one = next(row.bic for row in choice.rows if row.count == 1)
    best = min((row for row in choice.rows if row.count > 1), key=lambda row: row.bic, default=None)
    against = f" (BIC {one:.0f} for one kind, {best.bic:.0f} for {best.count})" if best else ""
    if choice.count == 1:
        message = (
            f"no habitats were found: one kind of tissue with noise explains the images best{against}. The "
            "whole "
            "tumour is one habitat; sample it without a map, or give images or maps that differ within it"
        )
        return Finding.warning("no_habitats", message)
    message = (
        f"one kind of tissue with noise explains the images best{against}; the {choice.count} habitats asked "
        "for "
        "part noise. Do not rely on them: leave out --count, or give images or maps that differ within the "
        "tumour"
    )
    return Finding.warning("habitats_of_noise", message)


def vanished_findings(wanted: int, vanished: int, min_region_mm3: float) -> tuple[Finding, ...]:
    """Return that some of the groups that were fitted have no region."""
    if not vanished:
        return ()
    message = (
        f"{vanished} of {wanted} groups of voxels form no region of {min_region_mm3:.0f} mm3 and became part "
        "of the "
        f"others; {wanted - vanished} are left. Ask for fewer, smooth less (smoothing_mm) or take smaller "
        "samples"
    )
    return (Finding.warning("habitats_vanished", message),)


def region_findings(
    regions: Regions, names: Sequence[str], table: FeatureTable, min_region_mm3: float
) -> tuple[Finding, ...]:
    """Return what was merged, which habitats are absent, and what is too small and stays."""
    voxel_mm3 = table.tumour.grid.voxel_mm3
    found = []
    if regions.merges:
        found.append(_merged(regions.merges, names, voxel_mm3, min_region_mm3))
    found += [
        _absent(habitat, name) for habitat, name in enumerate(names) if not (regions.labels == habitat).any()
    ]
    if regions.small_parts:
        message = (
            f"{_parts(len(regions.small_parts))} of the tumour, {sum(regions.small_parts) * voxel_mm3:.0f} "
            "mm3 in "
            f"all, below {min_region_mm3:.0f} mm3 each and apart from the rest: too small to be sampled, "
            "kept as "
            "labelled"
        )
        found.append(Finding.info("small_parts_kept", message))
    return tuple(found)


def _merged(
    merges: Sequence[Merge], names: Sequence[str], voxel_mm3: float, min_region_mm3: float
) -> Finding:
    ways = "; ".join(
        f"{_parts(merge.parts)} of {_called(merge.source, names)} to {_called(merge.target, names)} "
        f"({merge.voxels * voxel_mm3:.0f} mm3)"
        for merge in merges
    )
    total = sum(merge.voxels for merge in merges) * voxel_mm3
    message = (
        f"{_parts(sum(merge.parts for merge in merges))} below {min_region_mm3:.0f} mm3, too small to be "
        "sampled, "
        f"went to the best habitat that touches them, {total:.0f} mm3 in all: {ways}"
    )
    return Finding.info("merged_parts", message)


def _called(habitat: int | None, names: Sequence[str]) -> str:
    return "a habitat that vanished" if habitat is None else f"habitat {habitat + 1} ({names[habitat]})"


def _absent(habitat: int, name: str) -> Finding:
    message = f"habitat {habitat + 1} of the model ({name}) is absent from this tumour: no region of it is "
    "large enough"
    return Finding.warning("habitat_absent", message)


def _parts(count: int) -> str:
    return "1 part" if count == 1 else f"{count} parts"
