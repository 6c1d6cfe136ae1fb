"""Audit: dossiers, their preview, their export and their proof."""
