"""How verdicts, kinds and counts are said; a sign stands beside every colour."""

from __future__ import annotations

from collections.abc import Mapping

from mlcatalog.domain.finding import Waiver
from mlcatalog.ui.naming.judging import BROKEN, day_of, until

SIGNS = {"keeps": "✓", "mended": "✓", "waived": "\u2013", "exempt": "·", "free": "·"}
GROUPS = {
    "would break": "Would break",
    "mended": "Would be mended",
    "breaks": "Breaks the template",
    "contradicts": "Contradicts the facts",
    "ambiguous": "Can be read in two ways",
    "duplicate": "Names two things",
    "waived": "Waived",
    "keeps": "Keeps the template",
    "exempt": "Named by a framework",
    "free": "Free: no template speaks of it",
}
RULES = {
    "breaks": "name.invalid",
    "contradicts": "name.contradicts",
    "ambiguous": "name.ambiguous",
    "duplicate": "name.duplicate",
}
PLURALS = {
    "model": "models",
    "dataset": "datasets",
    "config": "configs",
    "script": "scripts",
    "run": "runs",
    "folder": "folders",
}
SAID = {
    "keeps": ("keeps it", "keep it"),
    "breaks": ("breaks it", "break it"),
    "contradicts": ("contradicts the facts", "contradict the facts"),
    "ambiguous": ("can be read in two ways", "can be read in two ways"),
    "duplicate": ("names two things", "name two things"),
    "waived": ("is waived", "are waived"),
    "exempt": ("was given by a framework", "were given by a framework"),
}


def sign(verdict: str) -> str:
    """The sign of a verdict, for people who see no colour."""
    if verdict in ("ambiguous", "duplicate"):
        return "!"
    return SIGNS.get(verdict, "✗")


def look(verdict: str) -> str:
    """The look of a verdict."""
    if verdict in ("ambiguous", "duplicate"):
        return "warning"
    if verdict in (*BROKEN, "would break"):
        return "bad"
    return "good" if verdict in ("keeps", "mended") else "muted"


def counted(count: int, one: str, many: str) -> str:
    """A count with its word: "1 name", "2 names"."""
    return f"{count:,} {one if count == 1 else many}"


def summary(counts: Mapping[str, int], kind: str) -> str:
    """How the names of a kind do, in one sentence."""
    total = sum(counts.values())
    if not total:
        return f"The catalogue holds no {PLURALS[kind]} here."
    free = counts.get("free", 0)
    if free == total:
        them = "it is" if total == 1 else "all are"
        return (
            f"No template speaks of {PLURALS[kind]} here: "
            f"{counted(total, 'name', 'names')}, {them} free."
        )
    parts = [
        counted(counts[word], one, many)
        for word, (one, many) in SAID.items()
        if counts.get(word)
    ]
    if free:
        parts.append(f"{free:,} free")
    return f"{counted(total, 'name', 'names')} checked: {', '.join(parts)}."


def waiver_text(waiver: Waiver) -> str:
    """A waiver in one sentence: who, until when, and why."""
    if waiver.is_over:
        return (
            f"The waiver of {waiver.who} is over since {day_of(waiver)}: {waiver.why}"
        )
    return f"Waived by {waiver.who} {until(waiver)}: {waiver.why}"
