"""Recipes beside models, pointers to bytes elsewhere, and where downloads came from."""

from __future__ import annotations

import json

import pytest

from mlcatalog.domain.words import Kind

MERGE = """models:
  - model: acme/base
    parameters: {weight: 0.5}
  - model: {model: {path: acme/chat}}
  - model: other/math+adapters/lora
merge_method: ties
base_model: acme/base
dtype: bfloat16
"""
SLICES = """slices:
  - sources: [{model: a/one, layer_range: [0, 8]}]
  - sources: [{model: b/two, layer_range: [8, 16]}]
merge_method: passthrough
"""


def test_every_model_of_a_merge_is_a_parent(read, facts, said):
    reading = read("mergekit_config.yml", MERGE)
    assert said(reading) == {
        ("merged_from", "hub", "acme/base"),
        ("merged_from", "hub", "acme/chat"),
        ("merged_from", "hub", "other/math"),
        ("merged_from", "path", "adapters/lora"),
    }
    assert facts(reading)["merge.method"] == "ties"
    assert {target for _, _, target in said(read("m.yaml", SLICES))} == {
        "a/one",
        "b/two",
    }


AXOLOTL = """base_model: acme/base
adapter: lora
lora_model_dir: runs/first
datasets: [{path: acme/talks, type: alpaca}, {path: data/own.jsonl, type: chat}]
output_dir: ./outputs/chat
"""
FACTORY = """model_name_or_path: acme/base
adapter_name_or_path: saves/first
stage: sft
finetuning_type: lora
dataset: identity,alpaca_en
output_dir: saves/second
"""


def test_axolotl_names_base_adapter_data_and_output(read, said):
    assert said(read("axolotl.yaml", AXOLOTL)) >= {
        ("started_from", "hub", "acme/base"),
        ("started_from", "path", "runs/first"),
        ("trained_on", "hub", "acme/talks"),
        ("trained_on", "path", "data/own.jsonl"),
    }


def test_llama_factory_names_several_datasets_on_one_line(read, said):
    assert said(read("sft.yaml", FACTORY)) >= {
        ("started_from", "hub", "acme/base"),
        ("started_from", "path", "saves/first"),
        ("trained_on", "name", "identity"),
        ("trained_on", "name", "alpaca_en"),
    }


KITFILE = """manifestVersion: 1.0.0
package: {name: churn, version: 1.2.0, authors: [Ann]}
model: {name: churn, path: models/churn.onnx, framework: onnx, license: MIT}
datasets: [{name: train, path: data/train.csv}]
code: [{path: train.py}]
docs: [{path: docs/card.md}]
"""


def test_a_kitfile_links_model_data_code_and_documents(read, facts, said):
    reading = read("Kitfile", KITFILE)
    assert said(reading) == {
        ("trained_on", "path", "data/train.csv"),
        ("executed", "path", "train.py"),
        ("describes", "path", "models/churn.onnx"),
    }
    subjects = {claim.subject.id for claim in reading.claims}
    assert subjects == {"models/churn.onnx", "docs/card.md"}
    assert facts(reading)["owner"] == "Ann"


SPACY = {
    "lang": "en", "name": "core_web_sm", "version": "3.8.0", "spacy_version": ">=3.8",
    "spacy_git_version": "abc1234", "sources": [{"name": "OntoNotes 5"}],
    "performance": {"ents_f": 0.84, "speed": 900, "ents_per_type": {"ORG": {"f": 1}}},
}  # fmt: skip


def test_a_spacy_pipeline_tells_scores_sources_and_commit(read, facts, said):
    reading = read("meta.json", json.dumps(SPACY))
    assert reading.kind is Kind.MODEL
    assert said(reading) == {("trained_on", "name", "OntoNotes 5")}
    assert {one.name: one.points[0].value for one in reading.metrics}["ents_f"] == 0.84
    assert facts(reading)["framework.commit"] == "abc1234"


def test_sentence_transformers_tell_their_modules(read, facts):
    modules = [{"idx": 0, "type": "sentence_transformers.models.Pooling"}]
    assert facts(read("modules.json", json.dumps(modules)))["modules"] == '["Pooling"]'
    versions = {"__version__": {"sentence_transformers": "6.2.0"}}
    shown = facts(read("config_sentence_transformers.json", json.dumps(versions)))
    assert shown["framework.version"] == "6.2.0"


DIGEST = "ab" * 32


def test_an_ollama_manifest_names_its_blob_and_parent(read, said):
    kind = "application/vnd.ollama.image"
    layers = [
        {
            "mediaType": f"{kind}.model",
            "digest": f"sha256:{DIGEST}",
            "from": "llama3:8b",
        },
        {"mediaType": f"{kind}.params", "digest": "sha256:" + "cd" * 32},
    ]
    text = json.dumps({"schemaVersion": 2, "layers": layers})
    reading = read("latest", text)
    assert reading.kind is Kind.MODEL
    assert said(reading) == {
        ("derived_from", "sha256", DIGEST),
        ("derived_from", "name", "llama3:8b"),
    }
    assert read("latest", "global_step1000").kind is Kind.DOCUMENT  # DeepSpeed's


POINTER = (
    f"version https://git-lfs.github.com/spec/v1\noid sha256:{DIGEST}\nsize 123456\n"
)


@pytest.mark.parametrize(
    ("name", "kind"), [("model.safetensors", Kind.MODEL), ("data.csv", Kind.DATASET)]
)
def test_a_git_lfs_pointer_is_known_by_the_digest_it_stands_for(
    read, facts, said, name, kind
):
    reading = read(name, POINTER)
    assert (reading.format, reading.kind) == ("git-lfs pointer", kind)
    assert said(reading) == {("copy_of", "sha256", DIGEST)}
    assert facts(reading)["content.size"] == "123456"
    assert reading.notices[0].severity == "note"


def test_a_git_annex_pointer_is_one_too(read, said):
    text = f"/annex/objects/SHA256E-s99--{DIGEST}.onnx\n"
    assert said(read("a.onnx", text)) == {("copy_of", "sha256", DIGEST)}


def test_a_download_knows_its_commit_and_digest(read, tmp_path, facts):
    notes = tmp_path / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    note = f"{'c' * 40}\n{DIGEST}\n1700000000.0\n"
    (notes / "config.json.metadata").write_text(note)
    shown = facts(read("config.json", '{"model_type": "bert"}'))
    assert shown["hub.revision"] == "c" * 40
    assert shown["download.sha256"] == DIGEST


def test_the_cache_of_the_hub_says_id_and_revision(read, facts):
    place = f"models--acme--tiny-bert/snapshots/{'d' * 40}/config.json"
    shown = facts(read(place, '{"model_type": "bert"}'))
    assert (shown["hub.id"], shown["hub.revision"]) == ("acme/tiny-bert", "d" * 40)
