from tests.sources.support import repo

__all__ = ["repo"]
