"""Domain values as JSON documents and as lines of text."""
