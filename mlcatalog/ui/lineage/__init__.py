"""Lineage: where things came from, as a graph and as a tree."""
