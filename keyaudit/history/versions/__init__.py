"""Scans the versions of files: each blob, block of text and line once."""
