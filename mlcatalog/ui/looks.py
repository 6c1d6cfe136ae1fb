"""The style sheet of the places: what each `look` of a piece is."""

from __future__ import annotations

from mlcatalog.domain.resources import resource
from mlcatalog.ui.theme import Tokens

# For the program as a whole: a button is given its icon before it has a parent.
PROGRAM_SHEET = "QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }"


def style_sheet(tokens: Tokens) -> str:
    """The rules for panels, labels, buttons and fields inside a place."""
    t = tokens
    tick, down, up = (_icon(name, t) for name in ("tick", "down", "up"))
    return f"""
    QFrame#panel, QFrame#card {{
        background: {t.panel}; border: 1px solid {t.line}; border-radius: 8px; }}
    QFrame#panel[look="dropping"] {{ border: 2px dashed {t.accent}; }}
    QFrame#fieldCard {{ background: {t.raised}; border: 0; border-radius: 6px;
        border-bottom: 3px solid {t.line}; }}
    QFrame#fieldCard[look="good card"] {{ border-bottom-color: {t.good}; }}
    QFrame#fieldCard[look="bad card"] {{ border-bottom-color: {t.bad}; }}
    QFrame#fieldCard[look="warning card"] {{ border-bottom-color: {t.warning}; }}
    QLabel {{ background: transparent; color: {t.text}; }}
    QLabel[look="heading"] {{ font-size: 13pt; font-weight: 600; }}
    QLabel[look="caption"] {{ font-size: 8pt; font-weight: 700; color: {t.muted};
        padding-top: 6px; }}
    QLabel[look="muted"] {{ color: {t.muted}; }}
    QLabel[look="remedy"] {{ color: {t.muted}; font-size: 8.5pt; }}
    QLabel[look~="strong"] {{ font-weight: 600; }}
    QLabel[look="mono"], QLineEdit[look="mono"] {{ font-family: monospace; }}
    QLabel[look~="good"] {{ color: {t.good}; }}
    QLabel[look~="warning"] {{ color: {t.warning}; }}
    QLabel[look~="bad"] {{ color: {t.bad}; }}
    QPushButton {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
        border-radius: 6px; padding: 5px 12px; }}
    QPushButton:hover {{ border-color: {t.muted}; }}
    QPushButton:focus {{ border: 2px solid {t.accent}; padding: 4px 11px; }}
    QPushButton:checked {{ background: {t.selection}; border-color: {t.accent}; }}
    QPushButton:disabled {{ color: {t.muted}; background: {t.panel}; }}
    QPushButton[look="primary"] {{ background: {t.accent}; color: {t.on_accent};
        border-color: {t.accent}; }}
    QPushButton[look="primary"]:focus {{ border-color: {t.text}; }}
    QPushButton[look="primary"]:disabled {{ background: {t.raised}; color: {t.muted};
        border-color: {t.line}; }}
    QPushButton[look="link"] {{ background: transparent; border: 1px solid transparent;
        border-radius: 4px; padding: 0; color: {t.accent}; text-align: left; }}
    QPushButton[look="link"]:hover {{ text-decoration: underline; }}
    QPushButton[look="link"]:focus {{ border-color: {t.accent}; padding: 0; }}
    QPushButton[look="link"]:disabled {{ color: {t.muted}; background: transparent; }}
    QPushButton[look="chip"] {{ border-radius: 10px; padding: 2px 10px; }}
    QPushButton[look="chip"]:focus {{ padding: 1px 9px; }}
    QPushButton[look="chip out"] {{ border-radius: 10px; padding: 2px 10px;
        color: {t.bad}; }}
    QPushButton[look="chip out"]:focus {{ padding: 1px 9px; }}
    QFrame#notice {{ background: {t.raised}; border: 1px solid {t.line};
        border-radius: 6px; }}
    QPushButton[look="quiet"] {{ background: transparent; border-color: transparent;
        color: {t.muted}; }}
    QPushButton[look="quiet"]:hover {{ border-color: {t.line}; color: {t.text}; }}
    QPushButton[look="quiet"]:focus {{ border-color: {t.accent}; }}
    QPushButton[look="left half"] {{ border-top-right-radius: 0;
        border-bottom-right-radius: 0; }}
    QPushButton[look="right half"] {{ border-top-left-radius: 0;
        border-bottom-left-radius: 0; border-left: 0; }}
    QCheckBox {{ color: {t.text}; spacing: 6px; }}
    QCheckBox:disabled {{ color: {t.muted}; }}
    QCheckBox::indicator, QListWidget::indicator, QTableView::indicator {{ width: 14px; height: 14px;
        border: 1px solid {t.muted}; border-radius: 3px; background: {t.panel}; }}
    QCheckBox::indicator:checked, QListWidget::indicator:checked,
    QTableView::indicator:checked {{
        background: {t.accent}; border-color: {t.accent}; image: url("{tick}"); }}
    QCheckBox:focus {{ text-decoration: underline; }}
    QLineEdit {{ background: {t.panel}; color: {t.text};
        border: 1px solid {t.line}; border-radius: 6px; padding: 5px 8px; }}
    QLineEdit:focus {{ border: 2px solid {t.accent};
        padding: 4px 7px; }}
    QAbstractSpinBox, QComboBox {{ background: {t.panel}; color: {t.text};
        border: 1px solid {t.line}; border-radius: 6px; padding: 3px 8px;
        min-height: 22px; }}
    QAbstractSpinBox:hover, QComboBox:hover {{ border-color: {t.muted}; }}
    QAbstractSpinBox:focus, QComboBox:focus {{ border: 2px solid {t.accent};
        padding: 2px 7px; }}
    QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {t.muted}; }}
    QAbstractSpinBox QLineEdit, QComboBox QLineEdit, QAbstractSpinBox QLineEdit:focus,
    QComboBox QLineEdit:focus {{ border: 0; padding: 0 2px; background: transparent; }}
    QComboBox::drop-down, QDateEdit::drop-down {{ border: 0; width: 24px; }}
    QComboBox::down-arrow, QDateEdit::down-arrow {{ image: url("{down}"); width: 12px;
        height: 12px; }}
    QComboBox QAbstractItemView {{ background: {t.panel}; color: {t.text};
        border: 1px solid {t.line}; padding: 4px; outline: 0;
        selection-background-color: {t.selection}; selection-color: {t.text}; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: 0; width: 20px;
        background: transparent; }}
    QAbstractSpinBox::up-arrow {{ image: url("{up}"); width: 10px; height: 10px; }}
    QAbstractSpinBox::down-arrow {{ image: url("{down}"); width: 10px; height: 10px; }}
    QPlainTextEdit, QTextBrowser {{ background: {t.panel}; color: {t.text};
        border: 1px solid {t.line}; border-radius: 6px; padding: 3px 5px; }}
    QPlainTextEdit:focus, QTextBrowser:focus {{ border: 2px solid {t.accent};
        padding: 2px 4px; }}
    QPushButton::menu-indicator {{ image: url("{down}"); width: 10px; height: 10px;
        subcontrol-position: right center; right: 8px; }}
    QTableView, QTreeView, QListWidget, QGraphicsView, QScrollArea {{
        background: {t.panel}; color: {t.text}; border: 0; outline: 0; }}
    QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QTreeView::item, QListWidget::item {{ padding: 4px 2px; color: {t.text}; }}
    QTreeView::item:selected, QListWidget::item:selected {{ background: {t.selection}; }}
    QHeaderView, QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: 0;
        border-bottom: 1px solid {t.line}; font-weight: 600; }}
    QHeaderView::section {{ padding: 6px 10px; }}
    QTableWidget::item {{ padding: 4px 7px; }}
    QProgressBar {{ background: {t.raised}; border: 0; border-radius: 3px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QSplitter::handle {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 4px; min-height: 28px;
        min-width: 28px; margin: 1px; }}
    QScrollBar::handle:hover {{ background: {t.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def window_sheet(tokens: Tokens) -> str:
    """The rules for what is of the window alone: its ground, menus and tabs."""
    t = tokens
    return f"""
    QMainWindow, QDialog, QMessageBox, QMenuBar {{ background: {t.ground};
        color: {t.text}; }}
    QMenuBar::item {{ background: transparent; padding: 3px 9px; color: {t.muted}; }}
    QMenuBar::item:selected {{ background: {t.raised}; color: {t.text}; }}
    QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line};
        padding: 4px; }}
    QMenu::item {{ padding: 5px 26px 5px 20px; }}
    QMenu::item:selected {{ background: {t.selection}; }}
    QMenu::item:disabled {{ color: {t.muted}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
    QDialog QListWidget {{ border: 1px solid {t.line}; border-radius: 6px; }}
    QListView#completions {{ background: {t.panel}; color: {t.text};
        border: 1px solid {t.line}; padding: 3px; outline: 0; }}
    QListView#completions::item {{ padding: 5px 8px; border-radius: 4px; }}
    QListView#completions::item:selected {{ background: {t.selection}; color: {t.text}; }}
    QPushButton#tab {{ background: transparent; border: 0; border-radius: 0;
        color: {t.muted}; padding: 8px 4px; border-bottom: 2px solid transparent; }}
    QPushButton#tab:checked {{ color: {t.text}; font-weight: 700; padding: 8px 4px;
        border-bottom: 2px solid {t.accent}; }}
    QPushButton#tab:focus {{ color: {t.accent}; background: {t.raised}; padding: 8px 4px;
        border: 0; border-bottom: 2px solid transparent; border-radius: 4px; }}
    QPushButton#tab:checked:focus {{ border-radius: 0;
        border-bottom: 2px solid {t.accent}; }}
    """


def _icon(name: str, tokens: Tokens) -> str:
    return resource(f"icons/{name}-{'dark' if tokens.dark else 'light'}.svg").as_posix()
