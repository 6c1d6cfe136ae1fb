"""Compare: artifacts side by side, and their curves."""
