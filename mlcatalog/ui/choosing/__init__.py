"""Choosing by typing: the command palette, quick open and the sheet of keys."""
