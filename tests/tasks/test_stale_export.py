"""An export whose model was trained again is told by the version that was overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.demo.project import write_demo
from mlcatalog.tasks.index import index

NAME = "churn-cls-mlp-telco_v3-20260415-r81cc"


def stale(catalog: Catalog) -> list[str]:
    found = catalog.findings(rule_prefix="lineage.stale-export")
    return [finding.message for finding in found if NAME in finding.message]


def test_an_export_of_an_overwritten_model_is_stale(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    model = next((tmp_path / "demo").rglob(f"{NAME}.safetensors"))
    # Else its copy and its last checkpoint would be what the export came from.
    next((tmp_path / "demo").rglob("final_model_v2_REALLY*")).unlink()
    shutil.rmtree(tmp_path / "demo" / "churn-prediction" / "runs" / "r81cc")
    with Catalog.open(tmp_path / "catalogue.db") as catalog:
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        assert stale(catalog) == []
        content = bytearray(model.read_bytes())
        start = 8 + int.from_bytes(content[:8], "little")
        for place in range(start, len(content) - 1, 4):
            content[place] ^= 0xFF  # every number of every tensor
        model.write_bytes(content)
        index(catalog, [tmp_path / "demo"], settle_seconds=0)
        (message,) = stale(catalog)
    assert "its weights are those of an earlier version" in message
