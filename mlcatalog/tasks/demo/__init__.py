"""The demo: two small projects, really trained, with good names and bad ones."""

from __future__ import annotations

from mlcatalog.tasks.demo.project import DemoSummary, write_demo

__all__ = ["DemoSummary", "write_demo"]
