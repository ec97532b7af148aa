"""Birth: when a file came into being, which no copy shares with its original."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_AT_FDCWD = -100
_STATX_BTIME = 0x800
_BYTES = 256
"""The size of struct statx; it never grows (statx(2))."""
_MASK, _SECONDS, _NANOSECONDS = 0, 80, 88
"""Where stx_mask and stx_btime lie in it (linux/stat.h)."""


def born(path: Path) -> int | None:
    """Return when a file was made, in nanoseconds since 1970; None where the system or the disk does not know.

    Nobody can set it, and copying makes a new file: with the file's number it tells a copy from its original, also when
    the number is given out again. Linux tells by statx(2), which Python 3.11 does not know; other systems by stat.
    """
    try:
        told = getattr(path.stat(), "st_birthtime", None)
    except OSError:
        return None
    return round(told * 1e9) if told is not None else _by_statx(path)


def _by_statx(path: Path) -> int | None:
    try:
        statx = ctypes.CDLL(None).statx
    except (AttributeError, OSError, TypeError):
        return None
    told = ctypes.create_string_buffer(_BYTES)
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, told) != 0:
        return None
    if not ctypes.c_uint32.from_buffer(told, _MASK).value & _STATX_BTIME:
        return None
    seconds = ctypes.c_int64.from_buffer(told, _SECONDS).value
    return seconds * 1_000_000_000 + ctypes.c_uint32.from_buffer(told, _NANOSECONDS).value
