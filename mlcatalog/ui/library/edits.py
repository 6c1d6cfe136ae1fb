"""What people say of an artifact: stage, owner, tags and note, as fields."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from mlcatalog.domain.artifact import Detail
from mlcatalog.domain.words import Stage
from mlcatalog.ui.pieces import field, words


class Edits(QWidget):
    """Fields of one artifact; each tells its change once, and writes nothing."""

    edited = Signal(str, str, object)  # what, id, value

    def __init__(self, detail: Detail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._detail = detail
        self._identity = detail.summary.id
        self.stage = QComboBox()
        self.stage.addItems([stage.value for stage in Stage])
        self.stage.setCurrentText(detail.summary.stage.value)
        self.stage.setAccessibleName("Stage")
        self.owner = field("Owner", text=detail.summary.owner, hint="who is answerable")
        self.tags = field(
            "Tags", text=", ".join(detail.tags), hint="separated by commas"
        )
        self.note = field("Note", text=detail.note, hint="anything worth knowing")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(6)
        rows: tuple[tuple[str, QWidget], ...] = (
            ("Stage", self.stage),
            ("Owner", self.owner),
            ("Tags", self.tags),
            ("Note", self.note),
        )
        for title, part in rows:
            form.addRow(words(title, look="muted"), part)
        self._connect()

    def _connect(self) -> None:
        self.stage.textActivated.connect(lambda text: self._tell("stage", Stage(text)))
        fields: tuple[tuple[str, QLineEdit], ...] = (
            ("owner", self.owner),
            ("tags", self.tags),
            ("note", self.note),
        )
        for what, part in fields:
            part.editingFinished.connect(
                lambda what=what, part=part: self._tell(what, self._said(what, part))
            )

    def _said(self, what: str, part: QLineEdit) -> object:
        return tag_tuple(part.text()) if what == "tags" else part.text()

    def _tell(self, what: str, value: object) -> None:
        known = {
            "stage": self._detail.summary.stage,
            "owner": self._detail.summary.owner,
            "tags": self._detail.tags,
            "note": self._detail.note,
        }
        if value != known[what]:
            self.edited.emit(what, self._identity, value)


def tag_tuple(text: str) -> tuple[str, ...]:
    """The tags of a comma-separated text, sorted, each once."""
    return tuple(sorted({part.strip() for part in text.split(",")} - {""}))
