"""`python -m keyaudit` is the same as the `keyaudit` command."""

import sys

# `-m` puts the working directory first: a `json.py` of the tree to be scanned would be imported.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]

from keyaudit.cli import run

if __name__ == "__main__":
    run()
