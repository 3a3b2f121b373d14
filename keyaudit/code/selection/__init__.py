"""Which pieces of a file are worth parsing."""
