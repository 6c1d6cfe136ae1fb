"""The key store: a real one, a locked one, and none at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from mlcatalog.credentials import KeyStore, Secret, signing_account
from mlcatalog.domain.errors import CredentialsError

REAL = """
from mlcatalog.credentials import KeyStore, Secret
store = KeyStore()
state = store.state()
assert state.usable, state
assert store.find("key") is None
store.keep("key", Secret("s3cret \\u00e9"))
assert store.find("key").reveal() == "s3cret \\u00e9"
store.forget("key")
store.forget("key")
assert store.find("key") is None
print(store.name)
"""
LOCKED = """
import secretstorage
from mlcatalog.credentials import KeyStore, Secret
from mlcatalog.domain.errors import CredentialsError
with secretstorage.dbus_init() as bus:
    secretstorage.get_default_collection(bus).lock()
import keyring.backends.SecretService as service
import keyring.errors
store = KeyStore(service.Keyring())
try:
    store.keep("key", Secret("hunter2"))
except CredentialsError as error:
    assert "hunter2" not in repr(error) + str(error)
    assert error.remedy
    print("refused", error.what)
"""
NONE = """
from mlcatalog.credentials import KeyStore, Secret
from mlcatalog.domain.errors import CredentialsError
store = KeyStore()
state = store.state()
assert not state.usable and state.remedy, state
try:
    store.keep("key", Secret("hunter2"))
except CredentialsError as error:
    assert "hunter2" not in repr(error) + str(error)
    print(store.name, "|", error.what)
"""


class Locked(keyring.backend.KeyringBackend):
    """A key store that stays locked; an error path no real one shows on demand."""

    name = "locked"

    def get_password(self, service: str, username: str) -> str:
        raise keyring.errors.KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked("locked")


class Broken(Locked):
    """A key store whose transport fails, with the secret in the error's text."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"could not send {password}")


def in_own_bus(code: str, tmp_path: Path) -> str:
    """Run Python beside a real, unlocked GNOME Keyring of its own."""
    for tool in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    pytest.importorskip("secretstorage", reason="no Secret Service client")
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    script = (
        "printf '\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
        ' && exec "$0" -c "$1"'
    )
    environment = os.environ | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime)}
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS"):
        environment.pop(name, None)
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, sys.executable, code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_real_key_store_keeps_and_forgets(tmp_path: Path) -> None:
    assert in_own_bus(REAL, tmp_path).endswith("Keyring")


def test_a_real_store_that_is_locked_refuses(tmp_path: Path) -> None:
    assert in_own_bus(LOCKED, tmp_path).startswith("refused")


def test_without_a_key_store_it_says_so(tmp_path: Path) -> None:
    environment = os.environ | {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"
    }
    done = subprocess.run(
        [sys.executable, "-c", NONE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "none | This computer has no key store"


def test_no_key_store_is_a_state_and_no_crash() -> None:
    store = KeyStore(keyring.backends.fail.Keyring())
    state = store.state()
    assert (state.usable, state.name) == (False, "none")
    assert "works without" in state.remedy
    with pytest.raises(CredentialsError, match="no key store"):
        store.find("key")


def test_a_locked_store_asks_to_be_unlocked() -> None:
    with pytest.raises(CredentialsError, match="locked") as caught:
        KeyStore(Locked()).find("key")
    assert "Unlock" in caught.value.remedy


def test_a_failing_store_never_repeats_the_secret() -> None:
    with pytest.raises(CredentialsError) as caught:
        KeyStore(Broken()).keep("key", Secret("hunter2"))
    assert "hunter2" not in str(caught.value) + repr(caught.value)
    assert not KeyStore(Broken()).state().usable


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret("hunter2")
    shown = f"{secret} {secret!r} {[secret]} %s" % secret
    assert "hunter2" not in shown
    assert secret == Secret("hunter2")


def test_each_signing_key_has_its_own_account() -> None:
    assert signing_account("/a.p12") != signing_account("/b.p12")
