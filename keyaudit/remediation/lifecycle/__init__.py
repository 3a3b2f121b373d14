"""Stages 5 to 7, rotation, archival and destruction: a key store and the operations on its keys."""
