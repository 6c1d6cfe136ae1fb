"""Report: gather what is known of models, check it again and print the dossier."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcatalog import __version__
from mlcatalog.audit import content, signature
from mlcatalog.audit.content import ALL_SECTIONS, Section
from mlcatalog.audit.cross_reference import cross_reference
from mlcatalog.audit.digests import rechecked
from mlcatalog.audit.typeset import typeset
from mlcatalog.catalog.store import Catalog
from mlcatalog.credentials import KeyStore, Secret, signing_account
from mlcatalog.domain.errors import CredentialsError, ExportError
from mlcatalog.domain.moments import now, utc_text
from mlcatalog.domain.progress import Progress, no_progress
from mlcatalog.settings import Settings
from mlcatalog.tasks.dossier_parts import Gathering, journal_proof


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A PKCS#12 file and its passphrase."""

    path: Path
    passphrase: Secret


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What was written, and what proves it."""

    path: Path
    digest: str  # SHA-256 of the PDF
    evidence_digest: str
    title: str
    subjects: int
    files: int
    changed: int  # files that are not as the catalogue knows them
    signer: str = ""
    recorded: bool = True  # False where the catalogue is read-only

    def as_json(self) -> dict[str, object]:
        """Plain values, for `--json`."""
        return {**dataclasses.asdict(self), "path": str(self.path)}


def dossier(
    catalog: Catalog,
    references: Sequence[str],
    *,
    title: str = "",
    sections: Sequence[Section | str] = ALL_SECTIONS,
    check_files: bool = False,
    moment: int | None = None,
    progress: Progress = no_progress,
) -> content.Dossier:
    """What a dossier about the references would say.

    check_files reads every file again, which takes as long as the bytes do;
    without it the files say that they were not checked yet. Raises
    NotFoundError or AmbiguousError for a reference, Cancelled by progress.
    """
    if not references:
        raise ExportError("A dossier needs at least one model")
    gathering = Gathering(catalog, progress)
    subjects = tuple(gathering.subject(reference) for reference in references)
    files = gathering.files()
    first, proof = journal_proof(catalog)
    wanted = tuple(Section(section) for section in sections)
    is_referred = Section.REGULATION in wanted
    return content.Dossier(
        title=title or _title(subjects),
        catalogue=first,
        program=f"mlcatalog {__version__}",
        generated=utc_text(moment if moment is not None else now()),
        subjects=tuple({subject.id: subject for subject in subjects}.values()),
        files=rechecked(files, progress) if check_files else files,
        journal=proof,
        sections=wanted,
        regulation=cross_reference(subjects) if is_referred else (),
        limits=(*gathering.limits, *content.LIMITS),
    )


def write_report(
    catalog: Catalog,
    references: Sequence[str],
    target: Path,
    *,
    signing: SigningKey | None = None,
    title: str = "",
    sections: Sequence[Section | str] = ALL_SECTIONS,
    progress: Progress = no_progress,
) -> ReportResult:
    """Write the dossier as a PDF, in one step, and remember it in the catalogue.

    Every file is read again before. Raises ExportError where it cannot be
    written (an older file at the target stays), CredentialsError for a key
    that does not work, and what `dossier` raises.
    """
    signer = _signer(signing)
    said = dossier(
        catalog,
        references,
        title=title,
        sections=sections,
        check_files=True,
        progress=progress,
    )
    said = dataclasses.replace(said, signer=signer)
    pdf = typeset(said)
    if signing is not None:
        secret = signing.passphrase.reveal().encode()
        pdf = signature.sign(pdf, signing.path, secret)
    progress(1, 1, "")
    _write(pdf, target)
    return _remembered(catalog, said, pdf, target)


def signing_key(settings: Settings, store: KeyStore) -> SigningKey:
    """The key of the settings with the passphrase of the key store.

    Raises CredentialsError when there is no key, no store or no passphrase.
    """
    if not settings.signing_key:
        raise CredentialsError(
            "No signing key is chosen",
            remedy="Choose a PKCS#12 file as signing_key in the settings.",
        )
    secret = store.find(signing_account(settings.signing_key))
    if secret is None:
        raise CredentialsError(
            "The passphrase of the signing key is not in the key store",
            where=settings.signing_key,
            remedy="Enter it once in the window, and let it be kept.",
        )
    return SigningKey(Path(settings.signing_key), secret)


def _signer(signing: SigningKey | None) -> str:
    if signing is None:
        return ""
    return signature.signer_of(signing.path, signing.passphrase.reveal().encode())


def _title(subjects: Sequence[content.Subject]) -> str:
    if len(subjects) == 1:
        return subjects[0].name
    return f"{subjects[0].name} and {len(subjects) - 1} more"


def _write(pdf: bytes, target: Path) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".dossier-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pdf)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ExportError(
            "The dossier could not be written",
            where=str(target),
            why=error.strerror or str(error),
            remedy="Choose another place, or make room there.",
        ) from error


def _remembered(
    catalog: Catalog, said: content.Dossier, pdf: bytes, target: Path
) -> ReportResult:
    digest = content.digest_of(pdf)
    proof = content.digest_of(content.evidence(said))
    if not catalog.read_only:
        ids = [subject.id for subject in said.subjects]
        catalog.record_dossier(said.title, str(target.absolute()), digest, proof, ids)
    return ReportResult(
        path=target.absolute(),
        digest=digest,
        evidence_digest=proof,
        title=said.title,
        subjects=len(said.subjects),
        files=len(said.files),
        changed=sum(line.state in _DIFFERENT for line in said.files),
        signer=said.signer,
        recorded=not catalog.read_only,
    )


_DIFFERENT = (
    content.FileState.CHANGED,
    content.FileState.MISSING,
    content.FileState.UNREADABLE,
)
