from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import keyring.backends.fail
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mlcatalog.audit.content import CheckLine, Dossier, KeyValue, Section, Subject
from mlcatalog.audit.signature import make_key
from mlcatalog.audit.typeset import preview
from mlcatalog.catalog.store import Catalog
from mlcatalog.credentials import KeyStore, Secret
from mlcatalog.domain.artifact import Dossier as PastDossier
from mlcatalog.domain.artifact import JournalEntry, Summary
from mlcatalog.domain.errors import CredentialsError
from mlcatalog.domain.words import Kind, Presence, Stage
from mlcatalog.settings import load
from mlcatalog.ui.audit.loading import Prepared, Question, Verified
from mlcatalog.ui.audit.past_panel import entry_words
from mlcatalog.ui.audit.place import AuditPlace
from mlcatalog.ui.audit.signing import KeyChoice, glance, keep_key, key_state
from mlcatalog.ui.jobs import Jobs
from mlcatalog.ui.theme import DARK, LIGHT

NAME = "intent-cls-bert_base-intents_v4-20260502-r0a11"
MODEL = Summary(
    1,
    "id1",
    Kind.MODEL,
    "safetensors",
    NAME,
    "/p/m",
    "intents",
    438_000_000,
    "9f" * 32,
    Stage.PRODUCTION,
    "nlp-team",
    0,
    Presence.PRESENT,
    met=12,
    applicable=13,
    findings=1,
)
CHECKS = tuple(CheckLine(f"check {number}", "met", "evidence") for number in range(60))
DOSSIER = Dossier(
    NAME,
    "3f1a",
    "mlcatalog",
    "2026-11-23T14:02:00Z",
    (Subject("id1", NAME, "9f" * 32, (KeyValue("format", "safetensors"),), CHECKS),),
)


class MemoryRing(keyring.backend.KeyringBackend):
    """A key store that forgets everything at the end of the test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def labels(widget: QWidget) -> str:
    QApplication.processEvents()
    texts = (label.text() for label in widget.findChildren(QLabel) if label.isVisible())
    return "\n".join(texts).replace("\u200b", "")


@pytest.fixture(scope="module")
def pages() -> tuple[bytes, ...]:
    return preview(DOSSIER)


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[AuditPlace]:
    with Catalog.open(tmp_path / "catalogue.sqlite") as catalog:
        jobs = Jobs()
        made = AuditPlace(catalog, jobs, LIGHT)
        made.settings_path = tmp_path / "settings.toml"
        made.key_store = KeyStore(MemoryRing())
        qtbot.addWidget(made)
        made.resize(1_300, 800)
        made.show()
        yield made
        qtbot.waitUntil(lambda: jobs.running == 0)


@pytest.fixture
def shown(place: AuditPlace, pages: tuple[bytes, ...]) -> AuditPlace:
    place._question = Question(query="stage:production")
    place.show_prepared(Prepared(place._question, (MODEL,), 1, DOSSIER, pages))
    return place


def test_without_a_scope_it_says_what_a_dossier_is(place: AuditPlace) -> None:
    assert "audit report" in place.pages._words
    assert not place.left.export.isEnabled()


def test_a_query_that_finds_nothing_is_said(place: AuditPlace, qtbot: QtBot) -> None:
    place.left.scope.setText("stage:production")
    qtbot.waitUntil(lambda: "No model is found" in labels(place.left))
    assert not place.left.export.isEnabled()


def test_pages_are_shown_as_they_print(shown: AuditPlace) -> None:
    assert shown.pages.count >= 2
    assert f"page 1 of {shown.pages.count}" in labels(shown)
    shown.pages.turn(1)
    assert f"page 2 of {shown.pages.count}" in labels(shown)


def test_pages_turn_by_keys(shown: AuditPlace, qtbot: QtBot) -> None:
    qtbot.keyClick(shown.pages, Qt.Key.Key_PageDown)
    assert shown.pages.page() == 2
    qtbot.keyClick(shown.pages, Qt.Key.Key_PageUp)
    assert shown.pages.page() == 1


def test_readiness_says_what_is_missing(shown: AuditPlace) -> None:
    assert "12 / 13" in labels(shown.left)
    assert shown.left.export.isEnabled()


def test_every_section_can_be_left_out(place: AuditPlace) -> None:
    assert place.left.sections == {section.value for section in Section}
    place.left.boxes["journal"].setChecked(False)
    assert "journal" not in place.left.sections


def test_a_dossier_says_when_it_was_verified(place: AuditPlace) -> None:
    past = PastDossier("d", 1_792_000_000_000_000, "<i>title</i>", "/x.pdf", "", "")
    place.past.show_dossiers([past])
    assert "<i>title</i>" in labels(place.past)
    assert "not verified since" in labels(place.past)
    place.show_verified(Verified("/x.pdf", False, "Not as it was: files", ()))
    assert "Not as it was" in labels(place.past)


def test_what_is_no_pdf_is_refused_in_words(
    place: AuditPlace, qtbot: QtBot, tmp_path: Path
) -> None:
    target = tmp_path / "no.pdf"
    target.write_text("no pdf", encoding="utf-8")
    with qtbot.waitSignal(place.jobs.failed) as told:
        place.verify_pdf(target)
    assert "PDF" in str(told.args[1])


def test_a_journal_entry_is_a_short_sentence() -> None:
    entry = JournalEntry(
        1, 0, "ann", "stage", "id", {"name": "m", "to": "production"}, "", ""
    )
    assert entry_words(entry) == "stage to production m · ann"


def test_no_key_store_is_said_and_is_no_error(tmp_path: Path) -> None:
    state = key_state(
        KeyStore(keyring.backends.fail.Keyring()), tmp_path / "settings.toml"
    )
    assert state.word == "no key store"
    assert "key store" in state.sentence
    assert not state.ready


class PromptingRing(MemoryRing):
    """A key store that asks for a password whenever it is used."""

    asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked += 1
        super().set_password(service, username, password)


def test_opening_the_place_disturbs_no_key_store(tmp_path: Path) -> None:
    ring = PromptingRing()
    assert glance(KeyStore(ring), tmp_path / "settings.toml").word == "none chosen"
    assert ring.asked == 0


def test_a_key_is_tried_remembered_and_its_passphrase_kept(tmp_path: Path) -> None:
    store, path = KeyStore(MemoryRing()), tmp_path / "settings.toml"
    key = make_key(tmp_path, "ann", b"secret words")
    assert (
        keep_key(KeyChoice(key, Secret("secret words"), keep=True), store, path)
        == "ann"
    )
    assert load(path).signing_key == str(key)
    assert key_state(store, path).ready
    assert "secret" not in path.read_text(encoding="utf-8")


def test_a_wrong_passphrase_is_not_kept(tmp_path: Path) -> None:
    store, path = KeyStore(MemoryRing()), tmp_path / "settings.toml"
    key = make_key(tmp_path, "ann", b"secret words")
    with pytest.raises(CredentialsError):
        keep_key(KeyChoice(key, Secret("other"), keep=True), store, path)
    assert not path.exists()


def test_every_button_has_a_name(shown: AuditPlace) -> None:
    buttons = [b for b in shown.findChildren(QAbstractButton) if b.isVisible()]
    assert all(b.accessibleName() or b.text() for b in buttons)


def test_the_theme_can_change_while_it_is_shown(shown: AuditPlace) -> None:
    light = shown.grab().toImage().pixelColor(20, 20)
    shown.set_tokens(DARK)
    assert shown.grab().toImage().pixelColor(20, 20) != light
