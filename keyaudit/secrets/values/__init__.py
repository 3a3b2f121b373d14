"""Reads the values of file formats, with their lines."""
