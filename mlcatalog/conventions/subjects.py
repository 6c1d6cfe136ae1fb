"""What is judged, and what a judgement is."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlcatalog.domain.words import Kind


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
    task: str = ""
    called: str = ""  # the project in its other names
    is_folder: bool = False  # a plain folder, which is no artifact


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """One field of a name: state is ok, wrong or contradicts."""

    field: str
    found: str
    state: str
    message: str = ""
    expected: str = ""
    suggestion: str = ""
    is_sure: bool = False  # that the suggestion is what was meant


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a name is: keeps, breaks, ambiguous, contradicts or exempt."""

    state: str
    fields: tuple[FieldVerdict, ...] = ()
    message: str = ""
    suggestion: str = ""
    problems: tuple[FieldVerdict, ...] = field(default=())
