#!/usr/bin/env bash
# From labelled utterances to the base, its fine-tune and its adapter.
set -euo pipefail
cd "$(dirname "$0")"

python scripts/split.py --config configs/split_topics.toml
python scripts/split.py --config configs/split_v4.toml
python scripts/merge_tests.py
python scripts/finetune.py --config configs/pretrain_r02b1.yaml
python scripts/finetune.py --config configs/finetune_r0a11.yaml
python scripts/finetune.py --config configs/lora_r3310.yaml
