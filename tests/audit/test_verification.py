"""A dossier that was changed, or whose files were, is found out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcatalog.audit.content import Dossier, FileLine, FileState, digest_of, evidence
from mlcatalog.audit.digests import rechecked
from mlcatalog.audit.typeset import typeset
from mlcatalog.audit.verification import (
    NOTE,
    OK,
    WRONG,
    JournalHere,
    Verification,
    verify,
)
from mlcatalog.domain.errors import Cancelled, FormatError

Make = Callable[..., Dossier]


def states(found: Verification, what: str) -> list[str]:
    return [line.state for line in found.lines if line.what.startswith(what)]


def test_an_untouched_dossier_is_as_it_was(make_dossier: Make, tmp_path: Path) -> None:
    path = tmp_path / "dossier.pdf"
    path.write_bytes(typeset(make_dossier()))
    found = verify(path)
    assert found.ok
    assert found.sentence == "Nothing has changed"
    assert states(found, "evidence") == [OK]
    assert states(found, "files") == [OK]
    assert states(found, "signature") == [NOTE]
    assert found.as_json()["ok"] is True


def test_a_file_that_changed_since_is_found(make_dossier: Make) -> None:
    dossier = make_dossier()
    pdf = typeset(dossier)
    Path(dossier.files[0].path).write_bytes(b"other weights")
    found = verify(pdf)
    assert not found.ok
    assert found.files[0].state is FileState.CHANGED
    assert states(found, "file changed") == [WRONG]


def test_a_file_that_was_removed_is_found(make_dossier: Make) -> None:
    dossier = make_dossier()
    pdf = typeset(dossier)
    Path(dossier.files[0].path).unlink()
    assert states(verify(pdf), "file missing") == [WRONG]


def test_files_of_another_computer_decide_nothing(make_dossier: Make) -> None:
    dossier = make_dossier()
    away = dataclasses.replace(dossier.files[0], path="/nowhere/at/all/model.bin")
    found = verify(typeset(dataclasses.replace(dossier, files=(away,))))
    assert found.ok
    assert states(found, "file missing") == [NOTE]


def test_evidence_that_was_exchanged_is_found(
    make_dossier: Make, tmp_path: Path
) -> None:
    import pypdf

    dossier = make_dossier()
    writer = pypdf.PdfWriter(clone_from=__import__("io").BytesIO(typeset(dossier)))
    attached = next(iter(writer.attachment_list))
    attached.content = evidence(dossier).replace(b"intents", b"another")
    path = tmp_path / "forged.pdf"
    writer.write(path)
    found = verify(path)
    assert not found.ok
    assert states(found, "evidence digest")


def test_a_document_without_evidence_is_no_dossier(tmp_path: Path) -> None:
    import pypdf

    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    path = tmp_path / "blank.pdf"
    writer.write(path)
    assert states(verify(path), "evidence") == [WRONG]


@pytest.mark.parametrize(
    "content", [b"", b"no pdf", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\xff" * 500]
)
def test_what_is_no_pdf_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(FormatError):
        verify(path)


def test_a_missing_document_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        verify(tmp_path / "none.pdf")


@pytest.mark.parametrize(
    ("here", "state"),
    [
        (None, NOTE),
        (JournalHere(frozenset({"cd" * 32}), "ab" * 32), OK),
        (JournalHere(frozenset({"ee" * 32}), "ab" * 32), WRONG),
        (JournalHere(frozenset({"ee" * 32}), "ee" * 32), NOTE),
        (JournalHere(frozenset({"cd" * 32}), "ab" * 32, holds=False), WRONG),
    ],
)
def test_the_journal_head_is_looked_up(
    make_dossier: Make, here: JournalHere | None, state: str
) -> None:
    assert states(verify(typeset(make_dossier()), journal=here), "journal") == [state]


def test_a_journal_made_anew_is_found_by_the_dossier_it_remembers(
    make_dossier: Make,
) -> None:
    dossier = make_dossier()
    remembered = frozenset({digest_of(evidence(dossier))})
    here = JournalHere(frozenset({"ee" * 32}), "ee" * 32, remembered)
    assert states(verify(typeset(dossier), journal=here), "journal") == [WRONG]


def line_for(path: Path, expected: str = "00") -> FileLine:
    return FileLine("x", str(path), "main", 5, expected, "", FileState.UNCHECKED)


def test_rechecking_tells_the_states_apart(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "folder").mkdir()
    lines = rechecked(
        [
            line_for(tmp_path / "a", digest_of(b"a")),
            line_for(tmp_path / "a", digest_of(b"b")),
            line_for(tmp_path / "a", ""),
            line_for(tmp_path / "none"),
            line_for(tmp_path / "folder"),
            line_for(Path("\0")),
        ]
    )
    assert [line.state for line in lines] == [
        FileState.SAME,
        FileState.CHANGED,
        FileState.UNDIGESTED,
        FileState.MISSING,
        FileState.UNREADABLE,
        FileState.UNREADABLE,
    ]


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe")
    assert rechecked([line_for(tmp_path / "pipe")])[0].state is FileState.UNREADABLE


def test_rechecking_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")

    def stop(done: int, total: int | None, note: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        rechecked([line_for(tmp_path / "a")], stop)
