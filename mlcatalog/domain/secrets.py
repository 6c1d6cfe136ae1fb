"""Passwords and keys that people leave in files: known by name or shape, never kept.

The shapes are those that the services print in their own documentation: Hugging
Face (hf_), OpenAI (sk-), GitHub (ghp_ and its kin), GitLab (glpat-), Slack (xox),
Amazon (AKIA) and PEM private keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mlcatalog.domain.reading import Claim, Fact, Notice, Param
from mlcatalog.domain.values import Value, ValueType

RULE = "safety.secret"
WITHHELD = "(withheld)"
MOST_NAMED = 5  # secrets that a finding names one by one
LEAST = 8  # signs of a value that is looked for in all of a text

_NAME = (
    r"(?:password|passwd|passphrase|client_?secret|secret(?:_?(?:access_?)?key)?"
    r"|(?:api|access|private|account)_?key"
    r"|(?:auth|access|refresh|bearer|api|hf|hub|github|gitlab|slack|wandb)_?token)"
)
_KEY = re.compile(rf"(?:\w*_)?{_NAME}")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What stands in a secret's place: ${PASSWORD}, {{ password }}, <password>, your_key.
_EMPTY = re.compile(
    r"\s*|[$<].*|\{\{.*|%\(.*|@.*|x+|\*+|\.+|env[:.].*|os\.environ.*|\(withheld\)"
    r"|(?:your|my|example|dummy|fake|some)[-_ ].*|none|null|nil|true|false"
    r"|pass|passwd|password|secret|token|key|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
    r"|[\w./~-]*\.(?:pem|key|json|ya?ml|toml|txt|env|crt|p12)",
    re.DOTALL,
)
_SHAPE = re.compile(
    r"\b(?:hf_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{36,}"
    r"|glpat-[A-Za-z0-9_-]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16})\b"
    r"|(?<=://)[^/@\s:\"'<>${}]+:(?!(?:pass|password|passwd|secret|pwd)@)"
    r"[^/@\s\"'<>${}]+(?=@)"
)
_OPTION = re.compile(
    r"(?i)(--(?:[\w-]{0,40}[-_])?(?:password|passphrase|secret|api[-_]?key"
    r"|access[-_]?key|token)(?:=|\s))(?![$<-])[^\s\"',\]]+"
)
_PEM = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]{1,20000}(-----END [A-Z ]*PRIVATE KEY-----)"
)
_ASSIGNED = re.compile(
    rf"(?i:{_NAME})[\"']?\s{{0,4}}[:=]\s{{0,4}}(?P<quote>[\"'])"
    r"(?P<value>[^\"'\n]{1,500})(?P=quote)"
)
_WORD = re.compile(r"[\w.-]*$")
_END = re.compile(rf"(?i:{_NAME})")
BEFORE = 80  # signs of a name before the part that makes it a secret's


@dataclass(frozen=True, slots=True)
class Found:
    """A secret: the name or the kind it goes by, and the line it stands on, or 0."""

    name: str
    line: int = 0


def is_secret(key: str) -> bool:
    """Whether what stands under a dotted key is nobody's business."""
    last = _HUMPS.sub("_", key.rpartition(".")[2]).replace("-", "_").lower()
    return _KEY.fullmatch(last) is not None


def without_secrets(
    params: Sequence[Param],
) -> tuple[tuple[Param, ...], dict[str, str]]:
    """Params whose secrets are withheld, and the values by their keys."""
    hidden: dict[str, str] = {}
    told: list[Param] = []
    for param in params:
        shown = _told(param)
        if shown is not param:
            hidden[param.key] = param.value.text
        told.append(shown)
    return (tuple(told), hidden) if hidden else (tuple(params), {})


def told_plainly(text: str) -> str:
    """A command or an address without the keys and passwords in it."""
    return _OPTION.sub(rf"\1{WITHHELD}", _SHAPE.sub(WITHHELD, text))


def facts_without(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Facts without the keys and passwords that a command or an address bears."""
    return tuple(
        fact
        if (text := told_plainly(fact.value.text)) == fact.value.text
        else replace(fact, value=replace(fact.value, text=text))
        for fact in facts
    )


def claims_without(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Claims without the passwords in the addresses that they name."""
    return tuple(
        claim
        if (name := told_plainly(claim.target.id)) == claim.target.id
        else replace(
            claim,
            target=replace(claim.target, id=name),
            detail=told_plainly(claim.detail),
        )
        for claim in claims
    )


def masked(text: str, hidden: dict[str, str]) -> tuple[str, list[Found]]:
    """A text without its secrets, and where they stood; `hidden` as params had it."""
    found: list[Found] = []
    if "PRIVATE KEY" in text:
        text = _PEM.sub(lambda one: _kept_lines(one, found, text), text)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        shown = _line(line, number, hidden, found)
        if shown is not line:
            lines[number - 1] = shown
    return "\n".join(lines) if found else text, found


def notice(found: Iterable[Found]) -> Notice | None:
    """What is said of a file that holds secrets; None for one that holds none."""
    each = list(dict.fromkeys(found))
    if not each:
        return None
    names = [f"{one.name} (line {one.line})" if one.line else one.name for one in each]
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return Notice(
        RULE,
        f"It holds what looks like a secret: {', '.join(names[:MOST_NAMED])}{more}. "
        "The catalogue keeps no value of it, but the file does: take it out, change "
        "it where it is used, and read it from the environment or a key store.",
    )


def _told(param: Param) -> Param:
    value = param.value
    if value.type is ValueType.TEXT:
        text = WITHHELD if _is_held(param) else _SHAPE.sub(WITHHELD, value.text)
        same = text == value.text
    elif value.type in (ValueType.INTEGER, ValueType.REAL):
        text, same = WITHHELD, not _is_held(param)
    elif value.type in (ValueType.LIST, ValueType.TABLE):
        text = _SHAPE.sub(WITHHELD, value.text)
        if text == value.text:
            return param
        return replace(param, value=Value(value.type, text))
    else:
        return param
    return param if same else replace(param, value=Value.of(text))


def _is_held(param: Param) -> bool:
    return is_secret(param.key) and not _EMPTY.fullmatch(param.value.text)


def _kept_lines(match: re.Match[str], found: list[Found], text: str) -> str:
    """A key without its body; the lines below keep their numbers."""
    found.append(Found("a private key", text.count("\n", 0, match.start()) + 1))
    below = "\n" * match[0].count("\n")
    return f"{match[1]}{WITHHELD}{below}{match[2]}"


def _line(line: str, number: int, hidden: dict[str, str], found: list[Found]) -> str:
    for key, value in hidden.items():
        last = key.rpartition(".")[2]
        if value in line and (last in line or len(value) >= LEAST):
            found.append(Found(key, number))
            line = line.replace(value, WITHHELD)
    for match in reversed(list(_ASSIGNED.finditer(line))):
        key = _name(line, match)
        if is_secret(key) and not _is_no_secret(key, match["value"]):
            found.append(Found(key.rpartition(".")[2], number))
            start, end = match.span("value")
            line = line[:start] + WITHHELD + line[end:]
    shown = _SHAPE.sub(WITHHELD, line)
    if shown != line:
        found.append(Found("a key or password", number))
    return shown


def _is_no_secret(key: str, value: str) -> bool:
    """Whether a text in quotes is a placeholder or a sentence; passwords have words."""
    words = not key.lower().endswith(("password", "passphrase")) and " " in value
    return words or _EMPTY.fullmatch(value) is not None


def _name(line: str, match: re.Match[str]) -> str:
    """The whole name of what is assigned; what a match found is its end."""
    begins = max(0, match.start() - BEFORE)
    before = _WORD.search(line[begins : match.start()])
    end = _END.match(line, match.start())
    return f"{before[0] if before else ''}{end[0] if end else ''}"
