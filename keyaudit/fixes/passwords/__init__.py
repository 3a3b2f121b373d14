"""Passwords that are stored as hashes: where they are hashed, stored and checked, and how a check
is made to store a better hash."""
