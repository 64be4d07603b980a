"""Whatever the shape and the options: valid parts that go together, or a clear error."""

from dataclasses import replace

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mouldgen.errors import GeometryError, ParameterError, Severity
from mouldgen.mould.assembly import assemble
from mouldgen.params import DesignParameters
from mouldgen.pipeline import design_mould
from mouldgen.specimen import Landmark
from mouldgen.testing.bodies import BumpyEllipsoid, Ellipsoid, HalfSpace
from mouldgen.testing.phantoms import bumpy_ellipsoid_specimen, covering_grid, two_habitat_ellipsoid
from mouldgen.testing.strategies import rotations, unit_vectors


@st.composite
def specimens(draw):
    """Smooth and bumpy bodies of 3 to 200 mL, with two landmarks on or off their surface."""
    radii = np.array(draw(st.tuples(*[st.floats(9.0, 36.0)] * 3)))
    body = Ellipsoid(np.zeros(3), radii, draw(rotations()))
    size = np.full(3, radii.max() * 1.2)
    grid = covering_grid(np.zeros(3), size, (1.6, 1.6, 2.0))
    if draw(st.booleans()):
        specimen = two_habitat_ellipsoid(body, HalfSpace(draw(unit_vectors()), 3.0), grid)
    else:
        specimen = bumpy_ellipsoid_specimen(BumpyEllipsoid(body, draw(st.floats(0.05, 0.3))), grid)
    places = [np.array(draw(unit_vectors())) * radii * draw(st.floats(0.6, 1.2)) for _ in range(2)]
    marks = (Landmark("vein", places[0]), Landmark("suture 12", places[1]))
    return replace(specimen, landmarks=marks)


def options():
    return st.fixed_dictionaries(
        {
            "cuts": st.fixed_dictionaries({"slab_mm": st.floats(3.0, 16.0)}),
            "blade": st.fixed_dictionaries({"thickness_mm": st.floats(0.2, 1.6)}),
            "orientation": st.fixed_dictionaries(
                {"normal_lps": unit_vectors().map(tuple), "base": st.sampled_from(["0", "100"])}
            ),
            "fit": st.fixed_dictionaries(
                {"clearance_mm": st.floats(0.3, 2.0), "scale": st.sampled_from([1.0, (0.95, 1.0, 1.05)])}
            ),
            "mould": st.fixed_dictionaries(
                {
                    "wall_mm": st.floats(3.0, 8.0),
                    "rim_share": st.floats(0.4, 1.0),
                    "guide_above_mm": st.floats(0.0, 25.0),
                    "guide_depth_mm": st.floats(3.0, 15.0),
                }
            ),
            "joints": st.fixed_dictionaries({"play_mm": st.floats(0.1, 0.6)}),
            "lid": st.fixed_dictionaries({"enabled": st.booleans()}),
            "guides": st.fixed_dictionaries({"tie": st.booleans(), "tie_mm": st.floats(3.0, 12.0)}),
            "edges": st.fixed_dictionaries(
                {"feet": st.booleans(), "slot_mouth_mm": st.floats(0, 2), "corner_mm": st.floats(0, 4)}
            ),
            "openings": st.fixed_dictionaries(
                {"drains": st.integers(0, 6), "drain_mm": st.floats(2, 8), "finger_holes": st.booleans()}
            ),
            "windows": st.fixed_dictionaries(
                {
                    "radius_mm": st.dictionaries(
                        st.sampled_from(["vein", "suture 12"]), st.floats(2.0, 12.0), max_size=2
                    )
                }
            ),
            "inlays": st.fixed_dictionaries(
                {
                    "inlays_of": st.sampled_from(["none", "landmarks", "habitats"]),
                    "inlay_mm": st.floats(3, 12),
                }
            ),
            "surface": st.just({"grid_mm": 1.6, "tolerance_mm": 0.1}),
        }
    )


@pytest.mark.slow
@settings(max_examples=12, derandomize=True, suppress_health_check=list(HealthCheck))
@given(specimens(), options())
def test_parts_are_valid_and_go_together(specimen, sections):
    try:
        design = design_mould(specimen, DesignParameters(case="P1", **sections))
    except (ParameterError, GeometryError) as error:
        event(type(error).__name__)
        return
    errors = [finding for finding in design.findings if finding.severity is Severity.ERROR]
    assert errors == []
    for part in design.mould.parts:
        mesh = trimesh.Trimesh(part.mesh.vertices_mould, part.mesh.faces, process=True)
        assert mesh.is_watertight, part.name
        assert mesh.is_winding_consistent, part.name
        assert mesh.volume > 0, part.name
        assert mesh.body_count == 1, part.name
        if part.printable:
            assert mesh.bounds[0, 2] == pytest.approx(0.0, abs=1e-4), part.name
    assembly = assemble(design.mould)
    assert max(assembly.overlaps_mm3().values(), default=0.0) <= 1.0
    assert assembly.locked_mm3() <= 1.0
    assert assembly.locked_in_lid_mm3() <= 1.0
    assert max(assembly.blocked_mm3(name) for name in ("base", "lid")) <= 1.0
