"""The preview of renames: old and new names, conflicts, and what changes in texts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.tasks.rename_plan import RenamePlan
from mlcatalog.ui.naming.differences import diff_view
from mlcatalog.ui.naming.fix_form import FixForm
from mlcatalog.ui.naming.fix_table import FixTable
from mlcatalog.ui.naming.fixes import ASKED_FOR, Fix, Fixes, Occasion
from mlcatalog.ui.naming.wording import counted
from mlcatalog.ui.pieces import breakable, scrolled, set_look, words
from mlcatalog.ui.theme import Tokens

NO_TEXT = "No text names what is renamed"
PAUSE = 150  # milliseconds without a change before it is looked into again
Ask = Callable[[tuple[Fix, ...]], None]


class FixDialog(QDialog):
    """Shows what a rename would do; accepted, `plan` is what may be done.

    ask: looks into what changed, in a job; `show_plan` is given the answer.
    """

    def __init__(
        self,
        fixes: Fixes,
        tokens: Tokens,
        ask: Ask,
        parent: QWidget | None = None,
        *,
        occasion: Occasion = ASKED_FOR,
    ) -> None:
        super().__init__(parent)
        self.plan = fixes.plan
        self._occasion = occasion
        self._ask = ask
        self._is_current = True
        self.setWindowTitle("Rename")
        self.resize(1_260, 800)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._ask_again)
        self._head = words("", look="heading")
        self._note = words("", look="muted", wraps=True)
        self.table = FixTable(fixes, tokens)
        self.form = FixForm(fixes.offers)
        self.texts = diff_view("", "What changes in texts", tokens)
        self._texts_title = words("TEXTS THAT ARE REWRITTEN", look="caption")
        self._left = words("", look="muted", wraps=True)
        self._lower = QWidget()
        self._arrange()
        self.table.chose.connect(self._show_chosen)
        self.table.changed.connect(self._changed)
        self.form.filled.connect(self.table.fill)
        self.table.choose_first_blank()
        self._show_chosen()
        self.show_plan(fixes.plan)
        if len(fixes.fixes) == 1:
            self.form.begin()

    def show_plan(self, plan: RenamePlan) -> None:
        """Show what the renames would do now."""
        self.plan = plan
        self._is_current = not self._pause.isActive()
        self.table.show_plan(plan)
        texts = "\n\n".join(one.diff for one in plan.changes)
        if self.texts.toPlainText() != texts:
            self.texts.setPlainText(texts)
        for part in (self.texts, self._texts_title):
            part.setVisible(bool(texts))
        left = "\n".join(f"{one.path}{_line(one.line)}: {one.why}" for one in plan.left)
        self._left.setText(f"Left to you:\n{left}" if left else "")
        self._left.setVisible(bool(left))
        self._lower.setVisible(bool(texts or left))
        self._say(plan)

    def _say(self, plan: RenamePlan) -> None:
        can = sum(not row.conflicts for row in plan.rows)
        blank = sum(bool(one.blanks) for one in self.table.fixes if one.is_wanted)
        in_way = plan.conflicts - blank
        parts = [f"{counted(can, 'name', 'names')} can be given"] if can else []
        if blank:
            needs = "needs" if blank == 1 else "need"
            what = f"{blank:,}" if can else counted(blank, "name", "names")
            parts.append(f"{what} {needs} filling in")
        if in_way > 0:
            parts.append(f"{in_way:,} cannot be given")
        self._head.setText(", ".join(parts) or "Nothing is chosen to be renamed")
        texts = counted(len(plan.changes), "text is", "texts are")
        mentions = counted(sum(one.mentions for one in plan.changes), "place", "places")
        rewritten = f"{texts} rewritten in {mentions}" if plan.changes else NO_TEXT
        self._note.setText(
            f"{rewritten}. All is done or nothing; lineage, tags, notes and history "
            "stay, and Undo takes it back."
        )
        self.do.setText(f"Rename {can:,}" if can else "Rename")
        self.do.setEnabled(can > 0 and self._is_current)

    def _show_chosen(self) -> None:
        self.form.show_fixes(self.table.chosen())

    def _changed(self) -> None:
        self._is_current = False
        self.do.setEnabled(False)
        self._pause.start()

    def _ask_again(self) -> None:
        self._ask(self.table.fixes)

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        if self._occasion.said:
            said = words(breakable(self._occasion.said), look="strong", wraps=True)
            box.addWidget(said)
        box.addWidget(self._head)
        box.addWidget(self._note)
        upper = QSplitter(Qt.Orientation.Horizontal)
        upper.addWidget(self.table)
        upper.addWidget(scrolled(self.form, "Fields of the new name"))
        upper.setSizes([930, 310])
        upper.setStretchFactor(0, 1)
        upper.setChildrenCollapsible(False)
        column = QVBoxLayout(self._lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._texts_title)
        column.addWidget(self.texts, 1)
        column.addWidget(self._left)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(upper)
        split.addWidget(self._lower)
        split.setSizes([430, 230])
        split.setChildrenCollapsible(False)
        box.addWidget(split, 1)
        buttons = QDialogButtonBox()
        self.refuse = buttons.addButton(
            self._occasion.refuse, QDialogButtonBox.ButtonRole.RejectRole
        )
        self.do = buttons.addButton("Rename", QDialogButtonBox.ButtonRole.AcceptRole)
        set_look(self.do, "primary")
        self.do.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(buttons)
        box.addLayout(row)


def _line(number: int) -> str:
    return f" line {number}" if number else ""
