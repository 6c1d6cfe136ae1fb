"""Names as the place shows them: one line each, with what is where in the name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlcatalog.conventions.convention import Convention
from mlcatalog.conventions.subjects import FieldVerdict, NameSubject
from mlcatalog.conventions.template import Piece
from mlcatalog.domain.finding import Finding, Waiver
from mlcatalog.domain.moments import short_text

# The verdict that each rule gives, the gravest first.
VERDICTS = {
    "name.invalid": "breaks",
    "name.contradicts": "contradicts",
    "name.ambiguous": "ambiguous",
    "name.duplicate": "duplicate",
}
BROKEN = tuple(VERDICTS.values())
WOULD = ("would break", "mended")  # of a template that is only tried
ORDER = (*WOULD, *BROKEN, "waived", "keeps", "exempt", "free")
KINDS = ("model", "dataset", "config", "script", "run", "folder")
LOOKS = {"ok": "good", "wrong": "bad", "contradicts": "bad"}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a name: its text, and whether it agrees with the facts."""

    field: str
    text: str
    state: str  # good, warning, bad or "" for not judged
    why: str


@dataclass(frozen=True, slots=True)
class Span:
    """Where a field stands in a name."""

    start: int
    end: int
    field: FieldLine


@dataclass(frozen=True, slots=True)
class NameLine:
    """One name and its verdict in words."""

    key: str  # the artifact's id, or a folder's path
    name: str
    project: str
    verdict: str  # one of ORDER
    wrong: str = ""
    right: tuple[Piece, ...] = ()  # of the right name, empty for one that is right
    fields: tuple[FieldLine, ...] = ()
    spans: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()  # the open ones
    waivers: tuple[Waiver, ...] = ()  # those whose day is over too
    path: str = ""
    source: str = ""  # where the rule comes from

    @property
    def right_text(self) -> str:
        """The right name for people: what is to be filled in stands in angle quotes."""
        return "".join(one.text or f"\u2039{one.field}\u203a" for one in self.right)

    @property
    def blanks(self) -> tuple[str, ...]:
        """The fields of the right name that nobody knows."""
        return tuple(one.field for one in self.right if not one.text)

    @property
    def is_broken(self) -> bool:
        """Whether something is to be done about it."""
        return self.verdict in BROKEN


def key_of(subject: NameSubject) -> str:
    """What a name is known by in the window."""
    return subject.id or subject.path


def kind_of(subject: NameSubject) -> str:
    """The kind whose convention speaks of a name."""
    return "folder" if subject.is_folder else subject.kind.value


def verdict_of(findings: Sequence[Finding]) -> str:
    """The gravest open rule; "waived" when all are, "" when there are none."""
    open_rules = {_rule(one) for one in findings if one.state == "open"}
    found = [word for rule, word in VERDICTS.items() if rule in open_rules]
    if found:
        return found[0]
    return "waived" if findings else ""


def said(findings: Sequence[Finding], name: str) -> str:
    """What is wrong with a name, the gravest first; waived ones only when alone."""
    still_open = [one for one in findings if one.state == "open"]
    ranked = sorted(
        still_open or findings, key=lambda one: list(VERDICTS).index(_rule(one))
    )
    return "; ".join(one.message.removeprefix(f"{name}: ") for one in ranked)


def with_waivers(wrong: str, waivers: Sequence[Waiver]) -> str:
    """What is wrong with a name, after who accepted it, or had accepted it."""
    told = [
        f"waiver of {one.who} over since {day_of(one)}"
        if one.is_over
        else f"{one.why}; waived by {one.who} {until(one)}"
        for one in waivers
    ]
    return "; ".join([*dict.fromkeys(told), wrong])


def until(waiver: Waiver) -> str:
    """How long a waiver lasts: "until 2026-12-31", "for good"."""
    return f"until {day_of(waiver)}" if waiver.until else "for good"


def day_of(waiver: Waiver) -> str:
    """The last day of a waiver."""
    return short_text(waiver.until)[:10] if waiver.until else ""


def line_of(
    subject: NameSubject,
    convention: Convention | None,
    *,
    verdict: str,
    findings: Sequence[Finding] = (),
    waivers: tuple[Waiver, ...] = (),
) -> NameLine:
    """One name as it is read; reading it is what takes time."""
    fields: tuple[FieldLine, ...] = ()
    right: tuple[Piece, ...] = ()
    wrong, joint = said(findings, subject.name), ""
    if convention is not None:
        judged = convention.judge(subject)
        fields = tuple(map(_field, judged.fields))
        joint = convention.template.joint
        if verdict in (*BROKEN, "waived", "would break"):
            right = convention.template.pieces(convention.known(subject))
        wrong = wrong or judged.message
    return NameLine(
        key=key_of(subject),
        name=subject.name,
        project=subject.project,
        verdict=verdict,
        wrong=wrong,
        right=right,
        fields=fields,
        spans=spans(subject.name, fields, joint),
        findings=tuple(one for one in findings if one.state == "open"),
        waivers=waivers,
        path=subject.path,
        source=convention.source if convention is not None else "",
    )


def spans(name: str, fields: Sequence[FieldLine], joint: str = "") -> tuple[Span, ...]:
    """Where the fields stand; one that is not found where it may be has no place."""
    found, at = [], 0
    for one in fields:
        start = _place(name, one.text, at, joint)
        if start >= 0:
            at = start + len(one.text)
            found.append(Span(start, at, one))
    return tuple(found)


def _place(name: str, text: str, at: int, joint: str) -> int:
    start = name.find(text, at) if text else -1
    while start >= 0 and joint:
        end = start + len(text)
        opens = start == 0 or name[start - 1] == joint
        if opens and (end == len(name) or name[end] == joint):
            return start
        start = name.find(text, start + 1)
    return start


def _field(one: FieldVerdict) -> FieldLine:
    why = one.message or "as it should be"
    if one.suggestion and one.state == "wrong":
        why = f"{why} (did you mean {one.suggestion}?)"
    return FieldLine(one.field, one.found, LOOKS.get(one.state, ""), why)


def _rule(finding: Finding) -> str:
    return finding.rule if finding.rule in VERDICTS else "name.invalid"
