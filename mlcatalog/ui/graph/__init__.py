"""The drawn graph: cards, lines and where they go, for every place that shows lineage."""
