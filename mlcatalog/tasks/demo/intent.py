"""The demo's support-intent project: a base, a fine-tune, an adapter."""

from __future__ import annotations

import json
from pathlib import Path

from mlcatalog.tasks.demo import samples, scripts, tracking

NAME = "support-intent"
SPLITS = ("split_topics.toml", "split_v3.toml", "split_v4.toml")
TRAININGS = (
    "pretrain_r02b1.yaml",
    "train_r2c77.json",
    "finetune_r0a11.yaml",
    "finetune_r6f40.yaml",
    "lora_r3310.yaml",
)
FINE_TUNE = "models/intent-cls-hashbow-intents_v4-20260502-r0a11"


def build(root: Path) -> None:
    """Make the project's data and train its models, the base first."""
    _write_utterances(root / "data")
    with scripts.importable(NAME):
        for config in SPLITS:
            scripts.run("split", root, config=f"configs/{config}")
        for config in TRAININGS:
            scripts.run("finetune", root, config=f"configs/{config}")
    _fill_card(root / FINE_TUNE / "README.md", root / "runs/r0a11/eval.json")
    tracking.write_hydra(root, "finetune_r6f40", "2026-05-30/09-12-44")


def _write_utterances(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    intents = tuple(samples.INTENTS)
    texts = {
        "topics_v1.jsonl": samples.utterances(intents, seed=1, topics=True),
        "intents_v3.jsonl": samples.utterances(intents[:8], seed=3),
        "intents_v4.jsonl": samples.utterances(intents, seed=4),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _fill_card(card: Path, evaluation: Path) -> None:
    """Put the measured metrics into the model card."""
    text = card.read_text(encoding="utf-8")
    for name, value in json.loads(evaluation.read_text(encoding="utf-8")).items():
        text = text.replace(f"@{name}@", str(value))
    card.write_text(text, encoding="utf-8")
