"""The left of Audit: what the dossier covers, whether it is ready, and its buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.ui.pieces import Rows, button, emptied, field, scrolled, words

PAUSE = 350  # milliseconds without a key press before the scope is read again
EXAMPLE = "stage:production"


class ScopePanel(QFrame):
    """Asks for scope, sections and signature; tells when any of them changes."""

    changed = Signal()
    export_wanted = Signal()
    verify_wanted = Signal()

    def __init__(
        self, sections: Mapping[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(270)
        self._sections = sections
        self._chosen: list[tuple[str, str]] = []
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self.changed)
        self._build()

    @property
    def query(self) -> str:
        """The query that finds the models of the dossier."""
        return self.scope.text().strip()

    @property
    def chosen(self) -> list[str]:
        """The ids of the models that were chosen elsewhere; they come before a query."""
        return [artifact_id for artifact_id, _ in self._chosen]

    @property
    def sections(self) -> frozenset[str]:
        """The names of the sections that are ticked."""
        return frozenset(name for name, box in self.boxes.items() if box.isChecked())

    def choose(self, models: Sequence[tuple[str, str]]) -> None:
        """Cover these models (id, name) instead of what a query finds."""
        self._chosen = list(models)
        self._write_chosen()

    def show_scope(self, sentence: str, *, is_problem: bool = False) -> None:
        """Say what the scope holds."""
        self._found.setText(sentence)
        self.export.setEnabled(not is_problem)

    def show_readiness(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """Show what is ready for a dossier and what is not: title, text, look."""
        self.readiness.show_rows(rows)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(6)
        box.addWidget(words("Dossier", look="heading"))
        box.addWidget(words("SCOPE", look="caption"))
        self.scope = field("Query that finds the models of the dossier", hint=EXAMPLE)
        self.scope.textChanged.connect(lambda _: self._pause.start())
        self.scope.returnPressed.connect(self.changed)
        box.addWidget(self.scope)
        self._chosen_box = QVBoxLayout()
        box.addLayout(self._chosen_box)
        self._found = words("", look="muted", wraps=True)
        box.addWidget(self._found)
        box.addWidget(scrolled(self._middle(), "Sections and readiness"), 1)
        self.sign = QCheckBox("Sign with my key")
        self.sign.setAccessibleName("Sign the dossier with my key")
        box.addWidget(self.sign)
        box.addLayout(self._buttons())

    def _middle(self) -> QWidget:
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 4, 0)
        box.setSpacing(6)
        box.addWidget(words("SECTIONS", look="caption"))
        self.boxes = {
            name: self._section(name, title) for name, title in self._sections.items()
        }
        for tick in self.boxes.values():
            box.addWidget(tick)
        box.addWidget(words("READINESS", look="caption"))
        self.readiness = Rows()
        box.addWidget(self.readiness)
        box.addStretch(1)
        return inner

    def _section(self, name: str, title: str) -> QCheckBox:
        tick = QCheckBox(title)
        tick.setChecked(True)
        tick.setAccessibleName(f"Section: {title}")
        tick.toggled.connect(lambda _: self._pause.start())
        return tick

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.verify = button("Verify a PDF…", self.verify_wanted.emit)
        self.export = button("Export PDF…", self.export_wanted.emit, is_primary=True)
        row.addWidget(self.verify)
        row.addWidget(self.export)
        return row

    def _write_chosen(self) -> None:
        emptied(self._chosen_box)
        for _, name in self._chosen:
            self._chosen_box.addWidget(words(name, wraps=True))
        if self._chosen:
            self._chosen_box.addWidget(
                button(
                    "Use a query instead",
                    self._forget_chosen,
                    hint="Forget the chosen models",
                )
            )
        self.scope.setVisible(not self._chosen)

    def _forget_chosen(self) -> None:
        self.choose([])
        self.changed.emit()
        self.scope.setFocus()
