"""Folders to names, names to bytes, bytes to digests; guarded worker processes."""
