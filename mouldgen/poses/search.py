"""The search: coarse over many poses, finer around the best, and the best few as they would be made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mouldgen.errors import GeometryError, MouldgenError, ParameterError
from mouldgen.frames import FloatArray, angle_between_deg
from mouldgen.mould.cavity import RimRules
from mouldgen.mould.pose import search_base
from mouldgen.orientation import base_from_parameters, cut_normal
from mouldgen.params import DesignParameters, Plane
from mouldgen.pipeline import distance_in_patient
from mouldgen.poses.candidates import normals_around, spread_deg
from mouldgen.poses.estimate import Estimator
from mouldgen.poses.evaluation import evaluated, with_pose
from mouldgen.poses.figures import Pose, PoseFigures, price_of
from mouldgen.specimen import Specimen
from mouldgen.surface import DistanceField

if TYPE_CHECKING:
    from mouldgen.pipeline import StageCallback

__all__ = ["PoseRequest", "PoseSearch", "RankedPose", "search_poses"]

_REFINED = 8
_NEIGHBOURS = 6
_REFINED_BASE_DEG = (-15.0, 0.0, 15.0)
_WORKERS = 2
_SAME_DEG = 0.1
ALL_DIRECTIONS_DEG = 90.0


@dataclass(frozen=True)
class PoseRequest:
    """Which poses are tried.

    Parameters
    ----------
    within_deg
        Largest angle off the plane that was asked for; 90 for all directions.
    planes
        Only these planes; `within_deg` does not count then.
    normals
        How many normals are spread over the cone.
    sides
        How many base sides are tried for each.
    finalists
        How many poses are built.
    """

    within_deg: float = ALL_DIRECTIONS_DEG
    planes: tuple[Plane, ...] = ()
    normals: int = 240
    sides: int = 12
    finalists: int = 3

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("within", self.within_deg, 0.0, ALL_DIRECTIONS_DEG),
            ("normals", self.normals, 1, 5000),
            ("sides", self.sides, 1, 72),
            ("finalists", self.finalists, 1, 50),
        ):
            if not low <= value <= high:
                message = f"the search's {name} is {value:g}; expected {low:g} to {high:g}"
                raise ParameterError(message)


@dataclass(frozen=True)
class RankedPose:
    """A pose with its figures and its price.

    Parameters
    ----------
    pose, figures
        The pose, and what it gives.
    price
        The lower the better.
    is_built
        Whether the figures are those of the mould as it would be made, not estimates.
    """

    pose: Pose
    figures: PoseFigures
    price: float
    is_built: bool


@dataclass(frozen=True)
class PoseSearch:
    """What the search found.

    Parameters
    ----------
    asked
        The pose that the parameters give without a search, built.
    best
        The best poses, built, the best first; `asked` is among them if none is better.
    estimates
        Every normal that was tried with its best base side, in the order of the spiral.
    skipped
        Reasons why poses could not be built.
    """

    asked: RankedPose | None
    best: tuple[RankedPose, ...]
    estimates: tuple[RankedPose, ...]
    skipped: tuple[str, ...]


def search_poses(
    specimen: Specimen,
    parameters: DesignParameters,
    request: PoseRequest | None = None,
    *,
    on_stage: StageCallback | None = None,
) -> PoseSearch:
    """Return the best poses of a specimen.

    Parameters
    ----------
    specimen
        With habitats, the sites of the finalists are planned, too.
    parameters
        Their orientation is what was asked for; a base side other than ``auto`` is kept. Section ``poses``
        holds the weights of the price.
    request
        Which poses are tried; all directions if left out.
    on_stage
        Called when a stage begins.

    Raises
    ------
    GeometryError
        If no pose can be built.
    """
    request = request or PoseRequest()
    parameters = parameters.with_structures_named(specimen.withheld)
    begin = on_stage or (lambda _stage: None)
    begin("surface")
    field = distance_in_patient(specimen, parameters)
    search = _Search.of(specimen, field, parameters, request)
    begin("estimating poses")
    estimates = search.estimated(search.normals())
    begin("refining poses")
    refined = search.estimated_around(sorted(estimates, key=_by_price)[:_REFINED])
    begin("building the best")
    finalists = _apart([*estimates, *refined], search.spread, request.finalists)
    asked, built, skipped = search.built(finalists)
    ranked = sorted([*([asked] if asked else []), *built], key=_by_price)
    if not ranked:
        message = f"no pose can be built: {skipped[0] if skipped else 'nothing was tried'}"
        raise GeometryError(message)
    return PoseSearch(asked, tuple(ranked), tuple(estimates), skipped)


@dataclass(frozen=True, eq=False)
class _Search:
    """What all steps of one search share."""

    specimen: Specimen
    field: DistanceField
    parameters: DesignParameters
    request: PoseRequest
    asked_lps: FloatArray
    estimator: Estimator

    @classmethod
    def of(
        cls, specimen: Specimen, field: DistanceField, parameters: DesignParameters, request: PoseRequest
    ) -> _Search:
        asked = cut_normal(parameters.orientation, specimen)
        return cls(
            specimen, field, parameters, request, asked, Estimator.of(field, parameters, asked, specimen)
        )

    @property
    def spread(self) -> float:
        """Typical angle between neighbouring normals."""
        return spread_deg(self.request.within_deg, self.request.normals)

    def normals(self) -> list[FloatArray]:
        """Return the normals of the first round."""
        if self.request.planes:
            choices = (
                self.parameters.orientation.model_copy(update={"plane": plane, "tilt_deg": (0.0, 0.0)})
                for plane in self.request.planes
            )
            return [cut_normal(choice, self.specimen) for choice in choices]
        count = self.request.normals if self.request.within_deg > 0 else 1
        return list(normals_around(self.asked_lps, self.request.within_deg, count))

    def estimated(self, normals: Sequence[FloatArray]) -> list[RankedPose]:
        """Return every normal with its best base side."""
        with ThreadPoolExecutor(_WORKERS) as workers:
            return [best for best in workers.map(self._best_side, normals) if best is not None]

    def estimated_around(self, poses: Iterable[RankedPose]) -> list[RankedPose]:
        """Return better neighbours of poses, half as far away as normals are from each other."""
        if self.request.planes or self.request.within_deg == 0.0:
            return []
        around = [self._neighbours(ranked.pose) for ranked in poses]
        with ThreadPoolExecutor(_WORKERS) as workers:
            return list(workers.map(self._best_of, around))

    def built(
        self, chosen: Sequence[RankedPose]
    ) -> tuple[RankedPose | None, list[RankedPose], tuple[str, ...]]:
        """Build the pose that was asked for, and the chosen ones; return also why some cannot be built.

        The pose that was asked for is built once, also where it is one of the chosen.
        """
        poses = [self._asked_pose(), *(ranked.pose for ranked in chosen)]
        with ThreadPoolExecutor(_WORKERS) as workers:
            asked, *results = workers.map(self._built, poses)
        skipped = tuple(result for result in (asked, *results) if isinstance(result, str))
        first = None if isinstance(asked, str) else asked
        others = [result for result in results if not isinstance(result, str)]
        return first, [other for other in others if first is None or not _same(other, first)], skipped

    def _asked_pose(self) -> Pose:
        """Return the pose that the parameters give without a search."""
        rules = RimRules.from_parameters(self.parameters.mould)
        base = base_from_parameters(self.parameters.orientation, self.asked_lps, self.specimen)
        return Pose.of(
            self.asked_lps, search_base(self.field, self.asked_lps, rules) if base is None else base
        )

    def _built(self, pose: Pose) -> RankedPose | str:
        """Return a pose with the figures of its mould, or why it cannot be built."""
        try:
            figures = evaluated(self.specimen, self.field, with_pose(self.parameters, pose), self.asked_lps)
        except MouldgenError as error:
            return str(error)
        return self._ranked(pose, figures, is_built=True)

    def _ranked(self, pose: Pose, figures: PoseFigures, *, is_built: bool) -> RankedPose:
        price = price_of(figures, self.parameters.poses, self.parameters.mould.rim_share)
        # rounded, so that noise in the last digits decides nothing
        return RankedPose(pose, figures, round(float(price), 4), is_built)

    def _best_side(self, normal: FloatArray) -> RankedPose | None:
        sides = self._sides(normal)
        return self._best_of([Pose.of(normal, side) for side in sides]) if sides else None

    def _sides(self, normal: FloatArray) -> list[float]:
        """Return the base angles to try; only that of the side that was asked for, if any."""
        try:
            fixed = base_from_parameters(self.parameters.orientation, normal, self.specimen)
        except ParameterError:
            return []
        if fixed is not None:
            return [fixed]
        return [360.0 * n / self.request.sides for n in range(self.request.sides)]

    def _best_of(self, poses: Iterable[Pose]) -> RankedPose:
        ranked = [self._ranked(pose, self.estimator.figures(pose), is_built=False) for pose in poses]
        return min(ranked, key=_by_price)

    def _neighbours(self, pose: Pose) -> list[Pose]:
        normal = np.array(pose.normal_lps)
        ring = normals_around(normal, self.spread / 2, _NEIGHBOURS + 1)
        inside = [n for n in ring if angle_between_deg(n, self.asked_lps) <= self.request.within_deg + 1e-9]
        fixed = self.request.sides == 1 or len(self._sides(normal)) == 1
        poses = []
        for neighbour in inside:
            if fixed:
                poses += [Pose.of(neighbour, side) for side in self._sides(neighbour)]
            else:
                poses += [Pose.of(neighbour, pose.base_deg + turn) for turn in _REFINED_BASE_DEG]
        return poses or [pose]


def _by_price(ranked: RankedPose) -> tuple[float, tuple[float, ...], float]:
    return ranked.price, ranked.pose.normal_lps, ranked.pose.base_deg


def _apart(poses: Iterable[RankedPose], spread_deg: float, count: int) -> list[RankedPose]:
    """Return the best poses whose normals are not next to each other."""
    chosen: list[RankedPose] = []
    for ranked in sorted(poses, key=_by_price):
        if all(_angle(ranked.pose, other.pose) > 0.75 * spread_deg for other in chosen):
            chosen.append(ranked)
        if len(chosen) == count:
            break
    return chosen


def _same(one: RankedPose, other: RankedPose) -> bool:
    return (
        _angle(one.pose, other.pose) < _SAME_DEG and abs(one.pose.base_deg - other.pose.base_deg) < _SAME_DEG
    )


def _angle(one: Pose, other: Pose) -> float:
    """Return the angle between two poses' cut planes."""
    angle = angle_between_deg(np.array(one.normal_lps), np.array(other.normal_lps))
    return min(angle, 180.0 - angle)
