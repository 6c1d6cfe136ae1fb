"""Configuration keys that name data, base models and output folders.

A key counts by its last part ("train.data_path" by "data_path"), lower case,
with "-" read as "_". Which tools write which key:
transformers, axolotl, LLaMA-Factory, TRL, Ultralytics, Lightning and Hydra
projects, and plain habit.
"""

from __future__ import annotations

TRAINING_DATA_KEYS: tuple[str, ...] = (
    "data",
    "data_path",
    "data_file",
    "data_files",
    "data_dir",
    "dataset",
    "dataset_name",
    "dataset_path",
    "dataset_dir",
    "datasets",
    "input_data",
    "train",
    "train_data",
    "train_data_path",
    "train_dataset",
    "train_file",
    "train_files",
    "train_path",
    "training_data",
)

EVALUATION_DATA_KEYS: tuple[str, ...] = (
    "eval_data",
    "eval_dataset",
    "eval_file",
    "evaluation_data",
    "holdout",
    "holdout_data",
    "test",
    "test_data",
    "test_dataset",
    "test_file",
    "test_path",
    "val",
    "val_data",
    "val_dataset",
    "val_file",
    "valid_data",
    "validation_data",
    "validation_file",
    "validation_path",
)

BASE_MODEL_KEYS: tuple[str, ...] = (
    "adapter_name_or_path",
    "base",
    "base_checkpoint",
    "base_model",
    "base_model_name_or_path",
    "checkpoint_path",
    "init_checkpoint",
    "init_from",
    "lora_model_dir",
    "model_name_or_path",
    "pretrained",
    "pretrained_model",
    "pretrained_model_name_or_path",
    "resume_from",
    "resume_from_checkpoint",
    "warm_start",
)

OUTPUT_KEYS: tuple[str, ...] = (
    "log_dir",
    "out_dir",
    "output_dir",
    "output_folder",
    "output_path",
    "run_dir",
    "save_dir",
)


def last_part(key: str) -> str:
    """The part of a flattened key that decides: "a.train-data" gives "train_data"."""
    return key.rsplit(".", 1)[-1].lower().replace("-", "_")


def looks_like_reference(text: str) -> bool:
    """Whether a value can name a file, a folder or a hub id, and not a number or flag."""
    shown = text.strip()
    if not shown or len(shown) > 1_024 or "\n" in shown:
        return False
    if shown.lower() in ("true", "false", "none", "null", "auto", "default"):
        return False
    return any(letter.isalpha() for letter in shown)
