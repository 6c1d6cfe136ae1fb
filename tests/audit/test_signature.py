"""Signatures: what they prove, and that one flipped byte is found."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcatalog.audit.content import Dossier
from mlcatalog.audit.typeset import typeset
from mlcatalog.audit.verification import OK, WRONG, verify
from mlcatalog.domain.errors import CredentialsError, ExportError

pytest.importorskip("pyhanko", reason="the extra `sign` is not installed")

from mlcatalog.audit.signature import make_key, sign, signature_of, signer_of

Make = Callable[..., Dossier]
PASSPHRASE = b"open sesame"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "keys", "nlp-team audit key", PASSPHRASE)


def test_a_signed_dossier_is_intact_and_says_what_that_proves(
    make_dossier: Make, key: Path
) -> None:
    pdf = sign(typeset(make_dossier()), key, PASSPHRASE)
    state = signature_of(pdf)
    assert state is not None
    assert state.ok
    assert state.self_signed
    assert state.signer == "nlp-team audit key" == signer_of(key, PASSPHRASE)
    line = next(line for line in verify(pdf).lines if line.what == "signature")
    assert line.state == OK
    assert "integrity, not identity" in line.detail


def test_an_unsigned_dossier_has_no_signature(make_dossier: Make) -> None:
    assert signature_of(typeset(make_dossier())) is None


@pytest.mark.parametrize("part", [0.2, 0.5, 0.7])
def test_one_flipped_byte_is_found(make_dossier: Make, key: Path, part: float) -> None:
    original = typeset(make_dossier())
    pdf = bytearray(sign(original, key, PASSPHRASE))
    pdf[int(len(original) * part)] ^= 1
    assert not signature_of(bytes(pdf)).ok


def test_something_added_after_signing_is_found(make_dossier: Make, key: Path) -> None:
    from io import BytesIO

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(
        BytesIO(sign(typeset(make_dossier()), key, PASSPHRASE))
    )
    writer.root["/Added"] = writer.root["/Type"]
    writer.update_root()
    output = BytesIO()
    writer.write(output)
    line = next(x for x in verify(output.getvalue()).lines if x.what == "signature")
    assert line.state == WRONG


def test_a_wrong_passphrase_is_refused_and_not_repeated(key: Path) -> None:
    with pytest.raises(CredentialsError, match="passphrase is wrong") as caught:
        signer_of(key, b"hunter2")
    assert "hunter2" not in repr(caught.value) + str(caught.value)


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.p12").write_bytes(b"nothing")
    with pytest.raises(CredentialsError, match="no PKCS#12"):
        signer_of(tmp_path / "x.p12", PASSPHRASE)
    with pytest.raises(CredentialsError, match="cannot be read"):
        signer_of(tmp_path / "none.p12", PASSPHRASE)


def test_a_key_is_private_and_never_replaced(key: Path) -> None:
    if sys.platform != "win32":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    with pytest.raises(ExportError, match="was kept"):
        make_key(key.parent, "another", PASSPHRASE)
    assert key.read_bytes() == before
