"""docs/printing.md knows every code that the checks of printing can give."""

from __future__ import annotations

import re

import pytest

_CODE = re.compile(r"(?:Severity\.\w+,|\bseverity,|_error\(\s*(?:raw\.)?name,|Finding\.\w+\()\s*\"(\w+)\"")
_FILES = ("printability", "io/mesh_files.py", "export/check_stored_printing.py")


@pytest.fixture(scope="module")
def text(repository):
    return (repository / "docs" / "printing.md").read_text(encoding="utf-8")


def sources(repository):
    for name in _FILES:
        path = repository / "mouldgen" / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield file.read_text(encoding="utf-8")


def test_every_code_is_explained(text, repository):
    codes = {code for source in sources(repository) for code in _CODE.findall(source)}
    assert len(codes) > 20
    assert [code for code in sorted(codes) if f"`{code}`" not in text] == []


def test_the_table_of_estimates_keeps_its_promise(text):
    from mouldgen.printability.measure import ESTIMATE_PERCENT

    errors = [float(value) for value in re.findall(r"\| ([+-]\d+\.\d) % \|", text)]
    assert len(errors) >= 2 * 6
    assert max(map(abs, errors)) <= ESTIMATE_PERCENT


def test_every_printer_is_in_the_table_of_processes(repository):
    import importlib.util

    spec = importlib.util.spec_from_file_location("generate", repository / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    table = generate.printers()
    assert "| `printer.bed_mm`, mm |" in table
    assert "250 x 210 x 220" in table
    assert "| `printer.layer_s`, s |" in table
