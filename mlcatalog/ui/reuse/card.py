"""One candidate as a card: the verdict in a word, the reasons, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from mlcatalog.reuse.candidates import Candidate
from mlcatalog.ui.pieces import button, words

