"""Every parameter: unit, range, help and source in one place; TOML; presets from ``templates/``."""

from __future__ import annotations

from mouldgen.params.cutting import CutParameters, OrientationParameters, Plane, SpecimenParameters
from mouldgen.params.description import ParameterDescription, describe_parameters
from mouldgen.params.design import DesignParameters
from mouldgen.params.extras import (
    ExtraKind,
    ExtraParameters,
    FileParameters,
    MeshFormat,
    PoseParameters,
    SplitMode,
    SplitParameters,
)
from mouldgen.params.habitats import (
    Binning,
    ChannelParameters,
    ClusterMethod,
    ClusterParameters,
    CountCriterion,
    FeatureKind,
    FeatureParameters,
    Modality,
    Scaling,
    TrustParameters,
    WindowShape,
)
from mouldgen.params.laboratory import (
    BlockParameters,
    LimsParameters,
    Paper,
    PunchDepth,
    SheetParameters,
    SiteParameters,
)
from mouldgen.params.parts import (
    EdgeParameters,
    GuideParameters,
    InlayParameters,
    InlaysOf,
    JointParameters,
    LidParameters,
    OpeningParameters,
    WindowParameters,
)
from mouldgen.params.presets import Preset, PresetEntry, list_presets, load_preset
from mouldgen.params.printing import (
    BladeParameters,
    FitParameters,
    MouldParameters,
    PrinterParameters,
    Process,
    SurfaceParameters,
)
from mouldgen.params.resolve import read_parameters, resolve_parameters, write_parameters

__all__ = [
    "Binning",
    "BladeParameters",
    "BlockParameters",
    "ChannelParameters",
    "ClusterMethod",
    "ClusterParameters",
    "CountCriterion",
    "CutParameters",
    "DesignParameters",
    "EdgeParameters",
    "ExtraKind",
    "ExtraParameters",
    "FeatureKind",
    "FeatureParameters",
    "FileParameters",
    "FitParameters",
    "GuideParameters",
    "InlayParameters",
    "InlaysOf",
    "JointParameters",
    "LidParameters",
    "LimsParameters",
    "MeshFormat",
    "Modality",
    "MouldParameters",
    "OpeningParameters",
    "OrientationParameters",
    "Paper",
    "ParameterDescription",
    "Plane",
    "PoseParameters",
    "Preset",
    "PresetEntry",
    "PrinterParameters",
    "Process",
    "PunchDepth",
    "Scaling",
    "SheetParameters",
    "SiteParameters",
    "SpecimenParameters",
    "SplitMode",
    "SplitParameters",
    "SurfaceParameters",
    "TrustParameters",
    "WindowParameters",
    "WindowShape",
    "describe_parameters",
    "list_presets",
    "load_preset",
    "read_parameters",
    "resolve_parameters",
    "write_parameters",
]
