"""The kinds of match that concern code, one module a kind. None of them walks a tree."""
