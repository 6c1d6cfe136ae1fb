"""From text to a tree, and from a tree to SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    not_,
    or_,
    select,
    true,
)
from sqlmodel import col

from mlcatalog.catalog.search.fields import FAMILIES, FIELDS, keyed_wrong
from mlcatalog.catalog.search.parse import parse
from mlcatalog.catalog.search.tree import And, Clause, Hint, Not, Or, Text, Tree
from mlcatalog.catalog.search.words import found
from mlcatalog.catalog.tables import ArtifactRow, ProjectRow

SORTS: dict[str, Any] = {
    "name": col(ArtifactRow.name).collate("NOCASE"),
    "kind": col(ArtifactRow.kind),
    "format": col(ArtifactRow.format),
    "size": col(ArtifactRow.size),
    "modified": col(ArtifactRow.modified),
    "stage": col(ArtifactRow.stage),
    "owner": col(ArtifactRow.owner),
    "metric": col(ArtifactRow.metric_value),
    "traceability": col(ArtifactRow.met),
    "findings": col(ArtifactRow.findings),
    "path": col(ArtifactRow.path_text),
    "project": select(col(ProjectRow.name))
    .where(col(ProjectRow.id) == col(ArtifactRow.project_id))
    .scalar_subquery(),
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query as SQL, with its tree and what was taken as plain text."""

    condition: ColumnElement[bool]
    tree: Tree
    hints: tuple[Hint, ...]


def compile_query(text: str) -> Compiled:
    """Compile what a person typed; never raises. No text finds everything.

    What is missing from disk is left out unless the query asks for a state.
    """
    parsed = parse(
        text,
        fields=frozenset(FIELDS),
        prefixes=tuple(FAMILIES),
        problem=_problem,
    )
    condition = _condition(parsed.tree)
    if not asks_for_state(parsed.tree):
        condition = and_(col(ArtifactRow.present), condition)
    return Compiled(condition, parsed.tree, parsed.hints)


def ordering(sort: str) -> tuple[Any, ...]:
    """ORDER BY of "name" or "-modified"; what has no value comes last."""
    name = sort.removeprefix("-")
    by = SORTS.get(name, SORTS["modified"])
    # The tie is broken in the same direction, so that one index gives the order.
    if sort.startswith("-"):
        return (by.desc().nulls_last(), col(ArtifactRow.id).desc())
    return (by.asc().nulls_last(), col(ArtifactRow.id))


def leaf_rows(leaf: Text | Clause) -> Select[Any]:
    """The row numbers that one clause finds, as a column `id`."""
    if isinstance(leaf, Text) and _is_indexed(leaf.text):
        return select(found(leaf.text).subquery().c.rowid.label("id"))
    return select(col(ArtifactRow.id).label("id")).where(leaf_holds(leaf))


def leaf_holds(leaf: Text | Clause) -> ColumnElement[bool]:
    """Whether a row fits one clause, asked of the row and not of the search index.

    LIKE as it is, which SQLite answers in half the time of one on lower().
    """
    if isinstance(leaf, Text):
        text = leaf.text.replace("\0", "")
        return or_(
            col(ArtifactRow.name).contains(text, autoescape=True),
            col(ArtifactRow.path_text).contains(text, autoescape=True),
        )
    return _condition(leaf)


def _problem(clause: Clause) -> str:
    field = FIELDS.get(clause.field)
    return field.wrong(clause) if field else keyed_wrong(clause)


def _condition(tree: Tree) -> ColumnElement[bool]:
    match tree:
        case Text(text):
            return _free_text(text)
        case Clause():
            return _clause(tree)
        case Not(part):
            return not_(_condition(part))
        case And(parts):
            return and_(true(), *(_condition(part) for part in parts))
        case Or(parts):
            return or_(false(), *(_condition(part) for part in parts))


def _clause(clause: Clause) -> ColumnElement[bool]:
    field = FIELDS.get(clause.field)
    if field is not None:
        return field.condition(clause)
    family = next(p for p in FAMILIES if clause.field.startswith(p))
    return FAMILIES[family](clause)


def _free_text(text: str) -> ColumnElement[bool]:
    if _is_indexed(text):
        return col(ArtifactRow.id).in_(select(found(text).subquery().c.rowid))
    plain = text.replace("\0", "")
    return or_(
        col(ArtifactRow.name).icontains(plain, autoescape=True),
        col(ArtifactRow.path_text).icontains(plain, autoescape=True),
    )


def _is_indexed(text: str) -> bool:
    """Whether the trigram index can answer; it knows nothing shorter."""
    return len(text) >= 3 and "\0" not in text


def asks_for_state(tree: Tree) -> bool:
    """Whether the missing ones are asked for by name."""
    match tree:
        case Clause(field):
            return field == "state"
        case Not(part):
            return asks_for_state(part)
        case And(parts) | Or(parts):
            return any(asks_for_state(part) for part in parts)
        case _:
            return False
