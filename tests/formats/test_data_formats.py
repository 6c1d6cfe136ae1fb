"""Datasets, their descriptions and their tests, held against the tools that wrote them."""

from __future__ import annotations

import io
import json
import struct
import tarfile

import pytest

from mlcatalog.domain.errors import FormatError
from mlcatalog.domain.words import Kind
from mlcatalog.formats import registry
from mlcatalog.formats.samples import masked


def test_a_hugging_face_dataset_tells_rows_features_and_history(made, expected, facts):
    wanted = expected("data")["hf"]
    shown = facts(made("data/hf/data-00000-of-00001.arrow"))
    assert shown["rows"] == str(wanted["rows"])
    assert json.loads(shown["features"]) == wanted["features"]
    info = made("data/hf/dataset_info.json")
    assert {column.name: column.type for column in info.columns} == wanted["types"]
    assert facts(made("data/hf/state.json"))["history"] == wanted["fingerprint"]


@pytest.mark.parametrize("name", ["table.feather", "chunks.arrow"])
def test_arrow_files_tell_rows_and_columns(name, made, expected, facts):
    reading, wanted = made(f"data/{name}"), expected("data")["arrow"]
    assert facts(reading)["rows"] == str(wanted["rows"])
    assert [column.name for column in reading.columns] == wanted["columns"]


def test_a_list_of_datasets_of_llama_factory_stays_a_configuration(read):
    reading = read("dataset_info.json", '{"alpaca": {"file_name": "alpaca.json"}}')
    assert reading.kind is Kind.CONFIG


def test_croissant_describes_files_by_digest_and_columns_by_words(
    made, expected, facts, said
):
    reading, wanted = made("data/croissant.json"), expected("data")["croissant.json"]
    assert reading.kind is Kind.DOCUMENT
    assert ("describes", "sha256", wanted["sha256"]) in said(reading)
    assert ("describes", "path", "customers.csv") in said(reading)
    assert json.loads(facts(reading)["features.documented"]) == wanted["fields"]
    assert facts(reading)["title"] == wanted["name"]


def test_a_data_package_tells_which_fields_are_documented(made, expected, facts, said):
    reading, wanted = (
        made("data/datapackage.json"),
        expected("data")["datapackage.json"],
    )
    digest = wanted["hash"].removeprefix("sha256:")
    assert ("describes", "sha256", digest) in said(reading)
    assert [column.name for column in reading.columns] == wanted["fields"]
    assert json.loads(facts(reading)["features.documented"]) == wanted["documented"]


@pytest.mark.parametrize("name", ["grid2.zarr/.zmetadata", "grid3.zarr/zarr.json"])
def test_a_zarr_group_lists_its_arrays(name, made, expected, facts):
    reading, wanted = made(f"data/{name}"), expected("data")[name.split("/")[0]]
    shapes = {c.name: json.loads(c.type[c.type.index("[") :]) for c in reading.columns}
    assert shapes == {key: shape for key, (_, shape, _) in wanted.items()}
    assert facts(reading)["rows"] == "4"


def test_a_zarr_array_tells_its_chunks(made, facts):
    for name in ("grid2.zarr/images/.zarray", "grid3.zarr/images/zarr.json"):
        assert facts(made(f"data/{name}"))["chunks"] == "[2, 8, 8]"


def test_a_shard_tells_samples_and_their_parts(made, expected, facts):
    reading, wanted = (
        made("data/shard-000000.tar"),
        expected("data")["shard-000000.tar"],
    )
    assert facts(reading)["rows"] == str(wanted["rows"])
    assert sorted(column.name for column in reading.columns) == wanted["keys"]


def test_a_tar_of_other_things_is_no_shard(tmp_path):
    path = tmp_path / "backup.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("a.txt", "b.csv", "c"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    assert registry.read(path).format == "tar"


def record(raw: bytes) -> bytes:
    head = struct.pack("<Q", len(raw))
    sums = (struct.pack("<I", masked(part)) for part in (head, raw))
    return head + next(sums) + raw + next(sums)


def part(number: int, raw: bytes) -> bytes:
    return bytes([number << 3 | 2, len(raw)]) + raw


def test_tfrecords_tell_features_and_count(tmp_path, facts):
    feature = part(1, part(1, b"label") + part(2, part(3, b"\x0a\x01\x07")))
    path = tmp_path / "a.tfrecord"
    path.write_bytes(record(part(1, feature)) * 5)
    reading = registry.read(path)
    assert facts(reading)["rows"] == "5"
    assert [(c.name, c.type) for c in reading.columns] == [("label", "int64")]


def test_tfrecords_of_tensorflow_tell_what_it_reads(made, expected, facts):
    reading = made("tensorflow/samples.tfrecord")
    wanted = expected("tensorflow")["samples.tfrecord"]
    assert facts(reading)["rows"] == str(wanted["rows"])
    assert {one.name: one.type for one in reading.columns} == wanted["features"]


def test_a_checksum_of_the_specification():
    # RFC 3720 B.4: 32 bytes of zeros have the crc32c 0x8A9136AA.
    crc = 0x8A9136AA
    assert masked(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_a_validation_tells_outcome_and_what_was_tested(made, expected, facts, said):
    reading, wanted = made("data/validation.json"), expected("data")["validation.json"]
    shown = facts(reading)
    assert shown["success"] == str(wanted["success"]).lower()
    assert (shown["tests"], shown["tests.failed"]) == ("2", str(wanted["failed"]))
    assert "not_be_null (total)" in shown["tests.failed.names"]
    assert said(reading) == {("tests", "path", "/elsewhere/project/data/customers.csv")}


def test_a_pandera_schema_documents_and_tests(made, facts):
    shown = facts(made("data/schema.yaml"))
    assert shown["features.documented"] == '["age"]'
    assert shown["tests.defined"] == "2"


DBT = """version: 2
models:
  - name: customers
    meta: {owner: data team}
    columns:
      - name: age
        description: Age in years
        data_tests: [not_null, positive]
      - name: plan
"""


def test_a_dbt_schema_documents_its_tables(read, facts, said):
    reading = read("schema.yml", DBT)
    assert (reading.format, reading.kind) == ("dbt schema", Kind.DOCUMENT)
    assert said(reading) == {("describes", "name", "customers")}
    shown = facts(reading)
    assert shown["features.documented"] == '["age"]'
    assert (shown["tests.defined"], shown["owner"]) == ("2", "data team")


def test_results_of_dbt_count_tests(read, facts, said):
    results = [
        {"unique_id": "test.shop.not_null_age.1", "status": "pass"},
        {"unique_id": "test.shop.positive_age.2", "status": "fail"},
        {"unique_id": "model.shop.customers", "status": "success"},
    ]
    text = json.dumps({"metadata": {"dbt_version": "1.9"}, "results": results})
    reading = read("run_results.json", text)
    shown = facts(reading)
    assert (shown["success"], shown["tests"]) == ("false", "2")
    assert shown["tests.failed.names"] == '["positive_age"]'
    assert said(reading) == {("tests", "name", "customers")}


JUNIT = """<?xml version="1.0"?>
<testsuites><testsuite name="data" timestamp="2026-01-02T03:04:05">
<properties><property name="dataset" value="data/customers.csv"/></properties>
<testcase classname="t" name="no_nulls"/>
<testcase classname="t" name="in_range"><failure message="no">x</failure></testcase>
</testsuite></testsuites>"""


def test_junit_results_tell_what_failed(read, facts, said):
    reading = read("junit.xml", JUNIT)
    shown = facts(reading)
    assert (shown["tests"], shown["tests.failed.names"]) == ("2", '["t.in_range"]')
    assert said(reading) == {("tests", "path", "data/customers.csv")}


LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><testsuite>&b;</testsuite>'
)
HOSTILE: dict[str, tuple[str, bytes]] = {
    "entities in junit": ("junit.xml", LAUGHS.encode()),
    "outer entities in junit": (
        "junit.xml",
        b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite>&a;</testsuite>',
    ),
    "deep junit": ("junit.xml", b"<testsuite>" * 10_000),
    "arrow with an endless message": ("a.arrow", b"\xff\xff\xff\xff\xff\xff\xff\x7f"),
    "arrow without a schema": ("a.arrow", b"\xff\xff\xff\xff\0\0\0\0"),
    "a tar member beyond the end": (
        "a.tar",
        b"a".ljust(124, b"\0")
        + b"77777777777\0".ljust(133, b"\0")
        + b"ustar\0".ljust(255, b"\0"),
    ),
    "a record beyond the end": (
        "a.tfrecord",
        struct.pack("<Q", 1 << 40)
        + struct.pack("<I", masked(struct.pack("<Q", 1 << 40))),
    ),
    "a package without resources": ("datapackage.json", b"{}"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_lies_is_refused(tmp_path, case):
    name, content = HOSTILE[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError):
        registry.read(path)


def test_columns_of_dbt_have_owners_of_their_own_or_their_tables(read, facts, params):
    text = (
        "version: 2\nmodels:\n- name: usage\n  config:\n    meta: {owner: billing}\n"
        "  columns:\n  - {name: calls, description: Calls made}\n"
        "  - {name: plan, description: The plan, meta: {owner: crm, rationale: price}}\n"
    )
    reading = read("schema.yml", text)
    assert facts(reading)["features.owned"] == '["calls", "plan"]'
    assert params(reading)["calls.owner"] == "billing"
    assert params(reading)["plan.owner"] == "crm"
    assert params(reading)["plan.rationale"] == "price"
