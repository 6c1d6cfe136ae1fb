"""Git repositories, read from their files: no git, no hooks, no filters, no config run."""
