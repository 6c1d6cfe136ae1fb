"""The clauses of a query's text: taken apart, switched on, off and round."""

from __future__ import annotations

import re

ALONE = frozenset({"kind", "format", "project", "stage"})  # one value at a time
_CLAUSE = re.compile(r'(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+')


def clauses(query: str) -> list[str]:
    """The words of a query; a quoted text stays whole."""
    return _CLAUSE.findall(query)


def turned(query: str, clause: str) -> str:
    """The query after a click on a facet: include, then exclude, then neither."""
    words = clauses(query)
    if clause in words:
        return " ".join(f"-{clause}" if word == clause else word for word in words)
    if f"-{clause}" in words:
        return " ".join(word for word in words if word != f"-{clause}")
    field = clause.partition(":")[0]
    kept = [word for word in words if field not in ALONE or field_of(word) != field]
    return " ".join([*kept, clause])


def without(query: str, clause: str) -> str:
    """The query without one clause."""
    return " ".join(word for word in clauses(query) if word != clause)


def without_field(query: str, field: str) -> str:
    """The query without what includes a value of a field."""
    return " ".join(word for word in clauses(query) if field_of(word) != field)


def field_of(clause: str) -> str:
    """The field that a clause includes values of, "" for text and for exclusions."""
    name, colon, _ = clause.partition(":")
    return name if colon else ""
