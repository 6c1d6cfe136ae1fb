"""Templates that are ready to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlcatalog.conventions.rules import FieldRule
from mlcatalog.conventions.template import DEFAULT_TEMPLATE


@dataclass(frozen=True, slots=True)
class Preset:
    """A template with its fields' rules, and a sentence about it."""

    title: str
    template: str
    sentence: str
    rules: Mapping[str, FieldRule] = field(default_factory=dict)
    example: str = ""


_WORDS = r"[A-Za-z0-9 ]+"
PRESETS: dict[str, Preset] = {
    "default": Preset(
        "mlcatalog",
        DEFAULT_TEMPLATE,
        "Project, task, architecture, data, day and run, joined by hyphens.",
        example="churn-cls-gbdt-telco_v3-20260412-r7f3a",
    ),
    "gguf": Preset(
        "GGUF",
        "{base-name}-{size-label}[-{fine-tune}]-{version}[-{encoding}][-{type}][-{shard}]",
        "The naming convention of the GGUF format.",
        {
            "base-name": FieldRule(
                "regex",
                most=120,
                pattern=rf"{_WORDS}(-([A-Za-z][A-Za-z0-9 ]*|[0-9 ]+))*",
                said="a model's name, such as Mixtral",
            ),
            "size-label": FieldRule(
                "regex",
                pattern=r"([0-9]+x)?([0-9]+\.)?[0-9]+[A-Za-z](-[A-Za-z]+([0-9]+\.)?[0-9]+[A-Za-z]+)?",
                said="a size such as 8B or 8x7B",
            ),
            "fine-tune": FieldRule(
                "regex",
                most=120,
                pattern=rf"([A-Za-z]+|[A-Za-z]*[0-9]+)(-{_WORDS})*",
                said="what it was tuned for, such as instruct",
            ),
            "version": FieldRule(
                "regex", pattern=r"v[0-9]+(\.[0-9]+)*", said="a version such as v1.0"
            ),
            "encoding": FieldRule(
                "regex",
                pattern=r"[A-Za-z]+[0-9]+(_[A-Za-z0-9]+)*",
                said="an encoding such as Q4_K_M or F16",
            ),
            "type": FieldRule("vocabulary", values=("LoRA", "vocab", "MTP")),
            "shard": FieldRule(
                "regex",
                pattern=r"[0-9]{5}-of-[0-9]{5}",
                said="a shard such as 00001-of-00009",
            ),
        },
        example="Hermes-2-Pro-Llama-3-8B-v1.0-F16",
    ),
    "mlflow": Preset(
        "MLflow registered name",
        "{name}",
        "A name that MLflow's registry takes in a models:/ address.",
        {
            "name": FieldRule(
                "regex",
                most=200,
                pattern=r"[A-Za-z0-9_]([A-Za-z0-9_. -]*[A-Za-z0-9_-])?",
                said="letters, digits, spaces, dots, dashes and underscores",
            )
        },
        example="churn_scorer",
    ),
    "release": Preset(
        "Release",
        "{name}-{version}",
        "A name and a semantic version.",
        {"name": FieldRule(inside="._-")},
        example="churn-scorer-1.4.0",
    ),
}
