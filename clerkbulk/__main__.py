"""``python -m clerkbulk`` is the program clerkbulk."""

from __future__ import annotations

from clerkbulk.cli import main

if __name__ == "__main__":
    main()
