"""One module for each kind of fix, named as in the rule files, with `rewrite(site) -> Rewrite`.

`rewrite` raises DeclinedError with the reason wherever the changed program could behave differently
in a way that is not intended.
"""
