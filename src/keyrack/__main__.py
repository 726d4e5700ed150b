"""``python -m keyrack``: the same as the command ``keyrack``."""

from keyrack.cli import main

if __name__ == "__main__":
    main()
