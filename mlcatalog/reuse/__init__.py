"""Which models we own that might do, before another is trained."""
