"""Stages 5 to 7, rotation, archival and destruction: a store of keys and the verbs over it."""
