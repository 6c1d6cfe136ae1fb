"""The one table of fields: what a query may ask, and how SQL answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlmodel import col

from mlcatalog.catalog.search.amounts import is_ago, number_of, size_of, span_of
from mlcatalog.catalog.search.tree import Clause
from mlcatalog.catalog.tables import (
    ArtifactRow,
    CheckRow,
    EdgeRow,
    ExternalRow,
    FactRow,
    FindingRow,
    KeyRow,
    MetricRow,
    NoteRow,
    ParamRow,
    ProjectRow,
    TagRow,
)
from mlcatalog.domain.words import Kind, Presence, Severity, Stage

Condition = ColumnElement[bool]
ORDER = frozenset({">", "<", ">=", "<=", ".."})
OWNER = aliased(ArtifactRow)  # made once: each has all the columns
AWAY = "artifact.presence <> 'present'"  # as its partial index says


@dataclass(frozen=True, slots=True)
class Field:
    """One field: what it is for, an example, its check and its SQL."""

    name: str
    help: str
    example: str
    condition: Callable[[Clause], Condition]
    wrong: Callable[[Clause], str]
    words: tuple[str, ...] = ()  # to complete


def _text(column: Any) -> Callable[[Clause], Condition]:
    def condition(clause: Clause) -> Condition:
        return text_condition(column, clause)

    return condition


def text_condition(column: Any, clause: Clause) -> Condition:
    """`:` holds, `=` is exactly, `~` holds with * and ? as wildcards."""
    if clause.operator == "=":
        return func.lower(column) == clause.value.lower()
    if clause.operator == "~":
        return cast(Condition, column.like(_pattern(clause.value), escape="\\"))
    return cast(Condition, column.icontains(clause.value, autoescape=True))


def _pattern(text: str) -> str:
    escaped = "".join(f"\\{c}" if c in "%_\\" else c for c in text)
    return f"%{escaped.replace('*', '%').replace('?', '_')}%"


def _word(column: Any) -> Callable[[Clause], Condition]:
    def condition(clause: Clause) -> Condition:
        # These columns hold lower-case words of ours: an index can answer.
        return cast(
            Condition,
            column.in_([word.strip().lower() for word in clause.value.split(",")]),
        )

    return condition


def _state(clause: Clause) -> Condition:
    condition = _word(col(ArtifactRow.presence))(clause)
    words = {word.strip().lower() for word in clause.value.split(",")}
    if Presence.PRESENT.value in words:
        return condition
    return and_(text(AWAY), condition)  # few are away, and have an index of their own


def _ordered(column: Any, clause: Clause, low: float, high: float) -> Condition:
    present = column.is_not(None)
    match clause.operator:
        case ">":
            return and_(present, column > high)
        case ">=":
            return and_(present, column >= low)
        case "<":
            return and_(present, column < low)
        case "<=":
            return and_(present, column <= high)
        case _:
            return and_(present, column.between(low, high))


def _amount(
    column: Any, read: Callable[[str], float | None]
) -> Callable[[Clause], Condition]:
    def condition(clause: Clause) -> Condition:
        low = read(clause.value) or 0.0
        high = (read(clause.upper) or 0.0) if clause.operator == ".." else low
        return _ordered(column, clause, low, high)

    return condition


def _date(column: Any) -> Callable[[Clause], Condition]:
    def condition(clause: Clause) -> Condition:
        low, high = span_of(clause.value) or (0, 0)
        if clause.operator == "..":
            high = (span_of(clause.upper) or (0, 0))[1]
        turned = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
        if is_ago(clause.value) and clause.operator in turned:
            clause = Clause(clause.field, turned[clause.operator], clause.value)
        elif is_ago(clause.value) and clause.operator != "..":
            clause = Clause(clause.field, ">=", clause.value)
        return _ordered(column, clause, low, high)

    return condition


def _fine(clause: Clause) -> str:
    if clause.operator in ORDER:
        return f"{clause.field} has no order"
    return "" if clause.value else f"{clause.field} needs a value"


def _choice(words: tuple[str, ...]) -> Callable[[Clause], str]:
    def wrong(clause: Clause) -> str:
        if clause.operator in ORDER:
            return f"{clause.field} has no order"
        odd = [w for w in clause.value.lower().split(",") if w.strip() not in words]
        return f"{clause.field} is one of {', '.join(words)}" if odd else ""

    return wrong


def _readable(read: Callable[[str], object], what: str) -> Callable[[Clause], str]:
    def wrong(clause: Clause) -> str:
        texts = (
            [clause.value, clause.upper] if clause.operator == ".." else [clause.value]
        )
        odd = [text for text in texts if read(text) is None]
        return f"“{odd[0]}” is no {what}" if odd else ""

    return wrong


def _of_artifact(table: Any, *conditions: Any) -> Condition:
    """Asked once for all artifacts, not once for each."""
    return col(ArtifactRow.id).in_(select(table.artifact_id).where(*conditions))


def _now(table: Any) -> Condition:
    """Said of no version, or of its artifact's current one."""
    current: Condition = or_(
        table.version_id.is_(None),
        exists().where(
            col(OWNER.id) == table.artifact_id,
            col(OWNER.version_id) == table.version_id,
        ),
    )
    return current


def keyed(table: Any, number: Any, clause: Clause) -> Condition:
    """A clause of a family: metric.f1, param.optimizer.lr, fact.license."""
    name = clause.field.partition(".")[2]
    key = table.key_id.in_(
        select(col(KeyRow.id)).where(
            or_(
                col(KeyRow.name) == name,
                col(KeyRow.name).endswith(f".{name}", autoescape=True),
            )
        )
    )
    value = number_of(clause.value)
    if clause.operator in ORDER:
        high = number_of(clause.upper) if clause.operator == ".." else value
        matched = _ordered(number, clause, value or 0.0, high or 0.0)
    elif value is not None and clause.operator != "~":
        matched = number == value
    elif hasattr(table, "text"):
        matched = text_condition(table.text, clause)
    else:
        matched = number.is_not(None)
    return _of_artifact(table, key, _now(table), matched)


def keyed_wrong(clause: Clause) -> str:
    """What is wrong with the value of a family's clause."""
    if clause.operator in ORDER:
        return _readable(number_of, "number")(clause)
    return "" if clause.value else f"{clause.field} needs a value"


FAMILIES: dict[str, Callable[[Clause], Condition]] = {
    "metric.": lambda clause: keyed(MetricRow, col(MetricRow.last), clause),
    "param.": lambda clause: keyed(ParamRow, col(ParamRow.number), clause),
    "fact.": lambda clause: keyed(FactRow, col(FactRow.number), clause),
}


def _project(clause: Clause) -> Condition:
    return col(ArtifactRow.project_id).in_(
        select(col(ProjectRow.id)).where(text_condition(col(ProjectRow.name), clause))
    )


def _tag(clause: Clause) -> Condition:
    return _of_artifact(TagRow, text_condition(col(TagRow.tag), clause))


def _finding(column: Any) -> Callable[[Clause], Condition]:
    def condition(clause: Clause) -> Condition:
        return _of_artifact(
            FindingRow,
            col(FindingRow.state) == "open",
            column.startswith(clause.value, autoescape=True),
        )

    return condition


_ANCESTRY = (
    "finetuned_from",
    "adapter_of",
    "merged_from",
    "quantized_from",
    "pruned_from",
    "converted_from",
    "derived_from",
    "checkpoint_of",
    "copy_of",
    "started_from",
    "produced_by",
)


def _base(clause: Clause) -> Condition:
    """Any ancestor model, known or external, whose name fits."""
    named = select(col(ArtifactRow.uid)).where(
        col(ArtifactRow.kind) == Kind.MODEL.value,
        text_condition(col(ArtifactRow.name), clause),
    )
    outside = select(col(ExternalRow.uid)).where(
        text_condition(col(ExternalRow.name), clause)
    )
    below = (
        select(col(EdgeRow.child).label("uid"))
        .where(
            or_(col(EdgeRow.parent).in_(named), col(EdgeRow.parent).in_(outside)),
            col(EdgeRow.relation).in_(_ANCESTRY),
        )
        .cte(recursive=True)
    )
    below = below.union(
        select(col(EdgeRow.child)).where(
            col(EdgeRow.parent) == below.c.uid, col(EdgeRow.relation).in_(_ANCESTRY)
        )
    )
    return col(ArtifactRow.uid).in_(select(below.c.uid))


def _linked(*relations: str) -> Condition:
    """An edge of its own, or of the run that produced it."""
    own = exists().where(
        col(EdgeRow.child) == col(ArtifactRow.uid), col(EdgeRow.relation).in_(relations)
    )
    runs = select(col(EdgeRow.child)).where(col(EdgeRow.relation).in_(relations))
    made = exists().where(
        col(EdgeRow.child) == col(ArtifactRow.uid),
        col(EdgeRow.relation) == "produced_by",
        col(EdgeRow.parent).in_(runs),
    )
    return or_(own, made)


HAS: dict[str, Callable[[], Condition]] = {
    "data": lambda: _linked("trained_on", "evaluated_on"),
    "config": lambda: _linked("configured_by"),
    "code": lambda: _linked("executed"),
    "environment": lambda: _linked("in_environment"),
    "run": lambda: _linked("produced_by"),
    "base": lambda: _linked(
        "finetuned_from", "adapter_of", "merged_from", "started_from"
    ),
    "metrics": lambda: _of_artifact(MetricRow, _now(MetricRow)),
    "params": lambda: _of_artifact(ParamRow, _now(ParamRow)),
    "tags": lambda: _of_artifact(TagRow),
    "note": lambda: _of_artifact(NoteRow, col(NoteRow.text) != ""),
    "owner": lambda: col(ArtifactRow.owner) != "",
    "digest": lambda: col(ArtifactRow.digest).is_not(None),
    "findings": lambda: col(ArtifactRow.findings) > 0,
    "card": lambda: exists().where(
        col(EdgeRow.parent) == col(ArtifactRow.uid),
        col(EdgeRow.relation) == "describes",
    ),
}
_HAS = tuple(sorted(HAS))


def _missing_check(clause: Clause) -> Condition:
    return _of_artifact(
        CheckRow,
        col(CheckRow.state) == "missing",
        table_check().icontains(clause.value, autoescape=True),
    )


def table_check() -> Any:
    """The column with a check's name."""
    return CheckRow.__table__.c.check_name  # type: ignore[attr-defined]


def _all_fields() -> tuple[Field, ...]:
    kinds, stages = tuple(Kind), tuple(Stage)
    states, severities = tuple(Presence), tuple(Severity)
    has = "what is there: " + ", ".join(_HAS)
    return (
        Field(
            "kind",
            "what it is",
            "kind:model",
            _word(col(ArtifactRow.kind)),
            _choice(kinds),
            kinds,
        ),
        Field(
            "format",
            "its file format",
            "format:safetensors",
            _text(col(ArtifactRow.format)),
            _fine,
        ),
        Field(
            "name", "its name", "name:~churn*r8", _text(col(ArtifactRow.name)), _fine
        ),
        Field(
            "path",
            "where it lies in its project",
            "path:runs/",
            _text(col(ArtifactRow.path_text)),
            _fine,
        ),
        Field("project", "the watched folder's name", "project:churn", _project, _fine),
        Field(
            "stage",
            "how far it has come",
            "stage:production",
            _word(col(ArtifactRow.stage)),
            _choice(stages),
            stages,
        ),
        Field(
            "owner",
            "who is answerable",
            "owner:nlp-team",
            _text(col(ArtifactRow.owner)),
            _fine,
        ),
        Field("tag", "a tag", "tag:baseline", _tag, _fine),
        Field("digest", "how its SHA-256 begins", "digest:9f2c41", _digest, _fine),
        Field("sha256", "how its SHA-256 begins", "sha256:9f2c41", _digest, _fine),
        Field(
            "size",
            "bytes",
            "size:>2GB",
            _amount(col(ArtifactRow.size), size_of),
            _readable(size_of, "size"),
        ),
        Field(
            "modified",
            "when it changed last",
            "modified:<7d",
            _date(col(ArtifactRow.modified)),
            _readable(span_of, "day"),
        ),
        Field(
            "added",
            "when it was first seen",
            "added:2026-05",
            _date(col(ArtifactRow.created_at)),
            _readable(span_of, "day"),
        ),
        Field(
            "state",
            "where its bytes are",
            "state:missing",
            _state,
            _choice(states),
            states,
        ),
        Field(
            "findings",
            "how many open findings",
            "findings:>0",
            _amount(col(ArtifactRow.findings), number_of),
            _readable(number_of, "number"),
        ),
        Field(
            "rule",
            "a finding's rule",
            "rule:name.",
            _finding(col(FindingRow.rule)),
            _fine,
        ),
        Field(
            "severity",
            "a finding's severity",
            "severity:error",
            _finding(col(FindingRow.severity)),
            _choice(severities),
            severities,
        ),
        Field(
            "traceability",
            "how many checks are met",
            "traceability:<10",
            _amount(col(ArtifactRow.met), number_of),
            _readable(number_of, "number"),
        ),
        Field(
            "check",
            "a traceability check that is missing",
            'check:"data version"',
            _missing_check,
            _fine,
        ),
        Field(
            "base",
            "a model or external model it descends from",
            "base:bert-base",
            _base,
            _fine,
        ),
        Field(
            "metric",
            "its headline metric's value",
            "metric:>0.9",
            _amount(col(ArtifactRow.metric_value), number_of),
            _readable(number_of, "number"),
        ),
        Field(
            "has",
            has,
            "has:config",
            lambda c: HAS[c.value.lower()](),
            _choice(_HAS),
            _HAS,
        ),
        Field(
            "missing",
            has.replace("is there", "is not there"),
            "missing:data",
            lambda c: ~HAS[c.value.lower()](),
            _choice(_HAS),
            _HAS,
        ),
    )


def _digest(clause: Clause) -> Condition:
    return col(ArtifactRow.digest).startswith(clause.value.lower(), autoescape=True)


FIELDS: dict[str, Field] = {field.name: field for field in _all_fields()}
