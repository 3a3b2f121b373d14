"""Fixes for findings: one rewriter module for each kind of fix, each result re-analyzed before it
is offered."""
