"""Artifacts to rows of same, differs and only here."""
