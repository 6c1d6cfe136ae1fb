"""The place Audit: scope on the left, pages as printed, and what was written before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mlcatalog import settings
from mlcatalog.audit.content import TITLES
from mlcatalog.credentials import KeyStore
from mlcatalog.domain.amounts import counted
from mlcatalog.domain.artifact import Summary
from mlcatalog.domain.words import Kind
from mlcatalog.tasks.report import ReportResult
from mlcatalog.ui.audit.loading import (
    History,
    Prepared,
    Question,
    Verified,
    offered,
    prepare,
    read_history,
    readiness,
    verify,
    write,
)
from mlcatalog.ui.audit.offers import Offers
from mlcatalog.ui.audit.pages import Pages
from mlcatalog.ui.audit.past_panel import PastPanel
from mlcatalog.ui.audit.scope_panel import ScopePanel
from mlcatalog.ui.audit.signing import (
    KeyChoice,
    KeyDialog,
    KeyState,
    Signing,
    glance,
    keep_key,
    key_state,
)
from mlcatalog.ui.pieces import button, panel, words
from mlcatalog.ui.place import Place

WELCOME = (
    "A dossier is the audit report of one or more models: identity, traceability,"
    " chain of custody, configurations, metrics and findings, with every digest"
    " checked again when it is written.\n\nName the models by a query on the left,"
    " such as stage:production, or choose them in the Library and press Audit PDF, or begin with one of these."
)


class AuditPlace(Place):
    """Prepares, shows, exports and verifies dossiers."""

    title = "Audit"
    search_hint = "Query for the dossier…"

    def build(self) -> None:
        """Make the parts, once."""
        self._prepared: Prepared | None = None
        self._question = Question()
        self._key = KeyState()
        self._choice: KeyChoice | None = None
        self.key_store = KeyStore()
        self.settings_path: Path = settings.default_path()
        self.left = ScopePanel(
            {section.value: title for section, title in TITLES.items()}
        )
        self.pages = Pages(self.tokens)
        self.offers = Offers(WELCOME)
        self.offers.wanted.connect(lambda one: self.show_artifacts([one]))
        self.past = PastPanel()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.left)
        split.addWidget(self._middle())
        split.addWidget(self.past)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([300, 800, 320])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self._connect()
        self._show_nothing()

    def show_artifacts(self, ids: Sequence[str]) -> None:
        """Prepare a dossier of these models; of what the query finds without any."""
        if ids:
            self.left.choose([(artifact_id, artifact_id) for artifact_id in ids])
        self._ask()

    def offer(self, chosen: Sequence[Summary]) -> None:
        """Prepare a dossier of the models chosen in the Library; else offer some."""
        models = [row.id for row in chosen if row.kind is Kind.MODEL]
        if models or not self.left.query:
            self.left.choose([(one, one) for one in models])
        self._ask()

    def refresh(self, changes: object) -> None:
        """Read again what is shown."""
        self._ask()

    def search(self, text: str) -> None:
        """Take the text for the query of the dossier."""
        self.left.choose([])
        self.left.scope.setText(text)

    def restyle(self) -> None:
        """Follow the theme; the pages stay white."""
        self.pages.restyle(self.tokens)

    def show_prepared(self, prepared: Prepared) -> None:
        """Show the pages, unless something else was asked for since."""
        if prepared.question != self._question:
            return
        self._prepared = prepared
        self._middle_pages.setCurrentWidget(self.pages)
        if not prepared.models:
            self.left.show_scope("No model is found by this query.", is_problem=True)
            self.pages.say("No model is found by this query.")
            return
        if prepared.question.ids:
            self.left.choose([(model.id, model.name) for model in prepared.models])
        self.left.show_scope(_scope_words(prepared))
        self._write_readiness()
        self.pages.show_pages([QImage.fromData(page) for page in prepared.pages])

    def show_history(self, history: History) -> None:
        """Show past dossiers and the journal."""
        self.past.show_dossiers(history.dossiers)
        self.past.show_journal(history.journal, history.chain)

    def show_verified(self, verified: Verified) -> None:
        """Say what verifying found, beside the dossier and in a message."""
        look = "good" if verified.ok else "bad"
        self.past.show_state(verified.path, verified.sentence, look)
        message = QMessageBox(self)
        message.setIcon(
            QMessageBox.Icon.Information if verified.ok else QMessageBox.Icon.Warning
        )
        message.setWindowTitle("Verify a PDF")
        message.setTextFormat(Qt.TextFormat.PlainText)
        message.setText(verified.sentence)
        message.setInformativeText(_verified_words(verified))
        message.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        message.open()

    def _connect(self) -> None:
        self.left.changed.connect(self._ask)
        self.left.export_wanted.connect(self._export)
        self.left.verify_wanted.connect(self._choose_pdf)
        self.left.sign.clicked.connect(self._ask_for_key)
        self.past.verify_wanted.connect(lambda path: self.verify_pdf(Path(path)))
        self.pages.turned.connect(self._write_page)

    def _ask(self) -> None:
        left, catalog = self.left, self.catalog
        question = Question(tuple(left.chosen), left.query, left.sections)
        self._question = question
        self.jobs.start(
            "Journal", lambda p: read_history(catalog, p), then=self.show_history
        )
        store, path = self.key_store, self.settings_path
        self.jobs.start(
            "Signing key", lambda _: glance(store, path), then=self._show_key
        )
        if question.is_empty:
            self._show_nothing()
            return
        self.left.show_scope("Gathering…")
        self._middle_pages.setCurrentWidget(self.pages)
        if not self.pages.count:
            self.pages.say("Drawing the pages…")
        self.jobs.start(
            "Prepare the dossier",
            lambda p: prepare(catalog, question, p),
            then=self.show_prepared,
        )

    def _show_nothing(self) -> None:
        self._prepared = None
        self.left.show_scope("Type a query, such as stage:production.", is_problem=True)
        self._write_readiness()
        self.pages.say(WELCOME)
        self._middle_pages.setCurrentWidget(self.offers)
        catalog = self.catalog
        self.jobs.start(
            "Models for a dossier",
            lambda p: offered(catalog, p),
            then=self.offers.show_models,
        )

    def _show_key(self, state: KeyState) -> None:
        self._key = state
        self.left.sign.setToolTip(state.sentence)
        self._write_readiness()

    def _write_readiness(self) -> None:
        rows = readiness(self._prepared) if self._prepared else []
        look = "good" if self._key.ready else "muted"
        self.left.show_readiness([*rows, ("Signing key", self._key.word, look)])

    def _write_page(self, page: int, count: int) -> None:
        self._page.setText(f"page {page} of {count}" if count else "")
        self._back.setEnabled(page > 1)
        self._on.setEnabled(page < count)

    def _ask_for_key(self, wanted: bool) -> None:
        if not wanted or self._key.ready:
            return
        store, path = self.key_store, self.settings_path
        self.jobs.start(
            "Signing key", lambda _: key_state(store, path), then=self._choose_key
        )

    def _choose_key(self, state: KeyState) -> None:
        self._show_key(state)
        if state.ready or not self.left.sign.isChecked():
            return
        dialog = KeyDialog(state, self)
        if dialog.exec() != KeyDialog.DialogCode.Accepted:
            self.left.sign.setChecked(False)
            return
        self._choice = dialog.choice
        choice, store, path = self._choice, self.key_store, self.settings_path
        self.left.sign.setChecked(False)  # until the key has proved to work
        self.jobs.start(
            "Try the key",
            lambda _: keep_key(choice, store, path),
            then=self._accept_key,
        )

    def _accept_key(self, signer: str) -> None:
        self.left.sign.setChecked(True)
        self.left.sign.setText(f"Sign as {signer}")

    def _export(self) -> None:
        if self._prepared is None or not self._prepared.models:
            return
        name, _ = QFileDialog.getSaveFileName(
            self, "Export the dossier", _file_name(self._prepared), "PDF (*.pdf)"
        )
        if name:
            self.export_to(Path(name))

    def export_to(self, target: Path) -> None:
        """Write the dossier that is shown, with every digest checked again."""
        prepared, catalog = self._prepared, self.catalog
        if prepared is None:
            return
        key = self._signing() if self.left.sign.isChecked() else None
        self.jobs.start(
            f"Export {target.name}",
            lambda progress: write(catalog, prepared, target, key, progress),
            then=self._say_written,
        )

    def _signing(self) -> Signing:
        return Signing(self.key_store, self.settings_path, self._choice)

    def _say_written(self, written: ReportResult) -> None:
        changed, files = written.changed, written.files
        good = f"written: {files:,} files checked again"
        bad = f"written: {changed:,} of {files:,} files are not as the catalogue knows them"
        look = "warning" if changed else "good"
        self.past.show_state(str(written.path), bad if changed else good, look)
        catalog = self.catalog
        self.jobs.start(
            "Journal", lambda p: read_history(catalog, p), then=self.show_history
        )

    def _choose_pdf(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, "Verify a PDF", "", "PDF (*.pdf);;All files (*)"
        )
        if name:
            self.verify_pdf(Path(name))

    def verify_pdf(self, path: Path) -> None:
        """Prove a dossier against itself, the files and the journal."""
        catalog = self.catalog
        self.jobs.start(
            f"Verify {path.name}",
            lambda p: verify(catalog, path, p),
            then=self.show_verified,
        )

    def _middle(self) -> QWidget:
        frame, box = panel()
        row = QHBoxLayout()
        row.addWidget(words("Preview", look="heading"))
        row.addStretch(1)
        self._page = words("", look="muted")
        self._back = button("◂", lambda: self.pages.turn(-1), hint="Previous page")
        self._on = button("▸", lambda: self.pages.turn(1), hint="Next page")
        for part in (self._page, self._back, self._on):
            row.addWidget(part)
        box.addLayout(row)
        self._middle_pages = QStackedWidget()
        self._middle_pages.addWidget(self.offers)
        self._middle_pages.addWidget(self.pages)
        box.addWidget(self._middle_pages, 1)
        return frame


def _scope_words(prepared: Prepared) -> str:
    shown, total = len(prepared.models), prepared.total
    models = counted(shown, "model")
    more = (
        f" (the first of {total:,}; name fewer for one dossier)"
        if total > shown
        else ""
    )
    files = f", {len(prepared.dossier.files):,} files" if prepared.dossier else ""
    return f"{models}{more}{files}"


def _verified_words(verified: Verified) -> str:
    marks = {"ok": "✓", "wrong": "✗"}
    return "\n".join(
        f"{marks.get(state, '·')} {what}: {detail}"
        if detail
        else f"{marks.get(state, '·')} {what}"
        for state, what, detail in verified.lines
    )


def _file_name(prepared: Prepared) -> str:
    name = prepared.models[0].name if len(prepared.models) == 1 else "dossier"
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name)
    return f"{safe[:100]}.pdf"
