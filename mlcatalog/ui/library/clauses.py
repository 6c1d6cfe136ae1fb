"""The clauses of a query's text: taken apart, switched on, off and round."""

from __future__ import annotations

import re

ALONE = frozenset({"kind", "format", "project", "stage"})  # one value at a time
_CLAUSE = re.compile(r'-?\([^()]*\)|(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+')
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)


def clauses(query: str) -> list[str]:
    """The words of a query; a quoted text and a group stay whole."""
    return _CLAUSE.findall(query)


def members(clause: str) -> list[str]:
    """The clauses of a group "(a or b)"; a clause alone is its only member."""
    if clause.startswith("(") and clause.endswith(")"):
        return [part for part in _OR.split(clause[1:-1].strip()) if part]
    return [clause]


def included(query: str) -> frozenset[str]:
    """Every clause that is asked for, those of groups one by one."""
    return frozenset(part for word in clauses(query) for part in members(word))


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


def added(query: str, clause: str) -> str:
    """The query after a click with Ctrl: this value too, or no longer."""
    words = clauses(query)
    for place, word in enumerate(words):
        if field_of(word) == field_of(clause):
            values = members(word)
            kept = [value for value in values if value != clause]
            words[place] = _joined(kept if clause in values else [*values, clause])
            return " ".join(filter(None, words))
    return " ".join([*words, clause])


def without(query: str, clause: str) -> str:
    """The query without one clause."""
    return " ".join(word for word in clauses(query) if word != clause)


def field_of(clause: str) -> str:
    """The field that a clause includes values of, "" for text and for exclusions.

    A group has a field when all its members have the same.
    """
    fields = {part.partition(":")[0] for part in members(clause) if ":" in part}
    is_clear = len(fields) == 1 and not clause.startswith("-")
    return fields.pop() if is_clear and all(map(_has_field, members(clause))) else ""


def _has_field(clause: str) -> bool:
    return ":" in clause and not clause.startswith("-")


def _joined(values: list[str]) -> str:
    return f"({' or '.join(values)})" if len(values) > 1 else "".join(values)
