"""Secrets planted at random places of real files and histories: what is found of them, and where.

`python benchmarks/planted.py` runs it over trees of one's own; the tests here run a small part.
"""
