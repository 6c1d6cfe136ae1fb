"""Verify: hold a dossier, or the artifacts of the catalogue, against what is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlcatalog.audit.digests import rechecked
from mlcatalog.audit.verification import (
    OK,
    WRONG,
    JournalHere,
    Line,
    Verification,
    file_lines,
    verify,
)
from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.tasks import dossier_parts


def verify_file(
    path: Path,
    *,
    catalog: Catalog | None = None,
    check_files: bool = True,
    progress: Progress = no_progress,
) -> Verification:
    """Prove a dossier against its evidence, the files here and the journal.

    Raises FormatError for what is no readable PDF.
    """
    journal = _journal(catalog) if catalog is not None else None
    return verify(path, journal=journal, check_files=check_files, progress=progress)


def verify_artifacts(
    catalog: Catalog,
    references: Sequence[str] = (),
    progress: Progress = no_progress,
) -> Verification:
    """Read the files of artifacts again (of all without references).

    Raises NotFoundError or AmbiguousError for a reference.
    """
    files = []
    found = [catalog.find(ref) for ref in references] or catalog.list("", sort="name")
    for done, summary in enumerate(found):
        progress(done, len(found), summary.name)
        files += dossier_parts.file_lines(catalog.detail(summary.id))
    checked = rechecked(files, progress)
    holds, sentence = catalog.verify_journal()
    journal = Line(OK if holds else WRONG, "journal", sentence)
    subject = ", ".join(references) or str(catalog.path)
    return Verification(subject, (*file_lines(checked), journal), checked)


def _journal(catalog: Catalog) -> JournalHere:
    entries = catalog.journal(dossier_parts.WHOLE_JOURNAL)
    holds, sentence = catalog.verify_journal()
    return JournalHere(
        hashes=frozenset(entry.hash for entry in entries),
        first=entries[-1].hash if entries else "",
        evidence_digests=frozenset(d.evidence_digest for d in catalog.dossiers()),
        holds=holds,
        sentence=sentence,
    )
