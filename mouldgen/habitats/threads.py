"""One thread for what must give the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mouldgen.habitats.extra import import_extra

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra and OpenMP to one thread: their sums depend on how work is shared out."""
    import_extra("sklearn")
    with import_extra("threadpoolctl").threadpool_limits(limits=1):
        yield
