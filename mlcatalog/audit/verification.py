"""A dossier held against its own evidence, its signature, the files and the journal."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcatalog.audit.content import EVIDENCE_NAME, FileLine, FileState, digest_of
from mlcatalog.audit.digests import rechecked
from mlcatalog.audit.signature import SELF_SIGNED, signature_of
from mlcatalog.domain.errors import CredentialsError, FormatError
from mlcatalog.domain.progress import Progress, no_progress

PDF_LIMIT = 512 << 20  # bytes
OK, WRONG, NOTE = "ok", "wrong", "note"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was verified: ok, wrong or a note that decides nothing."""

    state: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a document or files are what they claim, and how that is known."""

    subject: str
    lines: tuple[Line, ...]
    files: tuple[FileLine, ...] = ()

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return all(line.state != WRONG for line in self.lines)

    @property
    def sentence(self) -> str:
        """The result in one line, for people."""
        wrong = [line.what for line in self.lines if line.state == WRONG]
        return f"Not as it was: {', '.join(wrong)}" if wrong else "Nothing has changed"

    def as_json(self) -> dict[str, object]:
        """Plain values, for `--json`."""
        return {"ok": self.ok, **dataclasses.asdict(self)}


@dataclass(frozen=True, slots=True)
class JournalHere:
    """The journal of the catalogue at hand."""

    hashes: frozenset[str] = frozenset()
    first: str = ""  # hash of its first entry: the catalogue's identity
    evidence_digests: frozenset[str] = frozenset()  # of dossiers it remembers
    holds: bool = True
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What was read out of a PDF."""

    pages: int
    text: str
    keywords: str
    attachment: bytes | None


def verify(
    pdf: Path | bytes,
    *,
    journal: JournalHere | None = None,
    check_files: bool = True,
    progress: Progress = no_progress,
) -> Verification:
    """Prove a dossier against itself and, where they are here, against the files.

    journal: None when no catalogue is at hand. Raises FormatError for what is
    no PDF.
    """
    content, name = _content(pdf)
    opened = _opened(content, name)
    lines = [Line(OK, "document", f"{opened.pages} pages"), *_evidence_lines(opened)]
    lines += _signature_lines(content)
    files: tuple[FileLine, ...] = ()
    evidence = _parsed(opened.attachment)
    if evidence is not None:
        lines.append(_journal_line(evidence, opened.attachment or b"", journal))
        if check_files:
            stated = _files(evidence)
            files = rechecked(stated, progress)
            lines += file_lines(files, excused=_excused(stated))
    return Verification(name, tuple(lines), files)


def file_lines(
    files: Sequence[FileLine], *, excused: Collection[str] = frozenset()
) -> list[Line]:
    """One line that counts the files which are the same, one for each other.

    excused: paths whose absence decides nothing.
    """
    counts = Counter(line.state for line in files)
    same = f"{counts[FileState.SAME]} of {len(files)} are the same"
    lines = [Line(OK if counts[FileState.SAME] == len(files) else NOTE, "files", same)]
    lines += [
        Line(_weight(line, excused), f"file {line.state}", line.path)
        for line in files
        if line.state is not FileState.SAME
    ]
    return lines


def _weight(line: FileLine, excused: Collection[str]) -> str:
    if line.state is FileState.UNDIGESTED:
        return NOTE
    is_excused = line.state is FileState.MISSING and line.path in excused
    return NOTE if is_excused else WRONG


def _excused(files: Sequence[FileLine]) -> frozenset[str]:
    """Files that were not there at export, or whose whole folder is not here.

    A dossier may be verified on another computer than its files are on.
    """
    return frozenset(
        line.path
        for line in files
        if line.state is FileState.MISSING or not _has_folder(line.path)
    )


def _has_folder(path: str) -> bool:
    try:
        return Path(path).parent.is_dir()
    except (OSError, ValueError):
        return False


def _content(pdf: Path | bytes) -> tuple[bytes, str]:
    if isinstance(pdf, bytes):
        return pdf, "document"
    try:
        with pdf.open("rb") as file:
            content = file.read(PDF_LIMIT + 1)
    except OSError as error:
        raise FormatError(
            "The document cannot be read", where=str(pdf), why=error.strerror or ""
        ) from error
    if len(content) > PDF_LIMIT:
        raise FormatError("The document is too large to be a dossier", where=str(pdf))
    return content, str(pdf)


def _opened(content: bytes, name: str) -> _Opened:
    import pypdf

    if not content.startswith(b"%PDF-"):
        raise FormatError("This is not a PDF document", where=name)
    try:
        with _quiet("pypdf"):
            reader = pypdf.PdfReader(io.BytesIO(content))
            metadata: Mapping[str, Any] = reader.metadata or {}
            return _Opened(
                pages=len(reader.pages),
                text="".join(page.extract_text() for page in reader.pages),
                keywords=str(metadata.get("/Keywords", "")),
                attachment=_attachment(reader),
            )
    except Exception as error:  # a damaged PDF surprises pypdf in many ways
        raise FormatError(
            "The document is damaged",
            where=name,
            why=f"{type(error).__name__}: {error}",
            remedy="Take the copy that was archived.",
        ) from error


def _attachment(reader: Any) -> bytes | None:
    found = reader.attachments.get(EVIDENCE_NAME)
    return bytes(found[0]) if found else None


def _evidence_lines(opened: _Opened) -> list[Line]:
    if opened.attachment is None:
        return [Line(WRONG, "evidence", "no evidence is attached")]
    digest = digest_of(opened.attachment)
    noted = re.search(r"evidence-sha256:([0-9a-f]{64})", opened.keywords)
    printed = digest in re.sub(r"[\s\u200b]", "", opened.text)
    lines = [Line(OK, "evidence", f"sha256 {digest}")]
    if noted is None or noted[1] != digest:
        lines.append(Line(WRONG, "evidence digest", "not the one in the metadata"))
    if not printed and "evidence annex" in opened.text.lower():
        lines.append(Line(WRONG, "evidence digest", "not the one that is printed"))
    if _parsed(opened.attachment) is None:
        lines.append(Line(WRONG, "evidence", "the attached file is not readable"))
    return lines


def _signature_lines(content: bytes) -> list[Line]:
    if b"/ByteRange" not in content:
        return [Line(NOTE, "signature", "the document is not signed")]
    try:
        with _quiet("pyhanko"):
            state = signature_of(content)
    except CredentialsError as error:
        return [Line(NOTE, "signature", f"not checked. {error.remedy}")]
    except Exception as error:  # noqa: BLE001 - a damaged one surprises in many ways
        return [Line(WRONG, "signature", f"cannot be read ({type(error).__name__})")]
    if state is None:
        return [Line(WRONG, "signature", "cannot be found any more")]
    if not state.intact:
        return [Line(WRONG, "signature", "the document was changed after signing")]
    if not state.whole:
        return [Line(WRONG, "signature", "something was added after signing")]
    how = f", with {SELF_SIGNED}" if state.self_signed else ""
    return [Line(OK, "signature", f"intact, by {state.signer}{how}")]


def _journal_line(
    evidence: dict[str, Any], attachment: bytes, journal: JournalHere | None
) -> Line:
    head = str(_table(evidence.get("journal")).get("head", ""))
    if journal is None:
        return Line(NOTE, "journal", "no catalogue at hand to look the head up in")
    if not head:
        return Line(NOTE, "journal", "the catalogue had no journal entry yet")
    if not journal.holds:
        return Line(WRONG, "journal", journal.sentence)
    if head in journal.hashes:
        return Line(OK, "journal", f"head {head[:12]} is in the catalogue's chain")
    is_own = digest_of(attachment) in journal.evidence_digests
    if not is_own and evidence.get("catalogue") != journal.first:
        return Line(
            NOTE,
            "journal",
            "written from another catalogue, or this one's journal was made anew",
        )
    return Line(
        WRONG, "journal", f"head {head[:12]} is not in this catalogue's chain any more"
    )


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _parsed(attachment: bytes | None) -> dict[str, Any] | None:
    try:
        parsed = json.loads(attachment or b"")
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _hex(raw: object) -> str:
    text = raw if isinstance(raw, str) else ""
    return text if re.fullmatch("(?:[0-9a-f]{2})*", text) else ""


def _files(evidence: dict[str, Any]) -> tuple[FileLine, ...]:
    """The files as the evidence lists them; lines that are none are skipped."""
    found = evidence.get("files")
    return tuple(
        FileLine(
            artifact=str(line.get("artifact", "")),
            path=str(line["path"]),
            role=str(line.get("role", "")),
            size=line["size"] if isinstance(line.get("size"), int) else None,
            expected=str(line.get("found") or line.get("expected") or ""),
            found="",
            state=_stated(line.get("state")),
            place=_hex(line.get("place")),
        )
        for line in (found if isinstance(found, list) else [])
        if isinstance(line, dict) and "path" in line
    )


def _stated(word: object) -> FileState:
    try:
        return FileState(str(word))
    except ValueError:
        return FileState.UNDIGESTED


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Without the library's log lines: what it finds is said in our words."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
