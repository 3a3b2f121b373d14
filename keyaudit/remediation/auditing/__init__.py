"""Audit events for the use of keys, and alerts for unusual use."""
