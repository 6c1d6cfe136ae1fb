"""What jobs do for Audit: gather a dossier, draw its pages, write it, verify one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcatalog.audit.content import Dossier, FileState, Section
from mlcatalog.audit.typeset import preview
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.artifact import Dossier as PastDossier
from mlcatalog.domain.artifact import JournalEntry, Summary
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.domain.words import Stage
from mlcatalog.tasks.report import ReportResult, dossier, write_report
from mlcatalog.tasks.verify import verify_file
from mlcatalog.ui.audit.signing import Signing

MOST_OFFERED, LOOKED_AT = 40, 400
MOST_MODELS = 50  # a dossier with more is a book that nobody reads


@dataclass(frozen=True)
class Question:
    """Which models (by id, or by a query), and which sections."""

    ids: tuple[str, ...] = ()
    query: str = ""
    sections: frozenset[str] = frozenset(Section)

    @property
    def is_empty(self) -> bool:
        """True while no model is named at all."""
        return not self.ids and not self.query


@dataclass(frozen=True)
class Prepared:
    """The answer: the models found, and the pages as PNG pictures."""

    question: Question
    models: tuple[Summary, ...]
    total: int
    dossier: Dossier | None = None
    pages: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class History:
    """The dossiers written before, and the newest of the journal."""

    dossiers: tuple[PastDossier, ...]
    journal: tuple[JournalEntry, ...]
    chain: tuple[bool, str]


@dataclass(frozen=True)
class Verified:
    """What verifying a PDF found, in lines of (state, what, detail)."""

    path: str
    ok: bool
    sentence: str
    lines: tuple[tuple[str, str, str], ...]


def models_of(catalog: Catalog, question: Question) -> tuple[list[Summary], int]:
    """The models that are meant, at most MOST_MODELS, and how many there are."""
    if question.ids:
        found = [catalog.find(f"id:{artifact_id}") for artifact_id in question.ids]
        return found[:MOST_MODELS], len(found)
    rows = catalog.ids(f"kind:model ({question.query})", sort="name")
    return catalog.rows(rows[:MOST_MODELS]), len(rows)


def offered(catalog: Catalog, progress: Progress = no_progress) -> list[Summary]:
    """Models to begin with: those in production, the candidates, then the best traced."""
    progress(0, 1, "Reading the models")
    rows = catalog.rows(catalog.ids("kind:model", sort="-modified")[:LOOKED_AT])
    order = (Stage.PRODUCTION, Stage.CANDIDATE, Stage.DRAFT, Stage.ARCHIVED)
    rows.sort(key=lambda row: (order.index(row.stage), -row.met, row.name))
    return rows[:MOST_OFFERED]


def prepare(
    catalog: Catalog, question: Question, progress: Progress = no_progress
) -> Prepared:
    """Gather what the dossier says and draw its pages."""
    progress(0, 3, "Finding the models")
    models, total = models_of(catalog, question)
    if not models:
        return Prepared(question, (), 0)
    progress(1, 3, "Gathering the dossier")
    said = dossier(
        catalog,
        references(models),
        sections=ordered(question.sections),
        progress=progress,
    )
    progress(2, 3, "Drawing the pages")
    return Prepared(question, tuple(models), total, said, preview(said))


def ordered(names: frozenset[str]) -> tuple[Section, ...]:
    """The sections that are wanted, in the order of the page."""
    return tuple(section for section in Section if section.value in names)


def read_history(catalog: Catalog, progress: Progress = no_progress) -> History:
    """Past dossiers and the journal."""
    progress(0, 1, "Reading the journal")
    return History(catalog.dossiers(), catalog.journal(60), catalog.verify_journal())


def verify(catalog: Catalog, path: Path, progress: Progress = no_progress) -> Verified:
    """Prove a PDF against itself, the files and the journal."""
    found = verify_file(path, catalog=catalog, progress=progress)
    lines = tuple((line.state, line.what, line.detail) for line in found.lines)
    return Verified(str(path), found.ok, found.sentence, lines)


def readiness(prepared: Prepared) -> list[tuple[str, str, str]]:
    """What is ready and what is not: title, text, look."""
    models, said = prepared.models, prepared.dossier
    met = sum(model.met for model in models)
    applicable = sum(model.applicable for model in models)
    subjects = said.subjects if said else ()
    findings = sum(f.state == "open" for s in subjects for f in s.findings)
    digested = sum(model.digest is not None for model in models)
    files = [line for line in said.files if line.expected] if said else []
    listed = said.files if said else ()
    changed = sum(
        line.state in (FileState.CHANGED, FileState.MISSING) for line in listed
    )
    rows = [
        ("Digests known", f"{digested} / {len(models)}", _look(digested, len(models))),
        ("Traceability", f"{met} / {applicable}", _look(met, applicable)),
        ("Open findings", f"{findings:,}", "good" if not findings else "warning"),
    ]
    if files:
        rows.append(
            ("Files to re-check", f"{len(files):,}", "bad" if changed else "good")
        )
    return rows


def _look(done: int, wanted: int) -> str:
    return "good" if done >= wanted else "warning"


def write(
    catalog: Catalog,
    prepared: Prepared,
    target: Path,
    signing: Signing | None,
    progress: Progress = no_progress,
) -> ReportResult:
    """Write the dossier, signed if that is wanted; every digest is checked again."""
    return write_report(
        catalog,
        references(prepared.models),
        target,
        signing=signing.key() if signing is not None else None,
        sections=ordered(prepared.question.sections),
        progress=progress,
    )


def references(models: Sequence[Summary]) -> list[str]:
    """How a task is told which artifacts are meant."""
    return [f"id:{model.id}" for model in models]
