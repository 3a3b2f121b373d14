"""Audit events of the use of keys, and alerts for unusual use."""
