"""A small project with everything that makes renames hard, and how it looks."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.rename_plan import RenamePlan, Wanted, planned

OLD, NEW = "final_scorer_v2", "churn-cls-mlp-telco_v3-20260502-r9d02"


def model(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    raw = json.dumps(header).encode()
    body = struct.pack("<4f", *(seed * n for n in range(1, 5)))
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + body)
    return path


def build(root: Path) -> Path:
    """Models that swap names, differ by case, lie in each other; texts about them."""
    model(root / "models" / f"{OLD}.safetensors", 1)
    model(root / "models" / "alpha_1.safetensors", 2)
    model(root / "models" / "beta_2.safetensors", 3)
    model(root / "models" / "Upper_3.safetensors", 4)
    model(root / "models" / "old_bundle" / "model.safetensors", 5)
    (root / "models" / "old_bundle" / "config.json").write_text(
        '{"model_type": "bert", "architectures": ["BertModel"]}'
    )
    model(root / "models" / "old_bundle" / "heads" / "head_7.safetensors", 6)
    (root / "models" / f"{OLD}.safetensors.dvc").write_text(
        f"outs:\n- md5: 0123\n  path: {OLD}.safetensors\n"
    )
    (root / "models" / ".gitignore").write_text(f"/{OLD}.safetensors\n")
    (root / "train.yaml").write_text(
        f"start: models/{OLD}.safetensors\nother: models/alpha_1.safetensors\n"
        "base: ./models/old_bundle/model.safetensors\n"
        f"far: s3://bucket/models/{OLD}.safetensors\n"
        f"near: elsewhere/{OLD}.safetensors\nlonger: my{OLD}.safetensors\n"
    )
    (root / "README.md").write_text(
        f"# Scorer\nThe model {OLD} replaces alpha_1.safetensors.\n"
    )
    (root / "serve.py").write_text(f'MODEL = "models/{OLD}.safetensors"\n')
    return root


WANTED = {
    f"models/{OLD}.safetensors": NEW,
    "models/alpha_1.safetensors": "beta_2",
    "models/beta_2.safetensors": "alpha_1",
    "models/Upper_3.safetensors": "upper_3",
    "models/old_bundle": "new_bundle",
    "models/old_bundle/heads/head_7.safetensors": "head_8",
}


def plan_of(catalog: Catalog, root: Path) -> RenamePlan:
    wanted = [Wanted(str(root / path), name) for path, name in WANTED.items()]
    return planned(catalog, wanted)


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
