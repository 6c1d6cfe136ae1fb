"""The left of Reuse: which dataset, and for which task."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QFrame, QVBoxLayout, QWidget

from mlcatalog.domain.amounts import counted
from mlcatalog.domain.artifact import Detail, Summary
from mlcatalog.ui.pieces import button, field, set_look, words

TASKS = (
    "text classification",
    "token classification",
    "regression",
    "tabular classification",
    "image classification",
    "image segmentation",
)
NEEDS = (
    "Now: names and types of columns, the recorded task, the metrics and what each model"
    " was trained on, all from the catalogue.\n\nNot yet: how alike the data itself is."
    " That needs profiles of the columns, which are not read yet; so a match here says"
    " that a model can take the data, not that it will do well on it."
)


class QuestionPanel(QFrame):
    """Asks for a dataset and a task; a dataset may be dropped on it."""

    asked = Signal()
    dropped = Signal(str)  # a path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setMinimumWidth(260)
        self.setAcceptDrops(True)
        self._datasets: Sequence[Summary] = ()
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 12, 14, 12)
        box.setSpacing(6)
        box.addWidget(words("Before you train", look="heading"))
        box.addWidget(
            words("Choose a dataset, or drop one here.", look="muted", wraps=True)
        )
        box.addWidget(words("DATASET", look="caption"))
        self.dataset = self._dataset_field()
        box.addWidget(self.dataset)
        self._facts = words("", look="muted", wraps=True)
        box.addWidget(self._facts)
        box.addWidget(words("TASK (OPTIONAL)", look="caption"))
        self.task = field("Task that the model must do", hint="text classification")
        self.task.setCompleter(_completer(TASKS, self))
        self.task.returnPressed.connect(self.asked)
        box.addWidget(self.task)
        box.addSpacing(8)
        self.find_models = button("Find models", self.asked.emit, is_primary=True)
        box.addWidget(self.find_models)
        box.addStretch(1)
        box.addWidget(words("WHAT THIS LOOKS AT", look="caption"))
        box.addWidget(words(NEEDS, look="muted", wraps=True))
        self.find_models.setEnabled(False)

    @property
    def chosen(self) -> Summary | None:
        """The dataset that is chosen, None while the text names none."""
        text = self.dataset.currentText().strip()
        place = self.dataset.currentIndex()
        if 0 <= place < len(self._datasets) and self.dataset.itemText(place) == text:
            return self._datasets[place]
        return next((d for d in self._datasets if d.name == text), None)

    def show_datasets(self, datasets: Sequence[Summary]) -> None:
        """Offer these; what was chosen stays so, if it is still there."""
        kept = self.chosen
        self._datasets = datasets
        self.dataset.blockSignals(True)
        self.dataset.clear()
        self.dataset.addItems([_title(summary) for summary in datasets])
        self.dataset.setCurrentIndex(-1)
        self.dataset.blockSignals(False)
        if kept is not None:
            self.choose(kept.id)
        self._check()

    def choose(self, artifact_id: str) -> bool:
        """Choose a dataset by its id; False if it is none of those offered."""
        for place, summary in enumerate(self._datasets):
            if summary.id == artifact_id:
                self.dataset.setCurrentIndex(place)
                return True
        return False

    def show_dataset(self, dataset: Detail) -> None:
        """Say what is known of the dataset."""
        rows = dataset.fact("rows")
        facts = [f"{rows} rows"] if rows else []
        facts += (
            [counted(len(dataset.columns), "column")]
            if dataset.columns
            else ["columns not known"]
        )
        names = ", ".join(column.name for column in dataset.columns[:8])
        self._facts.setText(", ".join(facts) + (f": {names}" if names else ""))

    def _dataset_field(self) -> QComboBox:
        made = QComboBox()
        made.setEditable(True)
        made.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        made.setAccessibleName("Dataset")
        made.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        made.setMinimumContentsLength(12)
        if (line := made.lineEdit()) is not None:
            line.setPlaceholderText("Name of a dataset")
            line.setAccessibleName("Dataset")
        if (completer := made.completer()) is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        made.currentTextChanged.connect(self._check)
        return made

    def _check(self) -> None:
        chosen = self.chosen
        self.find_models.setEnabled(chosen is not None)
        if chosen is None:
            empty = not self._datasets
            self._facts.setText("The catalogue holds no datasets yet." if empty else "")

    # Qt overrides

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _paths(event.mimeData()):
            event.setDropAction(Qt.DropAction.LinkAction)
            event.accept()
            set_look(self, "dropping")

    def dragLeaveEvent(self, event: object) -> None:
        set_look(self, "")

    def dropEvent(self, event: QDropEvent) -> None:
        set_look(self, "")
        paths = _paths(event.mimeData())
        if paths:
            event.setDropAction(Qt.DropAction.LinkAction)
            event.accept()
            self.dropped.emit(paths[0])


def _title(summary: Summary) -> str:
    return " ".join(f"{summary.name} · {summary.project}".split())


def _paths(mime: QMimeData) -> list[str]:
    urls: list[QUrl] = mime.urls()
    return [url.toLocalFile() for url in urls if url.isLocalFile()]


def _completer(texts: Sequence[str], parent: QWidget) -> QCompleter:
    made = QCompleter(list(texts), parent)
    made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    made.setFilterMode(Qt.MatchFlag.MatchContains)
    return made
