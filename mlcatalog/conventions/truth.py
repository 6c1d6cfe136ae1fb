"""A well-formed field held against the fact that it speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mlcatalog.conventions.subjects import FieldVerdict, NameSubject
from mlcatalog.conventions.words import FAMILIES, TASK_OF_TAG
from mlcatalog.domain.moments import short_text

DAY = 86_400_000_000  # microseconds
MOST_RUN_LETTERS = 64


Agrees = Callable[[str, NameSubject], bool]


class Truth:
    """What a project says of itself, beside the facts of each artifact."""

    def __init__(self, project: tuple[str, ...] = ()) -> None:
        self.project = project
        self._checks: dict[str, Agrees | None] = {}

    def held(
        self, fact: str, name: str, text: str, subject: NameSubject
    ) -> FieldVerdict:
        """A field with what the fact says of it."""
        match fact:
            case "date" if subject.recorded is not None:
                return _date(name, text, subject.recorded)
            case "dataset" if subject.datasets:
                return _dataset(name, text, subject.datasets)
            case "run" if subject.run_ids:
                return _run(name, text, subject.run_ids)
            case "architecture" if subject.architecture:
                return _architecture(name, text, subject.architecture)
            case "project":
                return _project(name, text, self.project, subject.project)
            case "task" if subject.task:
                return _task(name, text, subject.task)
            case _:
                return _fine(name, text, "as it should be")

    def check(self, fact: str) -> Agrees | None:
        """What tells whether a field agrees with a fact; None where all do."""
        if fact not in self._checks:
            self._checks[fact] = self._check(fact)
        return self._checks[fact]

    def _check(self, fact: str) -> Agrees | None:
        def held(text: str, subject: NameSubject) -> bool:
            return self.held(fact, fact, text, subject).state == "ok"

        match fact:
            case "date":
                return lambda text, subject: (
                    subject.recorded is None
                    or _day(subject.recorded // DAY) == text
                    or held(text, subject)
                )
            case "dataset":
                return lambda text, subject: (
                    not subject.datasets
                    or text in subject.datasets
                    or held(text, subject)
                )
            case "run":
                return lambda text, subject: (
                    not subject.run_ids
                    or text in subject.run_ids
                    or held(text, subject)
                )
            case "architecture":
                return lambda text, subject: (
                    not subject.architecture or held(text, subject)
                )
            case "project" if self.project:
                return lambda text, _: text in self.project
            case _:
                return None


@lru_cache(maxsize=4_096)
def _day(days: int) -> str:
    return short_text(days * DAY)[:10].replace("-", "")


def _fine(name: str, text: str, message: str) -> FieldVerdict:
    return FieldVerdict(name, text, "ok", message)


def _against(name: str, text: str, message: str, expected: str) -> FieldVerdict:
    return FieldVerdict(name, text, "contradicts", message, expected, expected)


def _date(name: str, text: str, recorded: int) -> FieldVerdict:
    day = short_text(recorded)[:10]
    if not day:
        return _fine(name, text, "as it should be")
    digits = re.sub(r"\D", "", text, flags=re.ASCII)
    compact = day.replace("-", "")
    if digits and compact.startswith(digits[:8]):
        return _fine(name, text, f"recorded {day}")
    return _against(name, text, f"recorded {day}", compact)


def _dataset(name: str, text: str, datasets: tuple[str, ...]) -> FieldVerdict:
    if any(_same_data(text, data) for data in datasets):
        return _fine(name, text, f"linked data {text}")
    linked = " and ".join(datasets)
    return _against(name, text, f"says {text}; linked data: {linked}", linked)


def _same_data(text: str, data: str) -> bool:
    """A split of a version (telco_v3_train) is that version's data."""
    return data == text or data.startswith((f"{text}_", f"{text}-", f"{text}."))


def _run(name: str, text: str, run_ids: tuple[str, ...]) -> FieldVerdict:
    if any(_same_run(text, one) for one in run_ids):
        return _fine(name, text, f"run {text}")
    usable = [one for one in run_ids if is_run_id(one)]
    if not usable:
        return _fine(name, text, "as it should be")
    ids = ", ".join(run_ids)
    return _against(name, text, f"says {text}; made by run {ids}", min(usable, key=len))


def _same_run(text: str, run_id: str) -> bool:
    """A long id may be shortened to its first characters."""
    return text == run_id or (len(text) >= 6 and run_id.startswith(text))


def is_run_id(text: str) -> bool:
    """Whether a run's id or name could stand in a name."""
    return (
        len(text) <= MOST_RUN_LETTERS
        and re.fullmatch(r"(?=.*\d)[a-z0-9]+(?:[._][a-z0-9]+)*", text, re.ASCII)
        is not None
    )


@lru_cache(maxsize=4_096)
def _architecture(name: str, text: str, header: str) -> FieldVerdict:
    said, named = family(text), families(header)
    shown = header if len(header) <= 40 else f"{header[:39]}…"
    if said in named or any(one in _letters(text) for one in named if len(one) > 2):
        return _fine(name, text, f"header: {shown}")
    if said in FAMILIES and named & FAMILIES:
        right = min(named & FAMILIES)
        return _against(name, text, f"says {text}; the header is {shown}", right)
    return _fine(name, text, f"header: {shown}, not compared")


def families(header: str) -> frozenset[str]:
    """The families that a header's class names speak of: BertModel is of bert."""
    found = set()
    for word in re.split(r"[,\s]+", header):
        camel = re.sub(r"(?:For|Model|LMHead|Classifier|PreTrained).*$", "", word)
        found.add(family(camel or word))
    return frozenset(found - {""})


def family(text: str) -> str:
    """What a text names first: `bert_base` and `Bert-base` are of bert."""
    plain = _letters(text)
    known = [one for one in FAMILIES if plain.startswith(one)]
    return max(known, key=len) if known else plain


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


@lru_cache(maxsize=4_096)
def _project(
    name: str, text: str, declared: tuple[str, ...], folder: str
) -> FieldVerdict:
    if declared:
        if text in declared:
            return _fine(name, text, "is this project")
        said = f"says {text}; this project is {' or '.join(declared)}"
        return _against(name, text, said, declared[0])
    words = set(re.split(r"[^a-z0-9]+", folder.lower()))
    if words & set(re.split(r"[^a-z0-9]+", text.lower())) - {""}:
        return _fine(name, text, f"matches the project {folder}")
    return _fine(name, text, "as it should be")


def _task(name: str, text: str, tag: str) -> FieldVerdict:
    word = TASK_OF_TAG.get(tag.lower(), tag.lower())
    if word == text:
        return _fine(name, text, f"declared: {tag}")
    return _fine(name, text, "in the vocabulary")


def task_word(tag: str) -> str:
    """The short word for a hub's task, "" for one that has none."""
    return TASK_OF_TAG.get(tag.lower(), "")
