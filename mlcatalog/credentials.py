"""The key store: secrets live in the system's own (keyring) and nowhere else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keyring
import keyring.backends.fail
import keyring.errors

from mlcatalog.domain.errors import CredentialsError

SERVICE = "mlcatalog"
NO_STORE = (
    "Unlock or install a key store (GNOME Keyring, KWallet, the macOS Keychain or "
    "the Windows Credential Manager). mlcatalog works without one; it cannot keep "
    "a passphrase then."
)
UNLOCK = "Unlock the key store and try again."


def signing_account(key: str) -> str:
    """The account under which the passphrase of a signing key's file is kept."""
    return f"signing-key:{key}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret that shows itself to nobody who does not ask by name."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The secret's text; hand it on, never print it."""
        return self._text

    def __str__(self) -> str:
        return "(secret)"

    def __repr__(self) -> str:
        return "Secret()"


@dataclass(frozen=True, slots=True)
class StoreState:
    """Which key store is in use, and whether a secret can be kept in it."""

    name: str
    usable: bool
    sentence: str
    remedy: str = ""


class KeyStore:
    """The secrets of one service in a keyring backend; may block on a prompt."""

    def __init__(self, backend: Any = None, *, service: str = SERVICE) -> None:
        self._backend = backend
        self._service = service

    @property
    def name(self) -> str:
        """The backend's name for people; "none" when there is no key store."""
        backend = self._chosen()
        if isinstance(backend, keyring.backends.fail.Keyring):
            return "none"
        return str(getattr(backend, "name", type(backend).__name__))

    def find(self, account: str) -> Secret | None:
        """The secret kept for an account, None if there is none."""
        with self._said_plainly():
            text = self._chosen().get_password(self._service, account)
        return None if text is None else Secret(text)

    def keep(self, account: str, secret: Secret) -> None:
        """Put a secret into the key store, in place of an older one."""
        with self._said_plainly():
            self._chosen().set_password(self._service, account, secret.reveal())

    def forget(self, account: str) -> None:
        """Take a secret out; one that is not there is forgotten already."""
        if self.find(account) is None:
            return
        with self._said_plainly():
            self._chosen().delete_password(self._service, account)

    def state(self) -> StoreState:
        """Try the store with a throw-away secret; never raises."""
        account = f"test-{secrets.token_hex(4)}"
        wanted = Secret(secrets.token_hex(8))
        try:
            self.keep(account, wanted)
            returned = self.find(account)
            self.forget(account)
        except CredentialsError as error:
            return StoreState(self.name, False, error.what, error.remedy)
        if returned != wanted:
            return StoreState(self.name, False, "The key store does not keep secrets")
        return StoreState(self.name, True, f"Secrets are kept in {self.name}")

    def __repr__(self) -> str:
        return f"KeyStore({self.name!r})"

    def _chosen(self) -> Any:
        return self._backend if self._backend is not None else keyring.get_keyring()

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        try:
            yield
        except keyring.errors.NoKeyringError as error:
            raise _refusal("This computer has no key store", NO_STORE) from error
        except keyring.errors.KeyringLocked as error:
            raise _refusal("The key store is locked", UNLOCK) from error
        except keyring.errors.KeyringError as error:
            raise _refusal("The key store said no", UNLOCK, why=str(error)) from error
        except Exception as error:  # backends let their transport's errors out
            why = type(error).__name__  # its text could hold the secret
            raise _refusal("The key store cannot be reached", NO_STORE, why) from error


def _refusal(what: str, remedy: str, why: str = "") -> CredentialsError:
    return CredentialsError(what, why=why, remedy=remedy)
