"""Moulds of phantoms give no false alarm, whatever the printer."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mouldgen.params import DesignParameters, resolve_parameters
from mouldgen.pipeline import design_mould
from mouldgen.printability.examine import examine_part
from mouldgen.printability.raw_mesh import RawMesh
from mouldgen.testing.phantoms import chiral_specimen, demo_specimen


@pytest.fixture(scope="module", params=["demo", "chiral", "thin slabs"])
def mould(request):
    make = chiral_specimen if request.param == "chiral" else demo_specimen
    values = {"orientation": {"normal_lps": (0.5, 0.3, 0.8)}, "surface": {"grid_mm": 1.0}}
    if request.param == "thin slabs":
        values["cuts"] = {"slab_mm": 5.0}
    return design_mould(make(), DesignParameters(**values)).mould


@pytest.mark.parametrize("name", ["mk4", "form4"])
def test_there_is_no_alarm(mould, name):
    printer = resolve_parameters(printer=name).printer
    report = examine_part(RawMesh.of("base", mould.base.mesh), printer)
    assert [flaw.finding for flaw in report.flaws if flaw.is_fault] == []
    across = [slot for slot in report.measures.slots if slot.normal_deg < 1]
    assert len(across) == len(mould.slot_x_mm)
    for slot, x_mm in zip(across, mould.slot_x_mm, strict=True):
        assert slot.offset_mm == pytest.approx(x_mm, abs=1e-3)
        assert slot.width_mm == pytest.approx(mould.slot_width_mm, abs=1e-3)
    fingers = [b - a - mould.slot_width_mm for a, b in pairwise(mould.slot_x_mm)]
    assert report.measures.least_finger_mm == pytest.approx(min(fingers), abs=1e-3)
    assert report.measures.islands == 0
    assert report.measures.overhang_mm2 == 0
