"""The inventory: keys, secrets, certificates and algorithms of a project, and what is known of
each over the seven stages of its life.

`collect` reads a source; `table`, `document` and `bill` write what it found.
"""
