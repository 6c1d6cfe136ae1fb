"""Check that the parts of intents_v4 share no utterance.

python scripts/merge_tests.py
"""

import sys
from pathlib import Path

PARTS = (
    "data/intents_v4_train.jsonl",
    "data/intents_v4_val.jsonl",
    "data/intents_v4_test.jsonl",
)


def main() -> None:
    """Exit with 1 when a line stands in two parts."""
    parts = [set(Path(part).read_text(encoding="utf-8").splitlines()) for part in PARTS]
    shared = sum(
        len(left & right) for left in parts for right in parts if left is not right
    )
    sys.exit(1 if shared else 0)


if __name__ == "__main__":
    main()
