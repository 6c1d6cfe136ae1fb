"""Dossiers of a real catalogue: written, read back, verified, refused."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from mlcatalog.audit.content import FileState, Section
from mlcatalog.catalog.store import Catalog
from mlcatalog.credentials import KeyStore, Secret
from mlcatalog.domain.errors import (
    Cancelled,
    CredentialsError,
    ExportError,
    NotFoundError,
)
from mlcatalog.settings import Settings
from mlcatalog.tasks.index import index
from mlcatalog.tasks.report import SigningKey, dossier, signing_key, write_report
from mlcatalog.tasks.verify import verify_artifacts, verify_file

NAME = "intent-cls-bow-v4-20260502-r0a11"


def safetensors(path: Path) -> None:
    header = {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    head = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + struct.pack("<2f", 1, 2))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    safetensors(folder / f"{NAME}.safetensors")
    (folder / "train.yaml").write_text("lr: 0.1\n")
    return folder


@pytest.fixture
def catalog(tmp_path: Path, project: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db", actor="ana") as opened:
        index(opened, [project], settle_seconds=0)
        yield opened


def test_a_dossier_is_written_recorded_and_proved(
    catalog: Catalog, tmp_path: Path
) -> None:
    target = tmp_path / "out.pdf"
    result = write_report(catalog, [f"name:{NAME}"], target)
    assert result.path == target
    assert (result.subjects, result.changed, result.recorded) == (1, 0, True)
    reader = pypdf.PdfReader(io.BytesIO(target.read_bytes()))
    text = "".join(page.extract_text() for page in reader.pages)
    assert NAME in text
    assert result.evidence_digest in text
    assert [d.digest for d in catalog.dossiers()] == [result.digest]
    assert catalog.journal(1)[0].kind == "dossier"
    found = verify_file(target, catalog=catalog)
    assert found.ok, found.lines
    assert {line.what: line.state for line in found.lines}["journal"] == "ok"


def test_files_are_read_again_at_export(
    catalog: Catalog, project: Path, tmp_path: Path
) -> None:
    weights = project / f"{NAME}.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    result = write_report(catalog, [f"name:{NAME}"], tmp_path / "out.pdf")
    assert result.changed == 1


def test_features_are_printed_with_what_the_dictionary_says(
    catalog: Catalog, project: Path
) -> None:
    data = project / "data"
    data.mkdir()
    (data / "calls_v1.csv").write_text("age,calls\n30,1\n41,2\n")
    (data / "calls_dictionary.csv").write_text(
        "name,description,owner,rationale,code\n"
        "age,Years since birth,sales,Habits,scripts/clean.py\ncalls,,,,\n"
    )
    (project / "train.yaml").write_text(
        f"data: data/calls_v1.csv\nepochs: 3\nmodel_path: {NAME}.safetensors\n"
    )
    index(catalog, [project], settle_seconds=0)
    said = dossier(catalog, [f"name:{NAME}"])
    (line,) = (d for d in said.subjects[0].datasets if d.name == "calls_v1")
    assert {column.key: column.source for column in line.columns} == {
        "age": "Years since birth · rationale: Habits · owner: sales"
        " · code: scripts/clean.py",
        "calls": "",
    }
    assert str(data / "calls_dictionary.csv") in {file.path for file in said.files}


def test_a_preview_reads_no_file(catalog: Catalog) -> None:
    said = dossier(catalog, [f"name:{NAME}"], sections=[Section.METRICS])
    assert {line.state for line in said.files} == {FileState.UNCHECKED}
    assert said.sections == (Section.METRICS,)


def test_the_same_moment_gives_the_same_dossier(catalog: Catalog) -> None:
    one, other = (dossier(catalog, [f"name:{NAME}"], moment=1) for _ in range(2))
    assert one == other


def test_a_model_that_changed_since_does_not_verify(
    catalog: Catalog, project: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.pdf"
    write_report(catalog, [f"name:{NAME}"], target)
    (project / f"{NAME}.safetensors").unlink()
    assert not verify_file(target, catalog=catalog).ok


def test_artifacts_are_verified_without_a_dossier(
    catalog: Catalog, project: Path
) -> None:
    assert verify_artifacts(catalog).ok
    (project / "train.yaml").write_text("lr: 0.2\n")
    found = verify_artifacts(catalog)
    assert not found.ok
    assert [line.path for line in found.files if line.state is FileState.CHANGED] == [
        str(project / "train.yaml")
    ]
    assert verify_artifacts(catalog, [f"name:{NAME}"]).ok


def test_a_target_that_cannot_be_written_is_told(
    catalog: Catalog, tmp_path: Path
) -> None:
    for target in (tmp_path, tmp_path / "none" / "out.pdf"):
        with pytest.raises(ExportError, match="could not be written"):
            write_report(catalog, [f"name:{NAME}"], target)
    assert not list(tmp_path.glob(".dossier-*"))
    assert catalog.dossiers() == ()


def test_a_stopped_export_leaves_nothing(catalog: Catalog, tmp_path: Path) -> None:
    def stop(done: int, total: int | None, note: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_report(catalog, [f"name:{NAME}"], tmp_path / "out.pdf", progress=stop)
    assert not list(tmp_path.glob("*.pdf"))


def test_what_is_not_there_is_named(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        write_report(catalog, ["name:nothing"], tmp_path / "out.pdf")
    with pytest.raises(ExportError, match="at least one"):
        write_report(catalog, [], tmp_path / "out.pdf")


def test_a_signed_dossier_names_its_signer(catalog: Catalog, tmp_path: Path) -> None:
    pytest.importorskip("pyhanko", reason="the extra `sign` is not installed")
    from mlcatalog.audit.signature import make_key

    key = make_key(tmp_path / "keys", "nlp-team", b"sesame")
    target = tmp_path / "out.pdf"
    signing = SigningKey(key, Secret("sesame"))
    result = write_report(catalog, [f"name:{NAME}"], target, signing=signing)
    assert result.signer == "nlp-team"
    assert verify_file(target, catalog=catalog).ok
    pdf = bytearray(target.read_bytes())
    pdf[len(pdf) // 3] ^= 1
    target.write_bytes(pdf)
    assert not verify_file(target, catalog=catalog).ok


def test_without_a_chosen_key_signing_is_refused_in_words() -> None:
    with pytest.raises(CredentialsError, match="No signing key"):
        signing_key(Settings(), KeyStore())
