"""The preview of renames: old and new names, conflicts, and what changes in texts."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.tasks.rename_plan import RenamePlan
from mlcatalog.ui.pieces import set_look, words

TITLES = ("Name", "Right name", "In the way", "References")


class FixDialog(QDialog):
    """Shows what a rename would do; accepted, it is what may be done."""

    def __init__(self, plan: RenamePlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plan = replace(
            plan, rows=tuple(row for row in plan.rows if not row.conflicts)
        )
        self.setWindowTitle("Rename")
        self.resize(980, 620)
        box = QVBoxLayout(self)
        count = len(self.plan.rows)
        said = f"{count:,} can be renamed, {plan.conflicts:,} cannot yet"
        box.addWidget(words(said, look="heading"))
        kept = "All are renamed or none. Lineage, tags, notes and history stay."
        box.addWidget(words(kept, look="muted", wraps=True))
        box.addWidget(self._table(plan), 2)
        self.texts = QPlainTextEdit("\n\n".join(one.diff for one in plan.changes))
        self.texts.setReadOnly(True)
        self.texts.setAccessibleName("What changes in texts")
        set_look(self.texts, "mono")
        box.addWidget(words("TEXTS THAT ARE REWRITTEN", look="caption"))
        box.addWidget(self.texts, 1)
        left = "\n".join(f"{one.path}: {one.why}" for one in plan.left)
        if left:
            box.addWidget(words(f"Left to you:\n{left}", look="muted", wraps=True))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.do = buttons.addButton(
            f"Rename {count:,}", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.do.setEnabled(count > 0)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)

    def _table(self, plan: RenamePlan) -> QTableWidget:
        table = QTableWidget(len(plan.rows), len(TITLES))
        table.setAccessibleName("Names before and after")
        table.setHorizontalHeaderLabels(TITLES)
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        for number, row in enumerate(plan.rows):
            why = "; ".join(row.conflicts)
            cells = (row.old_name, row.new_name, why, f"{row.mentions:,}")
            for column, text in enumerate(cells):
                table.setItem(number, column, QTableWidgetItem(text))
        table.horizontalHeader().setSectionResizeMode(
            QHeaderView.ResizeMode.ResizeToContents
        )
        return table
