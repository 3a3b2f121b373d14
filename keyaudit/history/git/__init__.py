"""Reads commits, blobs and refs through git."""
