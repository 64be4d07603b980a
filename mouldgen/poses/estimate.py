"""Figures of a pose, estimated on a coarse grid in some milliseconds: enough to sort many poses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mouldgen.frames import FloatArray, Rigid
from mouldgen.mould.cavity import RimRules, choose_rim, sweep_upward
from mouldgen.mould.layout import MARGIN_MM, STIFF_SLENDERNESS
from mouldgen.mould.seam_choice import fits_bed
from mouldgen.orientation import lying_rotation
from mouldgen.params import DesignParameters
from mouldgen.poses.contact import contact_share
from mouldgen.poses.figures import BedUse, Pose, PoseFigures
from mouldgen.poses.habitat_estimate import HabitatEstimator
from mouldgen.specimen import Specimen
from mouldgen.surface import DistanceField, resample_distance

__all__ = ["Estimator"]

_CELLS = 32
_FINEST_MM = 0.5
_LETTER_WIDTH = 0.8
_NUMBER_ROWS = 1


@dataclass(frozen=True, eq=False)
class Estimator:
    """A specimen on a coarse grid, and what its moulds are made with.

    Parameters
    ----------
    coarse
        Signed distance on a coarse grid along L, P and S.
    spacing_mm
        Of that grid.
    parameters
        Of the design; its orientation does not count.
    asked_lps
        Normal of the plane that was asked for.
    habitats
        None without habitats.
    """

    coarse: DistanceField
    spacing_mm: float
    parameters: DesignParameters
    asked_lps: FloatArray
    habitats: HabitatEstimator | None = None

    @classmethod
    def of(
        cls,
        field: DistanceField,
        parameters: DesignParameters,
        asked_lps: FloatArray,
        specimen: Specimen | None = None,
    ) -> Estimator:
        """Return the estimator for a specimen whose distance is on its own lattice."""
        extent = float(np.ptp(field.shell_points, axis=0).max())
        spacing = max(extent / _CELLS, _FINEST_MM)
        upright = Rigid.from_parts(np.eye(3), np.zeros(3))
        coarse = resample_distance(field, upright, spacing_mm=spacing, pad_mm=2 * spacing)
        habitats = HabitatEstimator.of(specimen, parameters) if specimen else None
        return cls(coarse, spacing, parameters, asked_lps, habitats)

    def figures(self, pose: Pose) -> PoseFigures:
        """Return the estimated figures of a pose."""
        normal = np.array(pose.normal_lps)
        rotation = lying_rotation(normal, pose.base_deg)
        turned = resample_distance(
            self.coarse,
            Rigid.from_parts(rotation, np.zeros(3)),
            spacing_mm=self.spacing_mm,
            pad_mm=0.5 * self.spacing_mm,
        )
        swept = sweep_upward(turned)
        rim = choose_rim(turned, swept, 0.0, RimRules.from_parameters(self.parameters.mould))
        row = round((rim.z_mm - turned.grid.origin_mm[2]) / turned.grid.spacing_mm[2]) + 1
        inside, open_above = turned.values_mm < 0, swept.values_mm < 0
        scale = np.array(self.parameters.fit.scale)
        extent = self._extent_mm(rotation) * scale
        footprint_mm2 = _area_mm2(open_above[:, :, row - 1], turned.grid.spacing_mm, scale)
        opened_mm3 = np.count_nonzero(open_above[:, :, :row]) * turned.grid.voxel_mm3 * float(scale.prod())
        return self._assembled(
            pose,
            extent,
            void_percent=rim.void_percent,
            rim_share=rim.share,
            contact=contact_share(inside, open_above, row, turned.grid.spacing_mm),
            walls_mm3=self._walls_mm3(footprint_mm2, rim.share * extent[2], opened_mm3),
        )

    def _extent_mm(self, rotation: FloatArray) -> FloatArray:
        # shell points lie up to a voxel within the surface
        return np.asarray(np.ptp(self.coarse.shell_points @ rotation.T, axis=0) + self.spacing_mm)

    def _walls_mm3(self, footprint_mm2: float, rim_mm: float, opened_mm3: float) -> float:
        """Return the plastic of walls as thick as asked around a round opening."""
        wall = self.parameters.mould.wall_mm
        around = footprint_mm2 + wall * math.sqrt(4 * math.pi * footprint_mm2) + math.pi * wall**2
        height = rim_mm + self.parameters.mould.skin_mm + self.parameters.fit.clearance_mm
        return max(around * height - opened_mm3, 0.0)

    def _assembled(
        self,
        pose: Pose,
        extent: FloatArray,
        *,
        void_percent: float,
        rim_share: float,
        contact: float,
        walls_mm3: float,
    ) -> PoseFigures:
        mould, fit = self.parameters.mould, self.parameters.fit
        below = mould.skin_mm + fit.clearance_mm
        guide_mm = below + float(extent[2]) + mould.guide_above_mm
        x, y = (float(side) + 2 * (fit.clearance_mm + mould.chamfer_mm) for side in extent[:2])
        post = max(mould.wall_mm, guide_mm / STIFF_SLENDERNESS)
        line = mould.letter_mm + MARGIN_MM
        plate_x = x + 2 * (post + _LETTER_WIDTH * mould.letter_mm + 2 * MARGIN_MM)
        plate_y = y + 2 * mould.guide_depth_mm + (_NUMBER_ROWS + 4) * line + 2 * MARGIN_MM
        size = (plate_x, plate_y, guide_mm + mould.plate_mm)
        guides_mm3 = 2 * mould.guide_depth_mm * (x + 2 * mould.wall_mm) * guide_mm
        plastic_mm3 = plate_x * plate_y * mould.plate_mm + guides_mm3 + walls_mm3
        slabs, finger = self._slabs(float(extent[0]))
        return PoseFigures(
            void_percent=void_percent,
            contact_share=contact,
            rim_mm=below + rim_share * float(extent[2]),
            rim_share=rim_share,
            slabs=slabs,
            size_mm=size,
            bed=self._bed(size),
            plastic_ml=float(plastic_mm3) / 1000,
            finger_mm=finger,
            guide_mm=guide_mm,
            tilt_deg=tilt_deg(np.array(pose.normal_lps), self.asked_lps),
            habitats=self.habitats.reach(pose.normal_lps) if self.habitats else None,
        )

    def _slabs(self, extent_x_mm: float) -> tuple[int, float]:
        """Return the number of slabs, and the thinnest plastic between their slots."""
        cuts, scale = self.parameters.cuts, self.parameters.fit.scale[0]
        slot = self.parameters.blade.slot_width_mm
        if cuts.positions_mm is not None:
            gaps = np.diff(cuts.positions_mm)
            finger = float(gaps.min()) * scale - slot if gaps.size else 0.0
            return len(cuts.positions_mm) + 1, max(finger, 0.0)
        pitch = cuts.slab_mm + cuts.kerf_mm
        count = max(1, math.ceil((extent_x_mm / scale + cuts.kerf_mm) / pitch - 1e-9))
        return count, pitch * scale - slot if count > 2 else 0.0

    def _bed(self, size: tuple[float, float, float]) -> BedUse:
        bed = self.parameters.printer.bed_mm
        if fits_bed(size, bed):
            return BedUse.WHOLE
        return BedUse.SPLIT if size[2] <= bed[2] else BedUse.TOO_LARGE


def tilt_deg(normal: FloatArray, asked: FloatArray) -> float:
    """Return the angle between two planes, by their normals."""
    return float(np.degrees(np.arccos(np.clip(abs(float(normal @ asked)), 0.0, 1.0))))


def _area_mm2(mask: np.ndarray, spacing_mm: FloatArray, scale: FloatArray) -> float:
    return float(np.count_nonzero(mask) * np.prod(spacing_mm[:2]) * np.prod(scale[:2]))
