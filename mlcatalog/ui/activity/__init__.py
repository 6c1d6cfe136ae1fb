"""What runs and what ran: the log of it, its words, and the panel that lists it."""
