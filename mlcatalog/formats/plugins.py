"""Readers of other packages.

A package names its readers in the group `mlcatalog.readers`; the object that an
entry point loads is called without arguments and gives a Reader.
"""

from __future__ import annotations

from functools import cache

from mlcatalog.domain.plugins import Plugin, loaded

GROUP = "mlcatalog.readers"
WANTED = ("format", "title", "version", "kind", "suffixes", "names", "claims", "read")


@cache
def plugins() -> tuple[Plugin, ...]:
    """What other packages registered, in the order of their names."""
    return tuple(loaded(GROUP, WANTED))
