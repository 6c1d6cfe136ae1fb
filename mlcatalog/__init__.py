"""mlcatalog: a catalogue of the machine-learning artifacts in your folders."""

__version__ = "0.1.0"

# Threads of numeric libraries, as environment variables that must be set before
# they load: the arrays here are small, and threads that wait spin, at five times
# the cost on a busy machine.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
