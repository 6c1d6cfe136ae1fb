"""The name of the chosen artifact: how it was read, what is wrong, and what mends it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.domain.finding import Waiver
from mlcatalog.ui.naming.judging import FieldLine, NameLine
from mlcatalog.ui.naming.wording import GROUPS, counted, look, sign, waiver_text
from mlcatalog.ui.pieces import breakable, button, link, words

MARK = 14  # pixels
MARKS = {"good": "✓", "bad": "✗", "warning": "!"}
TOP, RIGHT = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignRight


class NamePart(QWidget):
    """Shows one name; `action_wanted` tells what a person wants done about it."""

    action_wanted = Signal(str)

    def __init__(self, line: NameLine, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(4)
        self._add_verdict(line)
        if line.is_broken or line.verdict == "waived":
            for part in line.fields:
                self._add_field(part)
            self._add_right(line)
        for waiver in line.waivers:
            self._add_waiver(waiver)
        if line.is_broken and line.right:
            self._add_doing(line)

    def _add_verdict(self, line: NameLine) -> None:
        said = words(
            f"{sign(line.verdict)} {GROUPS[line.verdict]}", look=look(line.verdict)
        )
        said.setToolTip(_read_by(line))
        said.setAccessibleName(f"Name: {GROUPS[line.verdict]}. {line.wrong}")
        self._box.addWidget(said)
        is_told = any(part.state == "bad" for part in line.fields)
        if line.wrong and not is_told:
            self._box.addWidget(words(breakable(line.wrong), look="remedy", wraps=True))

    def _add_field(self, part: FieldLine) -> None:
        is_bad = part.state == "bad"
        row = QHBoxLayout()
        row.setSpacing(8)
        mark = words(MARKS.get(part.state, "·"), look=part.state or "muted")
        mark.setFixedWidth(MARK)
        row.addWidget(mark, 0, TOP)
        row.addWidget(words(part.field), 0, TOP)
        text = words(breakable(part.text or "(nothing)"), look="muted", wraps=True)
        text.setAlignment(RIGHT | TOP)
        text.setToolTip(part.why)
        text.setAccessibleName(f"{part.field}: {part.text}, {part.why}")
        row.addWidget(text, 1)
        self._box.addLayout(row)
        if is_bad:
            why = words(breakable(part.why), look="bad", wraps=True)
            why.setContentsMargins(MARK + 8, 0, 0, 0)
            self._box.addWidget(why)

    def _add_right(self, line: NameLine) -> None:
        if not line.right:
            return
        self._box.addWidget(words("Right name", look="muted"))
        right = words(breakable(line.right_text), look="mono", wraps=True)
        right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        right.setAccessibleName(f"Right name: {line.right_text}")
        self._box.addWidget(right)

    def _add_doing(self, line: NameLine) -> None:
        blank = len(line.blanks)
        title, hint = "Rename to this…", f"Rename to {line.right_text}"
        if blank:
            title = f"Fill in {counted(blank, 'field', 'fields')}…"
            hint = f"Fill in {', '.join(line.blanks)}, and rename"
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(button(title, self._teller("fix name"), hint=hint))
        hint = "Accept this name, with a reason and until a day"
        row.addWidget(link("Waive…", self._teller("waive name"), hint=hint))
        row.addStretch(1)
        hint = "Show this name among all others"
        row.addWidget(link("Conventions", self._teller("conventions"), hint=hint))
        self._box.addLayout(row)

    def _add_waiver(self, waiver: Waiver) -> None:
        shown = "warning" if waiver.is_over else "remedy"
        self._box.addWidget(
            words(breakable(waiver_text(waiver)), look=shown, wraps=True)
        )
        if not waiver.is_over:
            hint = "End the waiver now: the name counts as broken again"
            ends = link("End the waiver", self._teller("end waiver"), hint=hint)
            self._box.addWidget(ends)

    def _teller(self, action: str) -> Callable[[], None]:
        return lambda: self.action_wanted.emit(action)


def _read_by(line: NameLine) -> str:
    """How the name was read, for a pointer that rests on the verdict."""
    read = [f"{part.field} {part.text}: {part.why}" for part in line.fields]
    return "\n".join([f"By the template of {line.source}", *read])
