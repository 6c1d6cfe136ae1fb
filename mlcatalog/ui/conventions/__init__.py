"""Conventions: what names should look like, and which do not."""
