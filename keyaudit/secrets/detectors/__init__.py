"""The detectors of secrets, one module each."""
