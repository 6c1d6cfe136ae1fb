"""A name read field by field, judged, and held against the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

from mlcatalog.conventions.fields import EXPECTED, nearest, problem
from mlcatalog.conventions.names import is_dictated, is_of_series
from mlcatalog.conventions.template import DEFAULT_TEMPLATE, Template
from mlcatalog.domain.moments import short_text
from mlcatalog.domain.words import Kind

DEFAULT = Template.parse(DEFAULT_TEMPLATE)
LONGEST = 255
_HYPHEN = ("wrong", "it holds a hyphen, which joins fields")
MOST_PARTS = 16  # hyphens in a name beyond which no parse is tried


@dataclass(frozen=True, slots=True)
class NameSubject:
    """An artifact's name with the facts that it can be held against.

    recorded is the creation time (UTC µs) only when a file or a run says it.
    """

    id: str
    path: str
    name: str
    kind: Kind
    project: str = ""
    recorded: int | None = None
    datasets: tuple[str, ...] = ()
    architecture: str = ""
    run_ids: tuple[str, ...] = ()
    digest: str | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """One field of a name: state is ok, wrong, contradicts or unknown."""

    field: str
    found: str
    state: str
    message: str = ""
    expected: str = ""
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a name is: keeps, breaks, ambiguous, contradicts or exempt."""

    state: str
    fields: tuple[FieldVerdict, ...] = ()
    message: str = ""
    suggestion: str = ""
    problems: tuple[FieldVerdict, ...] = field(default=())


def judge(
    subject: NameSubject,
    template: Template = DEFAULT,
    vocabulary: tuple[str, ...] = (),
) -> Verdict:
    """Read a name by the template, then hold it against the facts.

    `vocabulary` are tasks beyond the usual ones. Names that frameworks
    dictate and those of checkpoint series are exempt: their folder is judged.
    """
    name = subject.name
    if is_exempt(subject):
        return Verdict("exempt", message="a name that a framework dictates")
    right = suggestion(subject, template)
    fits = _readings(name, template, vocabulary)
    if len(fits) > 1:
        unclear = sorted({f for fit in fits for f, t in fit.items() if fits[0][f] != t})
        said = f"{' or '.join(unclear)} may hold the hyphen"
        return Verdict("ambiguous", message=said, suggestion=right)
    if not fits:
        return _broken(name, template, vocabulary, right)
    if template.format(fits[0]) != name:
        return _hyphened(subject, template, fits[0])
    fields = tuple(_held(f, text, subject) for f, text in fits[0].items())
    wrong = tuple(one for one in fields if one.state == "contradicts")
    if wrong:
        said = "; ".join(f"{one.field}: {one.message}" for one in wrong)
        return Verdict("contradicts", fields, said, right, wrong)
    return Verdict("keeps", fields)


def is_exempt(subject: NameSubject) -> bool:
    """Whether a framework chose the name, so that the folder is judged instead."""
    file_name = subject.path.rpartition("/")[2]
    return is_of_series(subject.name) or (
        is_dictated(file_name) and is_of_series(subject.name)
    )


def suggestion(subject: NameSubject, template: Template = DEFAULT) -> str:
    """The right name as far as name and facts tell; `????` for what is unknown."""
    known = _partial(subject.name, template)
    if len(subject.datasets) == 1 and not problem(
        "dataset-version", subject.datasets[0]
    ):
        known["dataset-version"] = subject.datasets[0]
    if subject.recorded is not None:
        known["date"] = short_text(subject.recorded)[:10].replace("-", "")
    ids = [i for i in subject.run_ids if not problem("run-id", i) and len(i) <= 16]
    if ids and known.get("run-id") not in subject.run_ids:
        known["run-id"] = min(ids, key=len)
    return template.format(known)


def _partial(name: str, template: Template) -> dict[str, str]:
    """The fields of a name that are right where they stand."""
    parts = name.split("-")
    if len(parts) != len(template.fields):
        return {}
    pairs = zip(template.fields, parts, strict=True)
    return {f: t for f, t in pairs if not problem(f, t)}


def _readings(
    name: str, template: Template, tasks: tuple[str, ...]
) -> list[dict[str, str]]:
    """All ways to read a name: usually one or none."""
    if len(name) > LONGEST:
        return []
    found = []
    for values in _cuts(name, template):
        if all(not problem(f, text, tasks) for f, text in values.items()):
            found.append(values)
    return found[:8]


def _cuts(name: str, template: Template) -> list[dict[str, str]]:
    """The name cut at the template's literals, in every way that they occur."""
    head, tail = template.literals[0], template.literals[-1]
    if not name.startswith(head) or not name.endswith(tail):
        return []
    body = name[len(head) : len(name) - len(tail) if tail else None]
    inner = template.literals[1:-1]
    if len(set(inner)) == 1:
        parts = body.split(inner[0])
        if len(parts) == len(template.fields):
            return [dict(zip(template.fields, parts, strict=True))]
        if not len(template.fields) < len(parts) <= MOST_PARTS:
            return []
        return _regrouped(parts, inner[0], template)
    values = []
    for literal in inner:
        piece, found, body = body.partition(literal)
        if not found:
            return []
        values.append(piece)
    return [dict(zip(template.fields, [*values, body], strict=True))]


def _regrouped(
    parts: list[str], joint: str, template: Template
) -> list[dict[str, str]]:
    """More parts than fields: the ways in which fields hold the separator."""
    ways = []
    for cut in combinations(range(1, len(parts)), len(template.fields) - 1):
        ends = [0, *cut, len(parts)]
        texts = [joint.join(parts[a:b]) for a, b in pairwise(ends)]
        plain = [text.replace("-", "_") for text in texts]
        if all(not problem(f, t) for f, t in zip(template.fields, plain, strict=True)):
            ways.append(dict(zip(template.fields, plain, strict=True)))
    return ways


def _broken(
    name: str, template: Template, tasks: tuple[str, ...], right: str
) -> Verdict:
    parts = name.split("-")
    if len(parts) != len(template.fields):
        said = [f"{len(parts)} of {len(template.fields)} fields can be told apart"]
        if len(parts) == 1:
            said = ["no field can be read"]
        if any(c.isupper() for c in name):
            said.append("upper case")
        if any(c.isspace() for c in name):
            said.append("white space")
        if len(name) > LONGEST:
            said = [f"it is longer than {LONGEST} characters"]
        return Verdict("breaks", message="; ".join(said), suggestion=right)
    fields = tuple(
        _judged(f, text, tasks) for f, text in zip(template.fields, parts, strict=True)
    )
    wrong = tuple(one for one in fields if one.state == "wrong")
    said = ["; ".join(f"{one.field}: {one.message}" for one in wrong)]
    return Verdict("breaks", fields, said[0], right, wrong)


def _hyphened(
    subject: NameSubject, template: Template, plain: dict[str, str]
) -> Verdict:
    """A name that reads one way only, but with a hyphen inside a field.

    `plain` are its fields with `_` for `-`, so that lengths tell what stood there.
    """
    start, fields = len(template.literals[0]), []
    for (name, text), literal in zip(plain.items(), template.literals[1:], strict=True):
        found = subject.name[start : start + len(text)]
        start += len(text) + len(literal)
        said = ("ok",) if found == text else _HYPHEN
        hints = () if found == text else (EXPECTED[name], text)
        fields.append(FieldVerdict(name, found, *said, *hints))
    wrong = tuple(one for one in fields if one.state == "wrong")
    right = suggestion(replace(subject, name=template.format(plain)), template)
    message = "; ".join(f"{one.field}: {one.message}" for one in wrong)
    return Verdict("breaks", tuple(fields), message, right, wrong)


def _judged(name: str, text: str, tasks: tuple[str, ...]) -> FieldVerdict:
    wrong = problem(name, text, tasks)
    if not wrong:
        return FieldVerdict(name, text, "ok")
    near = nearest(name, text, tasks)
    return FieldVerdict(name, text, "wrong", wrong, EXPECTED[name], near)


def _held(name: str, text: str, subject: NameSubject) -> FieldVerdict:
    """A well-formed field against the fact that it speaks of."""
    if name == "date" and subject.recorded is not None:
        day = short_text(subject.recorded)[:10]
        if day.replace("-", "") == text:
            return FieldVerdict(name, text, "ok", f"recorded {day}")
        return _against(name, text, f"recorded {day}", day.replace("-", ""))
    if name == "dataset-version" and subject.datasets:
        if any(_same_data(text, data) for data in subject.datasets):
            return FieldVerdict(name, text, "ok", f"linked data {text}")
        linked = " and ".join(subject.datasets)
        return _against(name, text, f"says {text}; linked data: {linked}", linked)
    if name == "run-id" and subject.run_ids:
        if text in subject.run_ids:
            return FieldVerdict(name, text, "ok", f"run {text}")
        if any(_plausible(i) for i in subject.run_ids):
            ids = ", ".join(subject.run_ids)
            return _against(name, text, f"says {text}; made by run {ids}", ids)
    return FieldVerdict(name, text, "ok")


def _plausible(run_id: str) -> bool:
    return not problem("run-id", run_id)


def _same_data(text: str, data: str) -> bool:
    """A split of a version (telco_v3_train) is that version's data."""
    return data == text or data.startswith((f"{text}_", f"{text}-", f"{text}."))


def _against(name: str, text: str, message: str, expected: str) -> FieldVerdict:
    return FieldVerdict(name, text, "contradicts", message, expected, expected)


def score(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """How many of the judged names keep the convention, and how many are judged."""
    judged = [verdict for verdict in verdicts if verdict.state != "exempt"]
    return sum(verdict.state == "keeps" for verdict in judged), len(judged)
