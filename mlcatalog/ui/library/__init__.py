"""Library: everything that was found, what it is and what it lacks."""
