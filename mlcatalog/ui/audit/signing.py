"""The signing key: where it is, whether its passphrase is kept, and asking for both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from mlcatalog import settings
from mlcatalog.audit.signature import signer_of
from mlcatalog.credentials import KeyStore, Secret, signing_account
from mlcatalog.domain.errors import MlcatalogError
from mlcatalog.tasks.report import SigningKey, signing_key
from mlcatalog.ui.pieces import button, field, words


@dataclass(frozen=True, slots=True)
class KeyState:
    """What is known of the signing key, in a word and in a sentence."""

    path: str = ""
    usable_store: bool = False
    kept: bool = False
    word: str = "not looked up yet"
    sentence: str = ""

    @property
    def ready(self) -> bool:
        """True when a dossier can be signed without asking."""
        return bool(self.path) and self.kept


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """The key file and the passphrase that a person typed."""

    path: Path
    passphrase: Secret
    keep: bool


def key_state(store: KeyStore, settings_path: Path) -> KeyState:
    """Look at settings and key store; blocks, and never raises for a missing store."""
    try:
        path = settings.load(settings_path).signing_key
    except MlcatalogError as error:
        return KeyState(word="settings cannot be read", sentence=str(error))
    state = store.state()
    if not state.usable:
        word = "asked for each time" if path else "no key store"
        return KeyState(
            path, word=word, sentence=f"{state.sentence}. {state.remedy}".strip()
        )
    if not path:
        return KeyState(usable_store=True, word="none chosen", sentence=state.sentence)
    kept = store.find(signing_account(path)) is not None
    word = "in the key store" if kept else "passphrase not kept"
    return KeyState(
        path, usable_store=True, kept=kept, word=word, sentence=state.sentence
    )


def glance(store: KeyStore, settings_path: Path) -> KeyState:
    """The state without disturbing anyone: no key chosen, no key store touched.

    Using a key store may have it ask for a password, which nobody expects who
    has only opened the place.
    """
    try:
        path = settings.load(settings_path).signing_key
    except MlcatalogError as error:
        return KeyState(word="settings cannot be read", sentence=str(error))
    if path:
        return key_state(store, settings_path)
    return KeyState(word="none chosen", sentence="Tick this to choose a key.")


def keep_key(choice: KeyChoice, store: KeyStore, settings_path: Path) -> str:
    """Try the key, remember its path, keep its passphrase if wanted; the signer's name."""
    signer = signer_of(choice.path, choice.passphrase.reveal().encode())
    if choice.keep:
        store.keep(signing_account(str(choice.path)), choice.passphrase)
    chosen = settings.load(settings_path).changed(signing_key=str(choice.path))
    settings.save(chosen, settings_path)
    return signer


@dataclass(frozen=True, slots=True)
class Signing:
    """What signs a dossier: what was typed just now, else what the key store keeps."""

    store: KeyStore
    settings_path: Path
    typed: KeyChoice | None = None

    def key(self) -> SigningKey:
        """The key and its passphrase; raises CredentialsError. Blocks."""
        if self.typed is not None:
            return SigningKey(self.typed.path, self.typed.passphrase)
        return signing_key(settings.load(self.settings_path), self.store)


class KeyDialog(QDialog):
    """Asks for a key file and its passphrase."""

    def __init__(self, state: KeyState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Signing key")
        self.setMinimumWidth(460)
        box = QVBoxLayout(self)
        box.addWidget(words("Sign the dossier", look="heading"))
        box.addWidget(words("KEY FILE (PKCS#12)", look="caption"))
        row = QHBoxLayout()
        self.path = field("Key file", text=state.path, hint="key.p12")
        row.addWidget(self.path, 1)
        row.addWidget(button("Choose…", self._choose, hint="Choose a key file"))
        box.addLayout(row)
        box.addWidget(words("PASSPHRASE", look="caption"))
        self.passphrase = field("Passphrase of the key")
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        box.addWidget(self.passphrase)
        self.keep = QCheckBox("Keep the passphrase in the system's key store")
        self.keep.setAccessibleName("Keep the passphrase in the system's key store")
        self.keep.setChecked(state.usable_store)
        self.keep.setEnabled(state.usable_store)
        box.addWidget(self.keep)
        box.addWidget(words(state.sentence, look="muted", wraps=True))
        buttons = QDialogButtonBox()
        self._use = buttons.addButton(
            "Use this key", QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box.addWidget(buttons)
        self.path.textChanged.connect(self._check)
        self._check()

    @property
    def choice(self) -> KeyChoice:
        """What was typed."""
        typed = Secret(self.passphrase.text())
        return KeyChoice(Path(self.path.text().strip()), typed, self.keep.isChecked())

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            "Signing key",
            self.path.text(),
            "PKCS#12 (*.p12 *.pfx);;All files (*)",
        )
        if name:
            self.path.setText(name)

    def _check(self) -> None:
        self._use.setEnabled(bool(self.path.text().strip()))
