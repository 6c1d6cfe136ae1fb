"""The stages of the flow, joined: walk, list, read, digest, link, judge."""
