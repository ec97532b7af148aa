"""The referees that come from npm: installed as js/package-lock.json says, once, beside the checkout's own files."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

JS = Path(__file__).parent / "js"
PLACE = Path(__file__).parents[2] / ".referees"
"""Where they are installed. Git does not look there, and ``make clean`` empties it."""
HOW_TO_GET_NODE = "Node.js 18 or newer and npm are needed; on Debian: apt-get install nodejs npm."
_PATIENCE = 300
"""Seconds for npm: a quarter of a minute is usual."""


def has_node() -> bool:
    """Whether there are a node and an npm on the path."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


def installed() -> Path:
    """Return the folder that holds node_modules, filled if it is not yet. Raises CalledProcessError.

    Several test processes may ask at once: the first one installs and the others wait.
    """
    wanted = b"".join((JS / name).read_bytes() for name in ("package.json", "package-lock.json"))
    folder = PLACE / hashlib.sha256(wanted).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(JS / name, folder)
            # Scripts of packages are not run: none of these needs them.
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
            subprocess.run(command, cwd=folder, check=True, timeout=_PATIENCE)
            (folder / "complete").touch()
    return folder
