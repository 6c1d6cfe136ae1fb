"""Names read field by field, judged, and held against the facts."""
