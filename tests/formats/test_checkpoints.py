"""Checkpoints of real trainers: one file gives parent, data, settings, results."""

from __future__ import annotations

import pytest

FOLDER = "torch_tools"
LIGHTNING = "epoch=1-step=4.ckpt"


@pytest.mark.parametrize("name", ["scripted.pt", LIGHTNING, "best.pt"])
def test_tensors_are_those_that_torch_loads(name, made, expected):
    found = {t.name: list(t.shape) for t in made(f"{FOLDER}/{name}").tensors}
    assert found == expected(FOLDER)[name]["tensors"]


def test_a_scripted_module_is_known_by_its_code(made, facts):
    reading = made(f"{FOLDER}/scripted.pt")
    assert reading.format == "torchscript"
    assert facts(reading)["architecture"] == "Sequential"
    assert len(facts(reading)["architecture.digest"]) == 64


def test_lightning_tells_settings_progress_and_what_it_watched(
    made, expected, facts, params
):
    reading, wanted = made(f"{FOLDER}/{LIGHTNING}"), expected(FOLDER)[LIGHTNING]
    shown = facts(reading)
    assert (shown["epoch"], shown["step"]) == (
        str(wanted["epoch"]),
        str(wanted["step"]),
    )
    assert shown["framework"] == "lightning"
    assert shown["framework.version"] == wanted["version"]
    assert shown["best.of"] == "train_loss"
    assert params(reading) == {key: str(v) for key, v in wanted["params"].items()}


def test_ultralytics_tells_parent_data_results_and_date(made, expected, facts, said):
    reading, wanted = made(f"{FOLDER}/best.pt"), expected(FOLDER)["best.pt"]
    assert said(reading) == {
        ("finetuned_from", "path", wanted["model"]),
        ("trained_on", "path", wanted["data"]),
    }
    shown = facts(reading)
    assert shown["framework"] == "ultralytics"
    assert shown["framework.version"] == wanted["version"]
    assert shown["created"] == wanted["date"]
    assert shown["license"].startswith("AGPL-3.0")
    assert "epoch" not in shown  # a finished training writes -1
    last = {series.name: series.points[-1].value for series in reading.metrics}
    assert wanted["metrics"].items() <= last.items()


def test_the_commit_that_ultralytics_wrote_is_a_fact(tmp_path):
    import pickle

    from mlcatalog.formats import registry

    root = {
        "train_args": {"model": "yolo11n.yaml", "data": "coco8.yaml"},
        "git": {"commit": "abc123", "branch": "main", "origin": "git@host:a/b"},
    }
    path = tmp_path / "last.pt"
    path.write_bytes(pickle.dumps(root, protocol=2))
    reading = registry.read(path)
    shown = {fact.key: fact.value.text for fact in reading.facts}
    assert shown["code.commit"] == "abc123"
    assert shown["code.branch"] == "main"
    assert [claim.relation.value for claim in reading.claims] == ["trained_on"]


def test_training_arguments_are_params(made, expected, facts, params):
    reading = made(f"{FOLDER}/adapter/training_args.bin")
    wanted = expected(FOLDER)["adapter"]
    assert params(reading)["learning_rate"] == str(wanted["learning_rate"])
    assert facts(reading)["seed"] == str(wanted["seed"])
    assert not reading.notices


def test_a_trainer_state_holds_the_losses(made, expected):
    reading = made(f"{FOLDER}/adapter/trainer_state.json")
    curves = {
        series.name: [p.value for p in series.points] for series in reading.metrics
    }
    assert curves["loss"] == expected(FOLDER)["adapter"]["losses"]


def test_an_adapter_names_its_base_and_rank(made, expected, params, said):
    reading = made(f"{FOLDER}/adapter/adapter_config.json")
    assert said(reading) == {("adapter_of", "hub", "acme/tiny-gpt2")}
    assert params(reading)["r"] == str(expected(FOLDER)["adapter"]["rank"])


def test_a_whole_folder_tells_parameters_and_generation(made, expected, facts):
    weights = facts(made(f"{FOLDER}/whole/model.safetensors"))
    assert weights["parameters"] == str(expected(FOLDER)["whole"]["parameters"])
    generation = facts(made(f"{FOLDER}/whole/generation_config.json"))
    assert generation["generation.use_cache"] == "true"
