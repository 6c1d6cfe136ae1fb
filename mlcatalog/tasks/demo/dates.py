"""When each file of the demo was last written, as its story has it."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

# The first pattern that fits decides; more special ones stand first.
STORY: tuple[tuple[str, str], ...] = (
    ("*/r7a90/eval.json", "2026-03-02T09:20:14"),
    ("*r7a90*.yaml", "2026-03-02T09:10:02"),
    ("*r7a90*", "2026-03-02T09:12:40"),
    ("*/r81cc/eval.json", "2026-04-15T14:15:20"),
    ("*r81cc*.yaml", "2026-04-15T13:58:44"),
    ("*r81cc.onnx", "2026-04-15T14:31:05"),
    ("*r81cc*", "2026-04-15T14:07:31"),
    ("*final_model_v2_REALLY*", "2026-04-28T18:03:12"),
    ("*/r9d02/eval.json", "2026-05-02T08:41:00"),
    ("*/r9d02/checkpoints/step_60.*", "2026-05-02T07:51:33"),
    ("*r9d02.onnx", "2026-05-02T07:55:10"),
    ("*r9d02*.yaml", "2026-05-02T07:40:00"),
    ("*r9d02*", "2026-05-02T08:30:00"),
    ("*/ra1f4/eval.json", "2026-05-20T16:52:30"),
    ("*ra1f4*.yaml", "2026-05-20T16:30:09"),
    ("*ra1f4*", "2026-05-20T16:45:12"),
    ("*model (3)*", "2026-05-27T19:44:51"),
    ("*rb2e0*.yaml", "2026-06-01T11:02:40"),
    ("*rb2e0*", "2026-06-01T11:20:05"),
    ("*legacy_scorer*", "2025-11-19T22:07:02"),
    ("*mlflow.db", "2026-06-01T11:20:06"),
    ("*telco_raw.csv", "2026-02-12T06:00:00"),
    ("*telco_v2*", "2026-02-27T10:30:18"),
    ("*clean_v2.toml", "2026-02-27T10:28:00"),
    ("*data_tests_telco_v3.json", "2026-04-14T17:02:11"),
    ("*telco_v3*", "2026-04-14T16:58:47"),
    ("*clean_v3.toml", "2026-04-14T16:51:32"),
    ("*telco_dictionary.csv", "2026-04-14T17:20:00"),
    ("churn-prediction/scripts/*", "2026-04-14T15:05:26"),
    ("churn-prediction/*", "2026-04-16T09:00:00"),
    ("*topics*", "2026-02-10T16:12:09"),
    ("*intents_v3*", "2026-03-10T12:00:41"),
    ("*split_v3*", "2026-03-10T11:56:30"),
    ("*r02b1*.yaml", "2026-02-11T09:41:17"),
    ("*r02b1*", "2026-02-11T10:00:00"),
    ("*support-intent-base/*", "2026-02-11T10:00:00"),
    ("*r2c77.json", "2026-03-11T15:01:55"),
    ("*r2c77*", "2026-03-11T15:22:09"),
    ("*/runs/r0a11/eval.json", "2026-05-02T14:19:45"),
    ("*r0a11/README.md", "2026-05-02T15:02:10"),
    ("*r0a11*.yaml", "2026-05-02T13:44:20"),
    ("*/r0a11/checkpoint-200/*", "2026-05-02T14:03:02"),
    ("*/r0a11/checkpoint-400/*", "2026-05-02T14:05:17"),
    ("*r0a11*", "2026-05-02T14:07:31"),
    ("*r6f40*.yaml", "2026-05-30T08:58:36"),
    ("*/outputs/*/.hydra/*", "2026-05-30T09:12:44"),
    ("*/outputs/*", "2026-05-30T09:13:20"),
    ("*r6f40*", "2026-05-30T09:13:20"),
    ("*r3310*.yaml", "2026-06-10T09:20:00"),
    ("*r3310*", "2026-06-10T09:41:08"),
    ("*/data/intents_v4*", "2026-04-30T10:11:12"),
    ("*split_v4*", "2026-04-30T10:05:00"),
    ("support-intent/*", "2026-04-30T11:30:00"),
)
OTHERWISE = "2026-06-11T08:00:00"


def modified(path: str) -> int:
    """Seconds since 1970 (UTC) for a path relative to the demo's folder."""
    fitting = (when for pattern, when in STORY if fnmatchcase(path, pattern))
    when = datetime.fromisoformat(next(fitting, OTHERWISE))
    return int(when.replace(tzinfo=UTC).timestamp())
