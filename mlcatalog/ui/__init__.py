"""Everything Qt and nothing else."""
