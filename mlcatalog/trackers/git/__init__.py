"""Git repositories, read from their files: no git, no hooks, no filters, no config run."""

TOOL = "git"
TITLE = "Git: commits, history and uncommitted changes"
VERSION = 3  # raised whenever more is told of a repository
