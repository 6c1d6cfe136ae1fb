"""Alembic migrations; the newest revision's name is `HEAD` in opening.py."""
