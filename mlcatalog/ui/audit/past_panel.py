"""The right of Audit: dossiers that were written, what verifying said, and the journal."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.artifact import Dossier, JournalEntry
from mlcatalog.domain.moments import short_text
from mlcatalog.ui.pieces import Rows, breakable, button, emptied, scrolled, words

JOURNAL_SHOWN = 60
DOSSIERS_SHOWN = 50


class PastPanel(QFrame):
    """Shows what was done before; `verify_wanted` tells the path to verify."""

    verify_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(260)
        self._states: dict[str, tuple[str, str]] = {}
        self._dossiers: Sequence[Dossier] = ()
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.addWidget(words("PAST DOSSIERS", look="caption"))
        self._past = QVBoxLayout()
        self._past.setSpacing(2)
        past, inner = QWidget(), QVBoxLayout()
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(self._past)
        inner.addStretch(1)
        past.setLayout(inner)
        box.addWidget(scrolled(past, "Past dossiers"), 1)
        box.addWidget(words("JOURNAL", look="caption"))
        self._chain = words("", look="muted", wraps=True)
        box.addWidget(self._chain)
        journal, inner = QWidget(), QVBoxLayout()
        inner.setContentsMargins(0, 0, 0, 0)
        self._journal = Rows(is_list=True)
        inner.addWidget(self._journal)
        inner.addStretch(1)
        journal.setLayout(inner)
        box.addWidget(scrolled(journal, "Journal extract"), 1)

    def show_dossiers(self, dossiers: Sequence[Dossier]) -> None:
        """List the dossiers, newest first."""
        self._dossiers = dossiers
        emptied(self._past)
        if not dossiers:
            self._past.addWidget(
                words(
                    "None yet. Export one, and it is listed here.",
                    look="muted",
                    wraps=True,
                )
            )
        for dossier in dossiers[:DOSSIERS_SHOWN]:
            self._add(dossier)

    def show_state(self, path: str, sentence: str, look: str) -> None:
        """Say what verifying a dossier found."""
        self._states[path] = (sentence, look)
        self.show_dossiers(self._dossiers)

    def show_journal(
        self, entries: Sequence[JournalEntry], chain: tuple[bool, str]
    ) -> None:
        """Show the newest entries, and whether the chain holds."""
        holds, sentence = chain
        self._chain.setText(("✓ " if holds else "✗ ") + breakable(sentence))
        self._journal.show_rows(
            (short_text(entry.at), entry_words(entry), "")
            for entry in entries[:JOURNAL_SHOWN]
        )

    def _add(self, dossier: Dossier) -> None:
        self._past.addWidget(
            words(
                f"{short_text(dossier.at)}  {' '.join(dossier.title.split())}",
                wraps=True,
            )
        )
        sentence, look = self._states.get(
            dossier.path, ("not verified since it was written", "muted")
        )
        row = QHBoxLayout()
        row.addWidget(words(sentence, look=look, wraps=True), 1)
        row.addWidget(
            button(
                "Verify",
                lambda: self.verify_wanted.emit(dossier.path),
                hint=f"Verify {dossier.title}",
            )
        )
        self._past.addLayout(row)
        self._past.addSpacing(8)


def entry_words(entry: JournalEntry) -> str:
    """One journal entry in a few words."""
    name = str(entry.payload.get("name", "") or entry.payload.get("title", ""))
    told = entry.payload.get("to") or entry.payload.get("status") or ""
    words_of = [entry.kind.replace("_", " "), f"to {told}" if told else "", name]
    return (
        " ".join(" ".join(part for part in words_of if part).split())
        + f" · {entry.actor}"
    )
