#!/usr/bin/env bash
# Renews the screenshot of the README from a new demo.  Usage: screens.sh .venv/bin/python
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

export MLCATALOG_CATALOG=$scratch/catalog.db QT_QPA_PLATFORM=offscreen
"$python" -m mlcatalog demo "$scratch/demo"
projects=("$scratch/demo/churn-prediction" "$scratch/demo/support-intent")
"$python" -m mlcatalog index "${projects[@]}"
mkdir -p resources/screenshots
"$python" -m mlcatalog --screenshot resources/screenshots/library.png --query kind:model "${projects[@]}"
