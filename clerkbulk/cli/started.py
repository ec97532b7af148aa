"""How the program was started, and so can be called again."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def as_called(started: str) -> str:
    """Return what to type to call the program: its name where a shell finds it, else as it was started.

    started is the first word of the command line, as in sys.argv. A path below this folder is shown from here.
    """
    if shutil.which("clerkbulk"):
        return "clerkbulk"
    if Path(started).name == "__main__.py":
        return f"{_from_here(sys.executable)} -m clerkbulk"
    return _from_here(started) if Path(started).is_file() else "clerkbulk"


def _from_here(path: str) -> str:
    relative = os.path.relpath(path)
    if relative.startswith(os.pardir):
        return shlex.quote(os.path.abspath(path))
    return shlex.quote(relative if os.sep in relative else os.path.join(os.curdir, relative))
