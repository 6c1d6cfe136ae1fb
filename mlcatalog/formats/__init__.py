"""What one file says about itself: one format a module, headers only."""
