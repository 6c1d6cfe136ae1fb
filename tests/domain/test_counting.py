"""A number goes with its noun."""

from mlcatalog.domain.counting import counted


def test_one_is_singular_and_thousands_are_grouped() -> None:
    assert counted(1, "feature") == "1 feature"
    assert counted(0, "feature") == "0 features"
    assert counted(12000, "entry", "entries") == "12,000 entries"
