"""``python -m mouldgen``."""

from __future__ import annotations

from mouldgen.cli import run_program

if __name__ == "__main__":
    run_program()
