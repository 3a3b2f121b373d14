"""Resolves variables, references, functions and conditions to values, for each format."""
