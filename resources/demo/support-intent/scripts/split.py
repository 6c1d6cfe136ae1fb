"""Split the labelled utterances into training, validation and test data.

python scripts/split.py --config configs/split_v4.toml
"""

import argparse
import zlib
from pathlib import Path

import settings


def part_of(line: str, config: dict) -> str:
    """Which part a line belongs to: always the same one."""
    share = zlib.crc32(line.encode()) % 100
    if share < config["test_percent"]:
        return "test"
    return "val" if share < config["test_percent"] + config["val_percent"] else "train"


def main(arguments: list | None = None) -> None:
    """Read, deduplicate, split and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True)
    parser.add_argument("--root", type=Path, default=Path())
    options = parser.parse_args(arguments)
    config = settings.read(options.root / options.config)
    text = (options.root / config["source"]).read_text(encoding="utf-8")
    lines = list(dict.fromkeys(text.splitlines()))
    for part, target in config["output"].items():
        kept = [line for line in lines if part_of(line, config["split"]) == part]
        path = options.root / target
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
