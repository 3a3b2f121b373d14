"""Mends findings: rewriters one module a kind, looked through again before they are offered."""
