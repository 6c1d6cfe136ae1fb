"""What things cost, beside a reference in the same run; see README.md."""
