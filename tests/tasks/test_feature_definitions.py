"""Features that Feast defines, from its repository to the checklist."""

from __future__ import annotations

import shutil
from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.domain.words import Relation
from mlcatalog.tasks.index import index

FIXTURES = Path(__file__).parents[1] / "fixtures"


def test_features_in_feast_meet_the_check_of_the_data_they_describe(
    tmp_path: Path, catalog: Catalog
) -> None:
    project = Path(shutil.copytree(FIXTURES / "data/feast/repo", tmp_path / "project"))
    (project / "train.yaml").write_text(
        "data: data/usage.parquet\noutput_dir: models\nlr: 0.1\n"
    )
    (project / "models").mkdir()
    made = FIXTURES / "torch_tools/whole/model.safetensors"
    shutil.copy(made, project / "models/churn.safetensors")
    index(catalog, [project], settle_seconds=0)
    (model,) = catalog.list("kind:model")
    checks = {one.check: one for one in catalog.detail(model.id).checks}
    features = checks["feature documentation"]
    # All but one have a description: the code and the registry say so.
    assert features.evidence == "1 of 5 features undocumented: plan"
    (data,) = catalog.list("kind:dataset")
    describing = {
        edge.child
        for edge in catalog.detail(data.id).edges
        if edge.relation is Relation.DESCRIBES
    }
    assert len(describing) == 2
