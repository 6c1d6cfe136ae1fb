"""Passwords and keys in files are told of, and no value of one is kept."""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import pytest

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.secrets import Found, is_secret, masked, told_plainly
from mlcatalog.tasks.index import index

CONFIG = """\
lr: 0.1
max_tokens: 512
pad_token: "<pad>"
tokenizer: bert
database:
  url: postgresql://ada:tr0ub4dor@db.example/models
  password: correct-horse
storage:
  secretAccessKey: wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY
  api_key: ${API_KEY}
tracking: {pin_password: 482913}
train_data: https://ada:n0t-for-you@data.example/telco.csv
"""
SCRIPT = """\
import os
API_KEY = "k3y-of-ours-4711"
token = os.environ["HF_TOKEN"]
hub = "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"
"""
VALUES = (
    "tr0ub4dor",
    "correct-horse",
    "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    "482913",
    "n0t-for-you",
    "k3y-of-ours-4711",
    "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH",
)


def kept(path: Path) -> bytes:
    """Everything that the catalogue's files hold, texts unpacked."""
    raw = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    place, texts = raw.find(b"x\x9c"), []
    while place >= 0:
        with contextlib.suppress(zlib.error):
            texts.append(zlib.decompressobj().decompress(raw[place:]))
        place = raw.find(b"x\x9c", place + 1)
    return raw + b"".join(texts)


def test_no_value_of_a_secret_is_kept_and_each_is_told_of(
    catalog: Catalog, folder: Path, tmp_path: Path
) -> None:
    (folder / "serve.yaml").write_text(CONFIG)
    (folder / "serve.py").write_text(SCRIPT)
    index(catalog, [folder], settle_seconds=0)
    held = kept(catalog.path)
    assert b"postgresql://" in held, "the texts are not looked at"
    assert [value for value in VALUES if value.encode() in held] == []
    said = {
        Path(one.path or "").name: one.message
        for one in catalog.findings()
        if one.rule == "safety.secret"
    }
    assert set(said) == {"serve.yaml", "serve.py"}
    assert "database.password (line 7)" in said["serve.yaml"]
    assert "storage.secretAccessKey (line 9)" in said["serve.yaml"]
    assert "tracking.pin_password (line 11)" in said["serve.yaml"]
    assert "API_KEY (line 2)" in said["serve.py"]
    assert "lr" not in said["serve.yaml"]
    (row,) = catalog.list("name:serve kind:config")
    params = catalog.details((row.id,))[0].params
    assert params["database.password"].text == "(withheld)"
    assert params["database.url"].text == "postgresql://(withheld)@db.example/models"
    assert params["storage.api_key"].text == "${API_KEY}"
    assert params["pad_token"].text == "<pad>"
    assert params["max_tokens"].number == 512


@pytest.mark.parametrize(
    ("key", "held"),
    [
        ("password", True),
        ("db.user_password", True),
        ("openai.apiKey", True),
        ("aws-secret-access-key", True),
        ("hub_token", True),
        ("max_tokens", False),
        ("eos_token", False),
        ("password_field", False),
        ("key", False),
        ("api_key_env", False),
        ("primary_key", False),
    ],
)
def test_what_is_a_secret_is_known_by_its_name(key: str, held: bool) -> None:
    assert is_secret(key) is held


def test_a_private_key_goes_and_the_lines_below_keep_their_numbers() -> None:
    body = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"
    text, found = masked(f"key: |\n  {body}\npassword = 'tr0ub4dor'\n", {})
    assert "MIIE" not in text
    assert "tr0ub4dor" not in text
    assert found == [Found("a private key", 2), Found("password", 6)]


@pytest.mark.parametrize(
    "line",
    [
        "a" * 1_000_000,
        "password" * 100_000,
        "://" * 300_000,
        "sk-" * 300_000,
        "-" * 10**6,
    ],
    ids=["word", "names", "addresses", "shapes", "dashes"],
)
def test_a_long_line_of_what_looks_like_one_is_soon_read(line: str) -> None:
    assert masked(f"PRIVATE KEY {line}\n", {})[0].startswith("PRIVATE KEY ")


def test_a_sentence_about_secrets_is_none_and_a_passphrase_of_words_is() -> None:
    told = '{"safety.secret": "A file holds a key"}'
    assert masked(told, {}) == (told, [])
    text, found = masked('passphrase = "correct horse battery"', {})
    assert "horse" not in text
    assert found == [Found("passphrase", 1)]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("train.py --lr 0.1 --api-key=k3y-4711", "train.py --lr 0.1 --api-key=(withheld)"),
        ("run --db-password tr0ub4dor -v", "run --db-password (withheld) -v"),
        ("run --hub-token $HF_TOKEN", "run --hub-token $HF_TOKEN"),
        ("run --max-tokens 512", "run --max-tokens 512"),
        ("git clone https://ada:pa55@x.example/r", "git clone https://(withheld)@x.example/r"),
    ],
)  # fmt: skip
def test_a_command_is_told_without_its_passwords(command: str, told: str) -> None:
    assert told_plainly(command) == told
