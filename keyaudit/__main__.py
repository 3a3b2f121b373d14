"""`python -m keyaudit` is the same as the `keyaudit` command."""

from keyaudit.cli import main

if __name__ == "__main__":
    main()
