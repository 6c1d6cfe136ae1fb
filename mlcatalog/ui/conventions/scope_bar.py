"""The head of Conventions: which project, or folder of it, and which kind of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QPushButton,
    QWidget,
)

from mlcatalog.ui.flow_layout import FlowLayout
from mlcatalog.ui.naming.judged import Scope
from mlcatalog.ui.naming.judging import KINDS
from mlcatalog.ui.naming.wording import PLURALS
from mlcatalog.ui.pieces import set_look, words

ALL = "All projects"
Counts = Mapping[str, tuple[int, int]]  # by kind: all, and those with a problem


class ScopeBar(QWidget):
    """Chooses a folder and a kind; `changed` tells the Scope."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scope = Scope()
        row = FlowLayout(self, gap=6)
        row.addWidget(words("Conventions of ", look="heading"))
        self.folders = QComboBox()
        self.folders.setAccessibleName("Project or folder whose names are shown")
        self.folders.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.folders.addItem(ALL, "")
        self.folders.currentIndexChanged.connect(self._choose_folder)
        row.addWidget(self.folders)
        self._group = QButtonGroup(self)
        self.kinds: dict[str, QPushButton] = {}
        for kind in KINDS:
            made = QPushButton(PLURALS[kind].capitalize())
            set_look(made, "chip")
            made.setCheckable(True)
            made.setChecked(kind == self.scope.kind)
            made.clicked.connect(lambda _=False, kind=kind: self._choose_kind(kind))
            self._group.addButton(made)
            self.kinds[kind] = made
            row.addWidget(made)

    def show_folders(self, folders: Sequence[tuple[str, str]]) -> None:
        """Offer folders: title and path; the chosen one stays where it is offered."""
        with QSignalBlocker(self.folders):
            self.folders.clear()
            self.folders.addItem(ALL, "")
            for title, path in folders:
                self.folders.addItem(title, path)
            self.folders.setCurrentIndex(max(0, self.folders.findData(self.scope.root)))
        self.scope = Scope(self.folders.currentData(), self.scope.kind)

    def show_counts(self, counts: Counts) -> None:
        """Say how many names each kind has, and how many have a problem."""
        for kind, made in self.kinds.items():
            every, broken = counts.get(kind, (0, 0))
            mark = f"  ✗ {broken:,}" if broken else ""
            made.setText(f"{PLURALS[kind].capitalize()} {every:,}{mark}")
            made.setAccessibleName(
                f"{PLURALS[kind]}: {every:,} names, {broken:,} with a problem"
            )

    def choose(self, scope: Scope) -> None:
        """Choose a folder and a kind."""
        with QSignalBlocker(self.folders):
            self.folders.setCurrentIndex(max(0, self.folders.findData(scope.root)))
        self.scope = Scope(self.folders.currentData(), scope.kind)
        self.kinds[scope.kind].setChecked(True)
        self.changed.emit(self.scope)

    def _choose_folder(self) -> None:
        self.choose(Scope(self.folders.currentData(), self.scope.kind))

    def _choose_kind(self, kind: str) -> None:
        self.choose(Scope(self.scope.root, kind))


def titled(roots: Sequence[str], files: Sequence[str]) -> list[tuple[str, str]]:
    """The projects and, below each, the folders that have a file of their own."""
    found: list[tuple[str, str]] = []
    for root in sorted(roots, key=lambda one: PurePath(one).name):
        name = PurePath(root).name
        found.append((name, root))
        inside = sorted({str(PurePath(file).parent) for file in files} - {root})
        found += [
            (f"{name} \u203a {folder.removeprefix(root)[1:]}", folder)
            for folder in inside
            if folder.startswith(f"{root}/")
        ]
    return found
