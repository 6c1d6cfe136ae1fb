"""Configurations, scripts, cards, metrics and environments, written and read."""

from __future__ import annotations

import json

import pytest

from mlcatalog.domain.words import Kind


def claims(reading) -> set[tuple[str, str, str, str]]:
    return {
        (
            one.subject.scheme.value,
            one.relation.value,
            one.target.scheme.value,
            one.target.id,
        )
        for one in reading.claims
    }


def facts(reading) -> dict[str, str]:
    return {fact.key: fact.value.text for fact in reading.facts}


def params(reading) -> dict[str, str]:
    return {param.key: param.value.text for param in reading.params}


def test_a_configuration_names_data_base_and_output(read):
    reading = read(
        "train.yaml",
        "data: data/a.csv\neval_data: data/b.csv\nbase_model: org/base\n"
        "output_dir: runs/r1\noptimizer: {lr: 1.0e-3}\nlayers: [64, 32]\n",
    )
    assert claims(reading) == {
        ("run-of-self", "trained_on", "path", "data/a.csv"),
        ("run-of-self", "evaluated_on", "path", "data/b.csv"),
        ("run-of-self", "started_from", "hub", "org/base"),
        ("run-in", "configured_by", "self", ""),
    }
    assert reading.claims[-1].subject.id == "runs/r1"
    assert params(reading)["optimizer.lr"] == "0.001"
    assert params(reading)["layers"] == "[64, 32]"


def test_settings_of_a_training_made_the_model_that_they_name(read):
    text = "model_path: models/m.pt\ndata: data/a.csv\n"
    made = ("path", "configured_by", "self", "")
    assert made in claims(read("train.yaml", text + "optimizer: {lr: 0.1}\n"))
    assert made in claims(read("train.yaml", text + "epochs: 3\n"))
    assert made not in claims(read("serve.yaml", text + "batch_size: 8\n"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", '[data]\npath = "data/a.csv"\n'),
        ("a.json", '{"data": {"path": "data/a.csv"}}'),
        ("a.yml", "datasets:\n- path: data/a.csv\n  type: alpaca\n"),
        ("a.yml", "train_file: [data/a.csv]\n"),
        ("a.yml", "x: !!python/tuple [1]\ndata: !Odd data/a.csv\n"),
    ],
)
def test_data_is_found_however_it_is_written(read, name, text):
    expected = ("run-of-self", "trained_on", "path", "data/a.csv")
    assert expected in claims(read(name, text))


def test_values_that_name_nothing_make_no_claim(read):
    text = "data: 3\nbase_model: null\nresume_from_checkpoint: true\ntest: fast\n"
    assert not claims(read("a.yaml", text))


def test_anchors_are_followed(read):
    reading = read("a.yaml", "base: &b {lr: 1}\nrun:\n  <<: *b\n  epochs: 2\n")
    assert params(reading) == {"base.lr": "1", "run.lr": "1", "run.epochs": "2"}


def test_a_recipe_makes_its_outputs_from_its_source(read):
    reading = read(
        "split.toml", 'source = "data/a.csv"\n[output]\ntrain = "data/t.csv"\n'
    )
    (found,) = reading.claims
    assert (found.subject.id, found.target.id) == ("data/t.csv", "data/a.csv")
    assert found.relation.value == "derived_from"


def test_a_script_that_serves_deploys_its_model(read):
    code = '"""Serve the model."""\nimport torch, os.path\nMODEL = "models/a.pt"\n'
    reading = read("serve.py", code)
    assert claims(reading) == {("self", "deploys", "path", "models/a.pt")}
    assert facts(reading)["title"] == "Serve the model."
    assert json.loads(facts(reading)["imports"]) == ["os", "torch"]


def test_a_script_that_trains_deploys_nothing(read):
    code = 'import argparse\np = argparse.ArgumentParser()\np.add_argument("--lr")\nx = "a.pt"\n'
    reading = read("train.py", code)
    assert not reading.claims
    assert json.loads(facts(reading)["options"]) == ["--lr"]
    assert json.loads(facts(reading)["references.models"]) == ["a.pt"]


def test_code_that_does_not_parse_costs_a_notice(read):
    reading = read("old.py", "print 'hello'\n")
    assert reading.kind is Kind.SCRIPT
    assert [notice.rule for notice in reading.notices] == ["integrity.unparsed"]


def test_a_shell_script_tells_what_it_calls(read):
    reading = read("run.sh", "#!/bin/sh\n# Train\npython train.py --config c/a.yaml\n")
    assert json.loads(facts(reading)["calls"]) == ["train.py"]
    assert json.loads(facts(reading)["configs"]) == ["c/a.yaml"]
    assert facts(reading)["title"] == "Train"


def test_a_notebook_is_its_cells(read):
    cells = [
        {"cell_type": "markdown", "source": ["# Look\n"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy\n"],
         "outputs": [{"text": "import secret"}]},
    ]  # fmt: skip
    notebook = {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}}
    found = facts(read("look.ipynb", json.dumps(notebook)))
    assert json.loads(found["imports"]) == ["numpy"]
    assert (found["kernel"], found["title"]) == ("python3", "Look")


CARD = """---
license: mit
base_model: [org/a, org/b]
{relation}datasets: [org/data]
model-index:
- name: x
  results:
  - dataset: {{type: data/test.csv}}
    metrics: [{{type: f1, value: 0.9}}]
---
# Title

Words.

Owner: team
"""


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("", "merged_from"),
        ("base_model_relation: finetune\n", "finetuned_from"),
        ("base_model_relation: adapter\n", "adapter_of"),
        ("base_model_relation: quantized\n", "quantized_from"),
        ("library_name: peft\n", "adapter_of"),
    ],
)
def test_a_card_names_parents_data_and_metrics(read, said, relation):
    reading = read("README.md", CARD.format(relation=said))
    assert claims(reading) == {
        ("self", relation, "hub", "org/a"),
        ("self", relation, "hub", "org/b"),
        ("self", "trained_on", "hub", "org/data"),
        ("self", "evaluated_on", "path", "data/test.csv"),
    }
    (metric,) = reading.metrics
    assert (metric.name, metric.points[0].value) == ("f1", 0.9)
    found = facts(reading)
    assert (found["license"], found["title"], found["owner"]) == (
        "mit",
        "Title",
        "team",
    )


def test_a_card_of_a_dataset_describes_its_features(read):
    reading = read(
        "README.md",
        "---\ndataset_info:\n  features:\n  - {name: age, dtype: int64, description: Years}\n---\n",
    )
    assert [(one.name, one.type) for one in reading.columns] == [("age", "int64")]
    assert params(reading) == {"age": "Years"}


def test_an_adapter_names_its_base_with_the_revision(read):
    settings = {
        "peft_type": "LORA",
        "base_model_name_or_path": "org/a",
        "revision": "f0",
        "r": 8,
    }
    reading = read("adapter_config.json", json.dumps(settings))
    (found,) = reading.claims
    assert found.relation.value == "adapter_of"
    assert (found.target.id, found.target.revision) == ("org/a", "f0")
    assert params(reading)["r"] == "8"


def test_a_model_configuration_tells_its_architecture(read):
    settings = {"architectures": ["Bert"], "dtype": "float32", "_name_or_path": "org/a"}
    reading = read("config.json", json.dumps(settings))
    assert facts(reading)["architecture"] == "Bert"
    assert claims(reading) == {("self", "derived_from", "hub", "org/a")}


METRICS: tuple[tuple[str, str, dict[str, list[tuple[int | None, float]]]], ...] = (
    ("metrics.csv", "step,loss\n1,0.5\n2,0.25\n", {"loss": [(1, 0.5), (2, 0.25)]}),
    ("metrics.csv", "epoch,f1,lr\n1,,0.1\n2,0.9,0.1\n", {"lr": [(1, 0.1), (2, 0.1)], "f1": [(2, 0.9)]}),
    ("metrics.csv", "metric,value\nf1,0.9\n", {"f1": [(None, 0.9)]}),
    ("metrics.jsonl", '{"step": 3, "loss": 1}\n{"step": 4, "lo', {"loss": [(3, 1.0)]}),
    ("metrics.json", '{"f1": 0.5, "by": {"a": 1}, "ok": true}', {"f1": [(None, 0.5)], "by.a": [(None, 1.0)]}),
    ("metrics.json", '[{"epoch": 1, "f1": 0.5}]', {"f1": [(1, 0.5)]}),
    ("history.json", '{"epoch": [5, 6], "loss": [2, 1]}', {"loss": [(5, 2.0), (6, 1.0)]}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), METRICS)
def test_metrics_are_series_by_step(read, name, text, expected):
    reading = read(name, text)
    assert reading.kind is Kind.RUN
    assert reading.format == "metrics"
    found = {s.name: [(p.step, p.value) for p in s.points] for s in reading.metrics}
    assert found == expected


def test_the_state_of_a_trainer_holds_its_log(read):
    state = {
        "global_step": 4,
        "epoch": 2.0,
        "log_history": [{"step": 2, "epoch": 1.0, "loss": 3.5}],
    }
    reading = read("trainer_state.json", json.dumps(state))
    assert reading.kind is None
    (series,) = reading.metrics
    assert (series.name, series.points[0].step) == ("loss", 2)
    assert facts(reading)["step"] == "4"


def test_environments_list_packages(read):
    pip = read(
        "requirements.txt",
        "# x\nnumpy==2.0\ntorch[cpu]>=2,<3 ; python_version>'3'\n-e .\n",
    )
    assert params(pip) == {"numpy": "2.0", "torch": ">=2,<3"}
    conda = read(
        "environment.yml",
        "dependencies: [python=3.11, 'numpy>=2', pip, {pip: [peft==0.1]}]\n",
    )
    assert params(conda) == {"python": "3.11", "numpy": ">=2", "pip": "", "peft": "0.1"}


def test_a_data_dictionary_gives_meanings_and_owner(read):
    reading = read("a_dictionary.csv", "name,description,owner\nage,Years,team\n")
    assert params(reading) == {"age": "Years", "age.owner": "team"}
    assert facts(reading)["owner"] == "team"
    assert facts(reading)["features.owned"] == '["age"]'
    table = "| column | description |\n|---|---|\n| `age` | Years |\n"
    assert params(read("dictionary.md", table)) == {"age": "Years"}


def test_results_of_data_tests_name_the_dataset(read):
    text = '{"dataset": "data/a.csv", "success": true, "results": [{}]}'
    reading = read("data_tests.json", text)
    assert claims(reading) == {("self", "tests", "path", "data/a.csv")}
    assert facts(reading)["success"] == "true"


def test_an_index_lists_its_shards(read):
    weights = {"a": "m-1.safetensors", "b": "m-2.safetensors"}
    index = {
        "metadata": {"total_size": 8, "total_parameters": 2},
        "weight_map": weights,
    }
    found = facts(read("model.safetensors.index.json", json.dumps(index)))
    assert (found["parameters"], found["tensors"]) == ("2", "2")
    assert json.loads(found["shards"]) == ["m-1.safetensors", "m-2.safetensors"]


def test_a_yaml_list_of_nested_tables_is_settings_and_one_of_rows_is_data(read) -> None:
    operations = "- model: churn\n  operations:\n    train:\n      main: train\n"
    reading = read("guild.yml", operations)
    assert (reading.format, reading.kind) == ("yaml", Kind.CONFIG)
    told = {param.key: param.value.text for param in reading.params}
    assert told["0.operations.train.main"] == "train"
    reading = read("rows.yml", "- {x: 1, y: a}\n- {x: 2, y: b}\n")
    assert (reading.format, reading.kind) == ("yaml", Kind.DATASET)
    assert [column.name for column in reading.columns] == ["x", "y"]
