"""Details of several artifacts at once are those of each alone."""

from __future__ import annotations

from pathlib import Path

from mlcatalog.catalog.store import Catalog
from mlcatalog.tasks.demo import write_demo
from mlcatalog.tasks.index import index


def test_details_of_all_are_the_details_of_each(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    with Catalog.open(tmp_path / "c.db") as catalog:
        index(catalog, [tmp_path / "demo" / "support-intent"], settle_seconds=0)
        ids = [row.id for row in catalog.list(sort="name")]
        catalog.set_tags(ids[0], ["b", "a"])
        catalog.set_note(ids[1], "watch this one")
        together = catalog.details([*ids, "no-such-id"])
        assert [one.summary.id for one in together] == ids
        assert list(together) == [catalog.detail(one) for one in ids]
        assert together[0].tags == ("a", "b")
        assert together[1].note == "watch this one"
        assert any(len(one.edges) > 2 and one.params for one in together)
