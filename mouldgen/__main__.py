"""``python -m mouldgen``."""

from __future__ import annotations

from mouldgen.cli import main

if __name__ == "__main__":
    main()
