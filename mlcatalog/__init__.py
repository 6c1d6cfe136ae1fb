"""mlcatalog: a catalogue of the machine-learning artifacts in your folders."""

__version__ = "0.1.0"
