# One word each. They use the environment in .venv; `make install` makes it.
.PHONY: install check test docs images bench ci
bin = .venv/bin

install:
	python3 -m venv .venv
	$(bin)/pip install -q -U pip
	$(bin)/pip install -q -c constraints.txt -e '.[dicom,habitats]' --group dev

check:
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/codespell

test:
	$(bin)/python -m pytest -n 2

docs:
	NO_MKDOCS_2_WARNING=1 $(bin)/mkdocs build --strict

images:
	for figure in docs/figures/draw_*.py; do $(bin)/python $$figure || exit 1; done

bench:
	$(bin)/python -m benchmarks

ci:
	bash .ci/run
