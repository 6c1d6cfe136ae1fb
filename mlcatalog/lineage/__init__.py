"""Claims and fingerprints to edges, and where to draw them."""
