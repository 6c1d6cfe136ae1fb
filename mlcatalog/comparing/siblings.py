"""Artifacts that are worth a comparison: the latest two of one family of names."""

from __future__ import annotations

from collections.abc import Sequence

from mlcatalog.domain.artifact import Summary

STEM_PARTS = 2  # "intent-cls-hashbow-v4-r0a11": task and purpose tell the family


def siblings(rows: Sequence[Summary], of: Summary | None = None) -> tuple[str, ...]:
    """Two ids, the older first; empty where nothing has a sibling.

    `rows` are the newest first. With `of`, its nearest relative in age of the
    same kind, project and family of names, failing that of the same project.
    """
    if of is not None:
        others = [row for row in rows if row.id != of.id and row.kind is of.kind]
        kin = [row for row in others if _are_kin(row, of)]
        near = kin or [row for row in others if row.project == of.project]
        return _ordered(min(near, key=lambda row: _apart(row, of)), of) if near else ()
    for place, row in enumerate(rows):
        mate = next((r for r in rows[place + 1 :] if _are_kin(r, row)), None)
        if mate is not None:
            return _ordered(mate, row)
    return ()


def _family(row: Summary) -> tuple[str, str, str]:
    stem = "-".join(row.name.split("-")[:STEM_PARTS]).casefold()
    return row.kind, row.project, stem


def _are_kin(one: Summary, other: Summary) -> bool:
    """Of one family, but not one model in two formats, which bears one name twice."""
    return _family(one) == _family(other) and one.name != other.name


def _apart(one: Summary, other: Summary) -> int:
    return abs((one.modified or 0) - (other.modified or 0))


def _ordered(one: Summary, other: Summary) -> tuple[str, str]:
    older, newer = sorted((one, other), key=lambda row: (row.modified or 0, row.id))
    return older.id, newer.id
