"""The checklist of what should be known of every model version."""
