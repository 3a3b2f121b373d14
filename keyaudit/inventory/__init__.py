"""The inventory: a project's keys, secrets, certificates and algorithms, each with what is known of
the seven stages of its life cycle.

`collect` analyzes a source; `table`, `document` and `bill` format the result.
"""
