"""The punch in words: how wide and deep, how far off it may be, and how sure it must be of its habitat."""

from __future__ import annotations

from mouldgen.export.map_document import MapDocument, SamplingEntry
from mouldgen.params import PunchDepth

__all__ = ["punch_note", "punch_text"]


def punch_text(document: MapDocument) -> str:
    """Return what page 1 says."""
    sampling = document.sampling
    text = (
        f"A punch {sampling.punch_diameter_mm:g} mm in diameter goes {_depth(sampling)}. Sites are planned "
        f"where it takes its habitat with a probability of {sampling.min_probability:g} or more, given a "
        f"registration error of {sampling.sigma_mm:g} mm within a slab{_exceptions(sampling)} and "
        f"{sampling.sigma_across_mm:g} mm across (standard deviations)."
    )
    others = {site.punch_diameter_mm for site in document.sites} - {sampling.punch_diameter_mm}
    if others:
        listed = ", ".join(f"{diameter:g} mm" for diameter in sorted(others))
        text += f" Some sites have another punch ({listed}): the tables of tubes say which."
    certain = [item for item in document.habitats if item.mean_certainty is not None]
    if certain:
        listed = ", ".join(f"{item.mean_certainty:.2f} in {item.code}" for item in certain)
        text += f" Probabilities include how certain the habitats' labels are: on average {listed}."
    return text


def punch_note(document: MapDocument, slab_id: str) -> str:
    """Return what the tables of a slab's tubes say."""
    sampling = document.sampling
    has_certainty = any(item.mean_certainty is not None for item in document.habitats)
    included = ", the certainty of its labels included" if has_certainty else ""
    error_mm = sampling.sigma_by_slab_mm.get(slab_id, sampling.sigma_mm)
    return (
        f"Punch {sampling.punch_diameter_mm:g} mm in diameter, {_depth(sampling)}. Registration error "
        f"{error_mm:g} mm. Wanted probability of taking the habitat{included}: {sampling.min_probability:g} "
        "or more."
    )


def _depth(sampling: SamplingEntry) -> str:
    if sampling.depth is PunchDepth.THROUGH:
        return "through the slab"
    return f"{sampling.face_depth_mm:g} mm into a face of the slab"


def _exceptions(sampling: SamplingEntry) -> str:
    listed = ", ".join(f"{slab}: {sigma:g} mm" for slab, sigma in sampling.sigma_by_slab_mm.items())
    return f" ({listed})" if listed else ""
