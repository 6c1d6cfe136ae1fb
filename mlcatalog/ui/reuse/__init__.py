"""Reuse: models that already fit a dataset."""
