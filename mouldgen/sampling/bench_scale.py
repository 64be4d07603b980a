"""Sizes at the bench and in the images: a punch does not shrink with the tissue.

Where the tissue is cut at another size than it was imaged at, a punch of 4 mm takes what was 4 mm over
that factor. Sites are planned at imaging size, so punches, errors and cassettes are brought there first.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from mouldgen.params import BlockParameters, SiteParameters

__all__ = ["BenchScale"]


@dataclass(frozen=True)
class BenchScale:
    """Size of the tissue at the bench over its size in the images.

    Parameters
    ----------
    across
        Along X of the mould.
    along_y, along_z
        Along Y and Z.
    """

    across: float = 1.0
    along_y: float = 1.0
    along_z: float = 1.0

    @property
    def within(self) -> float:
        """For a circle within a slab: the geometric mean of both directions."""
        return sqrt(self.along_y * self.along_z)

    def sites_at_imaging_size(self, sites: SiteParameters) -> SiteParameters:
        """Return parameters whose lengths are those of the images."""
        return sites.model_copy(
            update={
                "punch_mm": sites.punch_mm / self.within,
                "sigma_mm": sites.sigma_mm / self.within,
                "sigma_across_mm": sites.across_mm / self.across,
                "sigma_by_slab_mm": {
                    slab: sigma_mm / self.within for slab, sigma_mm in sites.sigma_by_slab_mm.items()
                },
                "face_depth_mm": sites.face_depth_mm / self.across,
                "apart_mm": sites.apart_mm / self.within,
                "reserve_mm": sites.reserve_mm / self.within,
            }
        )

    def blocks_at_imaging_size(self, blocks: BlockParameters) -> BlockParameters:
        """Return a cassette whose sides are those of the images; it must hold the tissue either way round."""
        widest = max(self.along_y, self.along_z)
        return blocks.model_copy(
            update={
                "length_mm": blocks.length_mm / widest,
                "width_mm": blocks.width_mm / widest,
                "depth_mm": blocks.depth_mm / self.across,
            }
        )
