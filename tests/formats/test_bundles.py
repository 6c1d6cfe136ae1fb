"""Which files of a folder are one artifact."""

from __future__ import annotations

import pytest

from mlcatalog.formats.bundles import groups

SHARDS = {f"model-0000{n}-of-00002.safetensors" for n in (1, 2)}
INDEX = "model.safetensors.index.json"
CASES: dict[str, tuple[set[str], list[tuple[str, str, set[str], set[str]]]]] = {
    "a Hugging Face model": (
        {"config.json", "model.safetensors", "README.md", "tokenizer.json", "train.py"},
        [
            (
                "huggingface",
                "model.safetensors",
                {"model.safetensors"},
                {"config.json", "README.md", "tokenizer.json"},
            )
        ],
    ),
    "an adapter": (
        {"adapter_config.json", "adapter_model.safetensors", "README.md", "data.csv"},
        [
            (
                "peft",
                "adapter_model.safetensors",
                {"adapter_model.safetensors"},
                {"adapter_config.json", "README.md"},
            )
        ],
    ),
    "a sharded model with its configuration": (
        {"config.json", INDEX, *SHARDS},
        [("huggingface", INDEX, {INDEX, *SHARDS}, {"config.json"})],
    ),
    "shards alone": (
        {INDEX, *SHARDS, "a.csv"},
        [("sharded", INDEX, {INDEX, *SHARDS}, set())],
    ),
    "a checkpoint of a trainer": (
        {"config.json", "model.safetensors", "optimizer.pt", "trainer_state.json"},
        [
            (
                "huggingface",
                "model.safetensors",
                {"model.safetensors"},
                {"config.json", "optimizer.pt", "trainer_state.json"},
            )
        ],
    ),
    "weights without a configuration": ({"model.safetensors", "README.md"}, []),
    "a configuration without weights": ({"config.json", "README.md"}, []),
    "two models of other names": (
        {"a.safetensors", "b.safetensors", "config.json"},
        [],
    ),
    "an index without its shards": ({"config.json", INDEX}, []),
    "a dataset of Hugging Face": (
        {"data-00000-of-00001.arrow", "dataset_info.json", "state.json", "a.csv"},
        [
            (
                "huggingface dataset",
                "data-00000-of-00001.arrow",
                {"data-00000-of-00001.arrow"},
                {"dataset_info.json", "state.json"},
            )
        ],
    ),
    "checkpoints of TensorFlow": (
        {"a.index", "a.data-00000-of-00001", "b.index", "checkpoint"},
        [
            (
                "tensorflow checkpoint",
                "a.index",
                {"a.index", "a.data-00000-of-00001"},
                set(),
            )
        ],
    ),
    "a graph with its fingerprint": (
        {"saved_model.pb", "fingerprint.pb"},
        [("savedmodel", "saved_model.pb", {"saved_model.pb"}, {"fingerprint.pb"})],
    ),
    "nothing": (set(), []),
}


@pytest.mark.parametrize("case", CASES)
def test_files_that_belong_together_make_a_bundle(case):
    names, expected = CASES[case]
    found = groups(frozenset(names))
    shown = [(g.format, g.main, set(g.content), set(g.companions)) for g in found]
    assert shown == expected


def test_no_file_is_in_two_bundles():
    names = {"config.json", "model.safetensors", "adapter_config.json", "README.md"}
    names |= {"adapter_model.safetensors", INDEX, *SHARDS}
    members = [m for g in groups(frozenset(names)) for m in (*g.content, *g.companions)]
    assert len(members) == len(set(members))
