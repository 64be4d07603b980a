"""All sections together, and what is wrong with values that do not fit them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationError

from mouldgen.errors import ParameterError
from mouldgen.params.cutting import CutParameters, OrientationParameters, SpecimenParameters
from mouldgen.params.extras import ExtraParameters, FileParameters, PoseParameters, SplitParameters
from mouldgen.params.habitats import (
    ChannelParameters,
    ClusterParameters,
    FeatureParameters,
    TrustParameters,
)
from mouldgen.params.laboratory import (
    BlockParameters,
    LimsParameters,
    SheetParameters,
    SiteParameters,
)
from mouldgen.params.nesting import merged
from mouldgen.params.parts import (
    EdgeParameters,
    GuideParameters,
    InlayParameters,
    JointParameters,
    LidParameters,
    OpeningParameters,
    WindowParameters,
)
from mouldgen.params.printing import (
    BladeParameters,
    FitParameters,
    MouldParameters,
    PrinterParameters,
    SurfaceParameters,
)
from mouldgen.params.problems import explain_problems
from mouldgen.params.section import Section, field_value

__all__ = ["DesignParameters"]


_OF_THE_LABORATORY = {"sites", "blocks", "sheet", "lims"}
"""Sections that can change when the mould is already printed."""

_OF_THE_HABITATS = {"channels", "features", "clusters", "trust"}
"""Sections that decide the habitats; the engraved hash covers the habitats themselves."""

_BESIDE_THE_MOULD = _OF_THE_LABORATORY | _OF_THE_HABITATS | {"printer", "extras", "split", "files", "poses"}
"""Sections that change neither mould nor slabs; the engraved hash does not cover them.

They may move letters on the plate aside: away from where the base is parted for the bed.
"""


class DesignParameters(Section):
    """Everything that decides a design besides the voxels.

    Examples
    --------
    >>> DesignParameters(cuts={"slab_mm": 5}).cuts.slab_mm
    5.0
    """

    case: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")] | None = field_value(
        None,
        "What the case is called; engraved on the mould. Never a patient's name.",
        expected="1 to 32 letters, digits, '.', '_' and '-', the first a letter or digit",
    )
    specimen: SpecimenParameters = SpecimenParameters()
    orientation: OrientationParameters = OrientationParameters()
    cuts: CutParameters = CutParameters()
    blade: BladeParameters = BladeParameters()
    fit: FitParameters = FitParameters()
    mould: MouldParameters = MouldParameters()
    guides: GuideParameters = GuideParameters()
    edges: EdgeParameters = EdgeParameters()
    openings: OpeningParameters = OpeningParameters()
    windows: WindowParameters = WindowParameters()
    inlays: InlayParameters = InlayParameters()
    lid: LidParameters = LidParameters()
    joints: JointParameters = JointParameters()
    surface: SurfaceParameters = SurfaceParameters()
    printer: PrinterParameters = PrinterParameters()
    sites: SiteParameters = SiteParameters()
    blocks: BlockParameters = BlockParameters()
    sheet: SheetParameters = SheetParameters()
    lims: LimsParameters = LimsParameters()
    extras: ExtraParameters = ExtraParameters()
    split: SplitParameters = SplitParameters()
    files: FileParameters = FileParameters()
    poses: PoseParameters = PoseParameters()
    channels: ChannelParameters = ChannelParameters()
    features: FeatureParameters = FeatureParameters()
    clusters: ClusterParameters = ClusterParameters()
    trust: TrustParameters = TrustParameters()

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(explain_problems(error, type(self))) from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, without those that are unset."""
        return self.model_dump(mode="json", exclude_none=True)

    def mould_values(self) -> dict[str, Any]:
        """Return the plain values that decide mould and slabs: those that the engraved hash covers."""
        return self._values_without(_BESIDE_THE_MOULD)

    def printed_values(self) -> dict[str, Any]:
        """Return the plain values that decide all that is printed: those that a new plan of sites keeps."""
        return self._values_without(_OF_THE_LABORATORY)

    def _values_without(self, sections: set[str]) -> dict[str, Any]:
        return {key: value for key, value in self.to_dict().items() if key not in sections}

    def with_structures_named(self, names: Mapping[str, Sequence[str]]) -> DesignParameters:
        """Return a copy in which structures are called otherwise.

        Parameters
        ----------
        names
            What a structure or pattern is called here, and what the structures that it means are called in
            the copy. A name that is not among them stays.
        """
        if not names:
            return self
        specimen, angle = self.specimen, self.orientation
        renamed: dict[str, dict[str, Any]] = {
            "specimen": {
                "labels": _renamed(specimen.labels, names),
                "rois": _renamed(specimen.rois, names),
                "landmark_rois": _renamed(specimen.landmark_rois, names),
            },
            "orientation": {
                "axis_rois": _renamed(angle.axis_rois or (), names) or None,
                "blade_rois": _renamed(angle.blade_rois or (), names) or None,
                "base_roi": next(iter(_renamed((angle.base_roi,), names))) if angle.base_roi else None,
            },
            "windows": {
                "radius_mm": {
                    name: radius
                    for old, radius in self.windows.radius_mm.items()
                    for name in names.get(old, (old,))
                }
            },
        }
        given = {
            section: {key: value for key, value in values.items() if value is not None}
            for section, values in renamed.items()
        }
        return self.with_values(given)

    def with_values(self, values: Mapping[str, Any]) -> DesignParameters:
        """Return a copy in which the nested `values` replace what was there."""
        return DesignParameters(**merged(self.to_dict(), values))


def _renamed(called: Iterable[Any], names: Mapping[str, Sequence[str]]) -> list[Any]:
    return [name for old in called for name in names.get(old, (old,))]
