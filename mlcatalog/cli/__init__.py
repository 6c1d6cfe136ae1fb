"""The command line: the window's twin, one module per family of commands."""
