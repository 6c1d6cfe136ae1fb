"""The help pages, made from the tables that the program itself reads."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from mlcatalog.catalog.search import FIELDS
from mlcatalog.domain.resources import resource

SEARCH_PAGE = "help/search.md"
FAMILY_LINES = (
    ("metric.NAME", "the last value of a metric", "metric.f1>0.9"),
    ("param.NAME", "a parameter of a configuration or run", "param.lr:0.0003..0.01"),
    ("fact.NAME", "anything a file says about itself", "fact.license:apache-2.0"),
)


def search_page() -> str:
    """The reference of the search language, as Markdown."""
    lines = [(field.name, field.help, field.example) for field in FIELDS.values()]
    rows = [
        f"| `{name}` | {_plain(said)} | `{_plain(example)}` |"
        for name, said, example in (*lines, *FAMILY_LINES)
    ]
    table = "\n".join(("| field | asks for | example |", "|---|---|---|", *rows))
    return resource(SEARCH_PAGE).read_text("utf-8").replace("{fields}", table)


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


class HelpDialog(QDialog):
    """One page of help."""

    def __init__(self, title: str, page: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(760, 620)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QTextBrowser()
        self.text.setAccessibleName(title)
        self.text.setMarkdown(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        box = QVBoxLayout(self)
        box.addWidget(self.text)
        box.addWidget(buttons)
