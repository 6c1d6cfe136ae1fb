"""An optional signature on a dossier: PAdES, with a key that the person has.

A self-signed key proves that a document was not changed since it was signed
(integrity). It does not prove who signed it (identity).
"""

from __future__ import annotations

import contextlib
import datetime
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcatalog.domain.errors import CredentialsError, ExportError

FIELD = "mlcatalog"
KEY_DAYS = 3_650
KEY_LIMIT = 1 << 20  # bytes; a PKCS#12 file is a few thousand
SELF_SIGNED = "a self-signed key: it proves integrity, not identity"


@dataclass(frozen=True, slots=True)
class SignatureState:
    """What a document's signature proves."""

    intact: bool  # the signed bytes are as they were
    whole: bool  # the signature covers the document to its last byte
    signer: str
    self_signed: bool
    signed_at: str = ""  # as the signer's computer said, ISO 8601

    @property
    def ok(self) -> bool:
        """True when nothing was changed since the signing."""
        return self.intact and self.whole


def make_key(folder: Path, name: str, passphrase: bytes) -> Path:
    """Write a self-signed PKCS#12 key for `name`; never replaces a file.

    Raises ExportError when it cannot be written.
    """
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import (
        serialize_key_and_certificates,
    )

    key, certificate = _self_signed(name)
    content = serialize_key_and_certificates(
        name.encode(), key, certificate, None, BestAvailableEncryption(passphrase)
    )
    path = folder / "mlcatalog-signing-key.p12"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise ExportError(
            "There is a signing key already, and it was kept",
            where=str(path),
            remedy="Use that key, or choose another folder.",
        ) from error
    except OSError as error:
        raise ExportError(
            "The signing key could not be written", where=str(path), why=str(error)
        ) from error
    return path


def signer_of(key: Path, passphrase: bytes) -> str:
    """The name in a key's certificate; raises CredentialsError."""
    return _subject(_loaded(key, passphrase).signing_cert)


def sign(pdf: bytes, key: Path, passphrase: bytes) -> bytes:
    """The document with a certifying PAdES signature that allows no change.

    Raises CredentialsError for a key or passphrase that does not work.
    """
    _require_pyhanko()
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        reason="Audit dossier",
    )
    output = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)),
        metadata,
        signer=_loaded(key, passphrase),
    )
    return bytes(output.getvalue())


def signature_of(pdf: bytes) -> SignatureState | None:
    """What the document's last signature proves, None for an unsigned one.

    Uses no network: revocation is not looked up. Raises CredentialsError where
    the extra `sign` is not installed.
    """
    _require_pyhanko()
    from pyhanko.pdf_utils.reader import PdfFileReader

    signatures = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
    return _state(signatures[-1]) if signatures else None


def _state(signature: Any) -> SignatureState:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    certificate = signature.signer_cert
    status = validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=[certificate], allow_fetching=False),
        key_usage_settings=KeyUsageConstraints(key_usage=set()),
    )
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    moment = status.signer_reported_dt
    return SignatureState(
        intact=bool(status.intact and status.valid),
        whole=whole,
        signer=_subject(certificate),
        self_signed=certificate.self_signed != "no",
        signed_at=moment.isoformat() if moment else "",
    )


def _loaded(key: Path, passphrase: bytes) -> Any:
    _require_pyhanko()
    from pyhanko.sign import signers

    try:
        with key.open("rb") as file:
            content = file.read(KEY_LIMIT)
    except OSError as error:
        raise CredentialsError(
            "The signing key cannot be read",
            where=str(key),
            why=error.strerror or "",
            remedy="Choose the PKCS#12 file (.p12 or .pfx) in the settings.",
        ) from error
    signer = None
    with contextlib.suppress(ValueError, TypeError, OSError):
        signer = signers.SimpleSigner.load_pkcs12_data(content, [], passphrase)
    if signer is None:
        raise CredentialsError(
            "The signing key cannot be opened",
            where=str(key),
            why="The passphrase is wrong, or the file is no PKCS#12 key",
            remedy="Enter the passphrase again, or choose another key.",
        )
    return signer


def _subject(certificate: Any) -> str:
    native = certificate.subject.native
    name = native.get("common_name") or certificate.subject.human_friendly
    return str(name)


def _self_signed(name: str) -> tuple[Any, Any]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    today = datetime.datetime.now(datetime.UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(names)
        .issuer_name(names)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(minutes=5))
        .not_valid_after(today + datetime.timedelta(days=KEY_DAYS))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _require_pyhanko() -> None:
    try:
        import pyhanko  # noqa: F401
    except ImportError as error:
        raise CredentialsError(
            "Signatures need an extra part of mlcatalog",
            remedy="Install mlcatalog[sign].",
        ) from error
