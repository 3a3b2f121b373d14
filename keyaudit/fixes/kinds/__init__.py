"""One module a kind of fix, named as rules name it, each with `rewrite(site) -> Rewrite`.

It raises DeclinedError, with the reason, wherever the program might do something else afterwards
than it should.
"""
