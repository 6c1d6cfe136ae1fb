"""What one tool left on disk, one tool a module."""
