"""Fixtures for all tests: where the real cases are, and hypothesis profiles."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MOULDGEN_SHARED", REPOSITORY.parent / "shared"))

settings.register_profile("dev", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# a change lands or not by what it holds, so the examples are the same in every run; "dev" looks for new ones
settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


# a runner in the background is started with these ignored, and so would be what it starts
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real cases; tests that need it are skipped elsewhere."""
    folder = SHARED / "cases"
    if not folder.is_dir():
        pytest.skip("the real cases are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def verifier() -> Path:
    """The independent check of a case folder."""
    script = SHARED / "check" / "verify_case.py"
    if not script.is_file():
        pytest.skip("the independent check is not beside this checkout")
    return script
