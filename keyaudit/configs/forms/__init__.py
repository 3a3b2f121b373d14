"""Formats of configuration, one module for each: from a file to the resources it declares."""
