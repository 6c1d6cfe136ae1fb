"""The query language: one parser for window and command line, answered by SQL."""

from __future__ import annotations

from mlcatalog.catalog.search.compiling import SORTS, Compiled, compile_query, ordering
from mlcatalog.catalog.search.facets import facet_counts
from mlcatalog.catalog.search.fields import FAMILIES, FIELDS
from mlcatalog.catalog.search.sets import Sets

__all__ = [
    "FAMILIES",
    "FIELDS",
    "SORTS",
    "Compiled",
    "Sets",
    "compile_query",
    "facet_counts",
    "ordering",
]
