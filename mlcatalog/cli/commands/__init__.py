"""The commands, a module a family; each is loaded when it is asked for."""
