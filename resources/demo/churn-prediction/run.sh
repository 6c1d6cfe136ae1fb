#!/usr/bin/env bash
# From the raw export to the model in production and its ONNX twin.
set -euo pipefail
cd "$(dirname "$0")"
model=models/churn-cls-mlp-telco_v3-20260415-r81cc

python scripts/clean.py --config configs/clean_v3.toml
python scripts/train.py --config configs/train_r81cc.yaml
python scripts/evaluate.py --model "$model.safetensors" --data data/telco_v3_holdout.csv --out runs/r81cc
python scripts/export_onnx.py --model "$model.safetensors" --out "$model.onnx"
