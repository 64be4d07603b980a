"""Every parameter: unit, range, help and source in one place; TOML; presets from ``templates/``."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mouldgen.errors import ParameterError

__all__ = [
    "BladeParameters",
    "CutParameters",
    "DesignParameters",
    "FitParameters",
    "MouldParameters",
    "OrientationParameters",
    "Plane",
    "Preset",
    "PrinterParameters",
    "Process",
    "SpecimenParameters",
    "SurfaceParameters",
    "list_presets",
    "load_preset",
    "read_parameters",
    "resolve_parameters",
    "write_parameters",
]

Vector = tuple[float, float, float]


class Plane(StrEnum):
    """Anatomical cutting planes, and the image's own slices."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"
    IMAGE = "image"


class Process(StrEnum):
    """How the mould is printed."""

    FDM = "fdm"
    SLA = "sla"


SLOT_PLAY_MM = {Process.FDM: 0.8, Process.SLA: 0.5}
"""Added to the blade for a slot: 0.4 mm a side for FDM, 0.25 for SLA.

BoneReconstructionPlanner, Docs/NOTES.md.
"""


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=False
    )


def _value(default: Any, help_text: str, *, unit: str = "", source: str = "", **limits: Any) -> Any:
    """Return a pydantic field that carries its unit and where its default comes from."""
    return Field(default, description=help_text, json_schema_extra={"unit": unit, "source": source}, **limits)


class SpecimenParameters(_Section):
    """Which voxels of the segmentation are the specimen, and what its habitats are called."""

    labels: tuple[int | str, ...] = _value(
        (), "Labels (numbers or names) whose union is the specimen; none means all but background."
    )
    lesion: str = _value(
        "one",
        "With several separate lesions: 'one' refuses, 'largest', 'all', or a number counted from the largest.",
        pattern=r"^(one|largest|all|[1-9]\d*)$",
    )
    margin_mm: float = _value(
        0.0, "Tissue around the tumour that is removed with it.", unit="mm", ge=0.0, le=50.0
    )
    cropped: bool = _value(
        False, "The file was cropped to the tumour on purpose, so labels may touch all six of its borders."
    )
    habitat_names: dict[str, str] = _value({}, "Names of habitats by label, for instance {1 = 'necrosis'}.")

    @field_validator("lesion", mode="before")
    @classmethod
    def _lesion_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("habitat_names")
    @classmethod
    def _labels_are_numbers(cls, value: dict[str, str]) -> dict[str, str]:
        for label, name in value.items():
            if not label.isdecimal() or not 1 <= int(label) <= 65535:
                message = f"a habitat is named by its label, 1 to 65535; got {label!r}"
                raise ValueError(message)
            if not name.strip():
                message = f"the name of habitat {label} is empty"
                raise ValueError(message)
        return dict(sorted(value.items(), key=lambda item: int(item[0])))


class OrientationParameters(_Section):
    """The cutting angle and the side on which the specimen lies."""

    plane: Plane = _value(Plane.AXIAL, "Plane that the cuts are parallel to before tilting.")
    tilt_deg: tuple[float, float] = _value(
        (0.0, 0.0),
        "Tilt of the cutting plane about its first and then its second in-plane axis.",
        unit="deg",
    )
    normal_lps: Vector | None = _value(
        None, "Cut normal in LPS; overrides the plane. S01 is where it starts."
    )
    landmarks_lps: tuple[Vector, ...] | None = _value(
        None,
        "Two points on the slicing axis, from S01 to the last slab, and optionally one on the base side.",
        unit="mm",
    )
    base: str = _value(
        "auto",
        "Side that faces the baseplate: left, right, anterior, posterior, superior, inferior, "
        "an angle in degrees about the cut normal, or 'auto' for the least void.",
    )
    first: str | None = _value(
        None, "End of the specimen that S01 is cut from: an anatomical direction or 'reverse'."
    )

    @field_validator("base", mode="before")
    @classmethod
    def _base_as_text(cls, value: Any) -> Any:
        return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("base")
    @classmethod
    def _known_base(cls, value: str) -> str:
        if value not in {"auto", *_SIDES}:
            try:
                float(value)
            except ValueError:
                message = f"expected auto, an angle in degrees, or one of {', '.join(_SIDES)}; got {value!r}"
                raise ValueError(message) from None
        return value

    @field_validator("first")
    @classmethod
    def _known_first(cls, value: str | None) -> str | None:
        if value is not None and value not in {"reverse", *_SIDES}:
            message = f"expected reverse or one of {', '.join(_SIDES)}; got {value!r}"
            raise ValueError(message)
        return value

    @field_validator("normal_lps")
    @classmethod
    def _normal_has_length(cls, value: Vector | None) -> Vector | None:
        if value is not None and sum(part * part for part in value) < 1e-18:
            message = "a cut normal needs at least one number that is not zero"
            raise ValueError(message)
        return value

    @field_validator("landmarks_lps")
    @classmethod
    def _two_or_three_landmarks(cls, value: tuple[Vector, ...] | None) -> tuple[Vector, ...] | None:
        if value is not None and len(value) not in {2, 3}:
            message = f"two or three landmarks are needed; got {len(value)}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _one_way_to_choose(self) -> Self:
        if self.normal_lps is not None and self.landmarks_lps is not None:
            message = "give either a normal or landmarks, not both"
            raise ValueError(message)
        if any(self.tilt_deg) and (self.normal_lps is not None or self.landmarks_lps is not None):
            message = "a tilt turns a plane; it cannot be combined with a normal or with landmarks"
            raise ValueError(message)
        return self


class CutParameters(_Section):
    """Where the blade goes."""

    slab_mm: float = _value(
        10.0, "Thickness of the slabs.", unit="mm", gt=0.0, le=200.0, source="nephrectomy practice, ENUP 2011"
    )
    positions_mm: tuple[float, ...] | None = _value(
        None,
        "Cut planes, as distances along +X from the middle of the specimen; replaces slab_mm.",
        unit="mm",
    )
    snap: str | None = _value(
        None, "Move every cut plane to the nearest slice of this image; 'labels' is the segmentation."
    )
    kerf_mm: float = _value(
        0.0, "Tissue lost in a cut; 0 for a blade, more for a saw.", unit="mm", ge=0, le=5
    )

    @field_validator("positions_mm")
    @classmethod
    def _rising(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is None:
            return None
        if not value:
            message = "give at least one cut position, or leave positions_mm out"
            raise ValueError(message)
        if len(set(value)) != len(value):
            message = f"cut positions must differ; got {list(value)}"
            raise ValueError(message)
        return tuple(sorted(value))


class BladeParameters(_Section):
    """The blade and the printer's play decide the width of the slots."""

    thickness_mm: float = _value(
        0.4, "Thickness of the blade.", unit="mm", gt=0, le=5, source="scalpel no. 22, about 0.4 mm"
    )
    process: Process = _value(Process.FDM, "fdm adds 0.8 mm to the blade for a slot, sla 0.5 mm.")
    slot_mm: float | None = _value(
        None, "Width of the slots, if not blade plus the play of the process.", unit="mm", gt=0, le=10
    )

    @property
    def slot_width_mm(self) -> float:
        """Width of the slots in the plastic."""
        if self.slot_mm is not None:
            return self.slot_mm
        return round(self.thickness_mm + SLOT_PLAY_MM[self.process], 6)


class FitParameters(_Section):
    """How tightly the cavity holds the specimen."""

    clearance_mm: float = _value(
        0.5,
        "Gap between specimen and cavity.",
        unit="mm",
        ge=0.0,
        le=10.0,
        source="0.3 to 1.0 mm; printed interfaces need 0.05 to 0.2 (BoneReconstructionPlanner #86)",
    )
    scale: Vector = _value(
        (1.0, 1.0, 1.0),
        "Size of the specimen when it is cut, relative to imaging, along X, Y and Z of the mould.",
        source="1.00 fresh, 0.955 formalin-fixed: Schned 1996, Jonmarker 2006",
    )

    @field_validator("scale", mode="before")
    @classmethod
    def _one_or_three(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return (value, value, value)
        if isinstance(value, list | tuple) and len(value) == 1:
            return (value[0], value[0], value[0])
        return value

    @field_validator("scale")
    @classmethod
    def _plausible(cls, value: Vector) -> Vector:
        if any(not 0.5 <= factor <= 2.0 for factor in value):
            message = f"scale factors lie between 0.5 and 2; got {list(value)}"
            raise ValueError(message)
        return value


class MouldParameters(_Section):
    """Walls, baseplate, guides and engraving."""

    wall_mm: float = _value(
        5.0,
        "Wall around the cavity.",
        unit="mm",
        ge=1.0,
        le=30,
        source="5 mm: Crispin-Ortuzar 2020, Delgado-Ortet 2023",
    )
    plate_mm: float = _value(
        4.0,
        "Baseplate.",
        unit="mm",
        ge=1.5,
        le=30,
        source="4 mm: Crispin-Ortuzar 2020, Delgado-Ortet 2023",
    )
    skin_mm: float = _value(
        1.0, "Plastic between the deepest point of the cavity and the baseplate.", unit="mm", ge=0.2, le=20
    )
    rim_share: float = _value(
        0.7,
        "Height of the rim as a share of the specimen's height, before it is lowered for void.",
        ge=0.2,
        le=1.0,
        source="Delgado-Ortet 2023",
    )
    lowest_rim_share: float = _value(0.4, "The rim is not lowered below this share.", ge=0.1, le=1.0)
    void_limit_percent: float = _value(
        5.0, "The rim is lowered until the void below it is at most this.", unit="%", ge=0.0, le=100.0
    )
    chamfer_mm: float = _value(
        1.5, "Width of the chamfer at the rim, where the specimen finds its way in.", unit="mm", ge=0, le=10
    )
    guide_above_mm: float = _value(
        5.0,
        "Height of the blade guides above the specimen.",
        unit="mm",
        ge=0,
        le=50,
        source="Delgado-Ortet 2023",
    )
    guide_depth_mm: float = _value(
        10.0,
        "Depth of the blade guides along the blade.",
        unit="mm",
        ge=3,
        le=50,
        source="10 mm: Crispin-Ortuzar 2020; slots overrun by 5 to 10 mm: BoneReconstructionPlanner #23",
    )
    score_depth_mm: float = _value(
        2.0,
        "The score slot ends this far below the specimen's top.",
        unit="mm",
        ge=0,
        le=20,
        source="Delgado-Ortet 2023",
    )
    letter_mm: float = _value(
        6.0, "Height of engraved letters.", unit="mm", ge=5, le=20, source="FDM strokes need 0.8 mm or more"
    )
    letter_depth_mm: float = _value(
        0.8, "Depth of engraved letters.", unit="mm", ge=0.4, le=3, source="BoneReconstructionPlanner #126"
    )

    @model_validator(mode="after")
    def _heights_agree(self) -> Self:
        if self.lowest_rim_share > self.rim_share:
            message = (
                f"lowest_rim_share ({self.lowest_rim_share:g}) is above rim_share ({self.rim_share:g}); "
                "lower the one or raise the other"
            )
            raise ValueError(message)
        if self.chamfer_mm > self.wall_mm - 0.8:
            message = (
                f"a chamfer of {self.chamfer_mm:g} mm leaves less than 0.8 mm of a wall of "
                f"{self.wall_mm:g} mm; make the wall thicker or the chamfer narrower"
            )
            raise ValueError(message)
        if self.letter_depth_mm > self.plate_mm - 0.5:
            message = (
                f"letters {self.letter_depth_mm:g} mm deep leave less than 0.5 mm of a plate of "
                f"{self.plate_mm:g} mm; make the plate thicker"
            )
            raise ValueError(message)
        return self


class SurfaceParameters(_Section):
    """How finely the surface is computed."""

    grid_mm: float = _value(0.5, "Spacing of the grid in the mould frame.", unit="mm", ge=0.1, le=3.0)
    tolerance_mm: float = _value(
        0.03, "How far a simplified mesh may lie from the iso-surface.", unit="mm", ge=0.0, le=0.5
    )


class PrinterParameters(_Section):
    """The machine that prints the mould."""

    name: str = _value("Prusa MK4", "Name of the printer.")
    bed_mm: Vector = _value(
        (250.0, 210.0, 220.0), "Build volume.", unit="mm", source="Prusa MK4 profile in OrcaSlicer"
    )

    @field_validator("bed_mm")
    @classmethod
    def _positive_bed(cls, value: Vector) -> Vector:
        if any(not 10 <= side <= 5000 for side in value):
            message = f"a build volume has three sides of 10 to 5000 mm; got {list(value)}"
            raise ValueError(message)
        return value


class DesignParameters(_Section):
    """Everything that decides a design besides the voxels.

    Examples
    --------
    >>> DesignParameters(cuts={"slab_mm": 5}).cuts.slab_mm
    5.0
    """

    case: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")] | None = _value(
        None, "What the case is called: up to 32 letters, digits, '.', '_' and '-'. Engraved on the mould."
    )
    specimen: SpecimenParameters = SpecimenParameters()
    orientation: OrientationParameters = OrientationParameters()
    cuts: CutParameters = CutParameters()
    blade: BladeParameters = BladeParameters()
    fit: FitParameters = FitParameters()
    mould: MouldParameters = MouldParameters()
    surface: SurfaceParameters = SurfaceParameters()
    printer: PrinterParameters = PrinterParameters()

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ParameterError(_explain(error)) from None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, without those that are unset."""
        return self.model_dump(mode="json", exclude_none=True)

    def with_values(self, values: Mapping[str, Any]) -> DesignParameters:
        """Return a copy in which the nested `values` replace what was there."""
        return DesignParameters(**_merged(self.to_dict(), values))


class Preset:
    """A named set of values with their sources, from ``templates/``."""

    def __init__(self, kind: str, name: str, document: Mapping[str, Any]) -> None:
        self.kind = kind
        self.name = name
        self.summary = str(document.get("summary", ""))
        self.entries = tuple(_preset_entries(document))

    def values(self) -> dict[str, Any]:
        """Return the nested values, as `DesignParameters` takes them."""
        nested: dict[str, Any] = {}
        for key, value, _ in self.entries:
            _set_nested(nested, key, value)
        return nested


def list_presets(kind: str) -> tuple[str, ...]:
    """Return the names of the ``presets`` or ``printers`` that ship with mouldgen."""
    return tuple(sorted(path.stem for path in _templates_folder(kind).glob("*.toml")))


def load_preset(kind: str, name: str) -> Preset:
    """Return one of the ``presets`` or ``printers``.

    Raises
    ------
    ParameterError
        If there is none of that name; the message suggests some.
    """
    known = list_presets(kind)
    if name not in known:
        close = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        message = f"there is no {kind.removesuffix('s')} {name!r}{hint} Known: {', '.join(known)}"
        raise ParameterError(message)
    path = _templates_folder(kind) / f"{name}.toml"
    return Preset(kind, name, tomllib.loads(path.read_text(encoding="utf-8")))


def read_parameters(path: Path) -> dict[str, Any]:
    """Return the values in a ``parameters.toml``.

    Raises
    ------
    ParameterError
        If the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot read the parameter file {path.name}: {error.strerror}"
        raise ParameterError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path.name} is not a TOML file: {error}"
        raise ParameterError(message) from None


def resolve_parameters(
    *,
    preset: str | None = None,
    printer: str | None = None,
    config: Mapping[str, Any] | None = None,
    assignments: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
) -> DesignParameters:
    """Return the parameters: defaults, then preset and printer, config, assignments, and options.

    Parameters
    ----------
    preset, printer
        Names of files in ``templates/``.
    config
        Nested values, as `read_parameters` returns them.
    assignments
        ``section.key=value``; the value is TOML, or text.
    options
        Nested values that win over all others.

    Raises
    ------
    ParameterError
        If a name is unknown or a value out of range.
    """
    values: dict[str, Any] = {}
    for kind, name in (("presets", preset), ("printers", printer)):
        if name is not None:
            values = _merged(values, load_preset(kind, name).values())
    values = _merged(values, config or {})
    for assignment in assignments:
        values = _merged(values, _parse_assignment(assignment))
    return DesignParameters(**_merged(values, options or {}))


def write_parameters(parameters: DesignParameters) -> str:
    """Return the TOML text of all resolved parameters."""
    return tomli_w.dumps(parameters.to_dict())


_SIDES = ("left", "right", "anterior", "posterior", "superior", "inferior")
_REPLACED_WHOLE = {"habitat_names"}


def _templates_folder(kind: str) -> Path:
    """Return the packaged ``templates/`` folder, or the repository's for an editable install."""
    package = Path(__file__).resolve().parent
    for folder in (package / "templates" / kind, package.parent / "templates" / kind):
        if folder.is_dir():
            return folder
    message = f"the folder templates/{kind} is missing; install mouldgen again"
    raise ParameterError(message)


def _preset_entries(document: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any, str]]:
    for key, entry in document.items():
        if not isinstance(entry, Mapping):
            continue
        if "value" in entry:
            yield prefix + key, entry["value"], str(entry.get("source", ""))
        else:
            yield from _preset_entries(entry, f"{prefix}{key}.")


def _merged(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in update.items():
        old = result.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping) and key not in _REPLACED_WHOLE
        result[key] = _merged(old, value) if nested and isinstance(old, Mapping) else value
    return result


def _set_nested(target: dict[str, Any], dotted: str, value: Any) -> None:
    *sections, key = dotted.split(".")
    for section in sections:
        target = target.setdefault(section, {})
    target[key] = value


def _parse_assignment(text: str) -> dict[str, Any]:
    key, equals, raw = text.partition("=")
    if not equals or not key.strip():
        message = f"expected key=value, for instance mould.wall_mm=4; got {text!r}"
        raise ParameterError(message)
    try:
        value = tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    nested: dict[str, Any] = {}
    _set_nested(nested, _full_key(key.strip()), value)
    return nested


def _full_key(key: str) -> str:
    """Return ``section.key`` for a key that is given without its section, if only one section has it."""
    if "." in key:
        return key
    known = list(_all_keys())
    matches = [name for name in known if name == key or name.endswith(f".{key}")]
    if len(matches) == 1:
        return matches[0]
    close = difflib.get_close_matches(key, [name.rpartition(".")[2] for name in known], n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    message = f"there is no parameter {key!r}{hint} 'mouldgen presets' lists all of them"
    raise ParameterError(message)


def _all_keys() -> Iterable[str]:
    for name, field in DesignParameters.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, _Section):
            yield from (f"{name}.{key}" for key in section.model_fields)
        else:
            yield name


def _explain(error: ValidationError) -> str:
    """Return one line a problem: which parameter, what is wrong, what was given."""
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("function-"))
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            close = difflib.get_close_matches(key, list(_all_keys()), n=2, cutoff=0.5)
            text = "is not a parameter" + (f"; did you mean {' or '.join(close)}?" if close else "")
        elif problem["type"] not in {"value_error"}:
            text = f"{text}; got {problem['input']!r}"
        lines.append(f"{key}: {text}" if key else text)
    return "; ".join(lines)
