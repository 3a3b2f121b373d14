"""Readers, one module for each format: parse a file's text, keeping the place of each value.

Most produce the tree of `keyaudit.configs.tree`; those of Dockerfiles, HCL and shell scripts have
types of their own.
"""
