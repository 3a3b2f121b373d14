"""Scans the versions of files: each blob, block and line once."""
