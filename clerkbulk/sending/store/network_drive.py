"""Network drive: a disk that other machines share, where SQLite's locks and its log are not safe.

In write-ahead mode SQLite's processes talk through shared memory, which machines do not share (sqlite.org/wal.html).
Some network drives say that they support it all the same, and then two machines claim the same rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

KINDS = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "kafs", "auristorfs", "ceph", "fuse.ceph",
        "fuse.ceph-fuse", "glusterfs", "fuse.glusterfs", "lustre", "gpfs", "beegfs", "pvfs2", "orangefs", "ocfs2",
        "gfs2", "coda",
        "ncpfs", "davfs", "fuse.davfs", "fuse.davfs2", "fuse.sshfs", "fuse.rclone", "fuse.s3fs", "fuse.goofys",
        "fuse.gcsfuse", "fuse.blobfuse", "fuse.blobfuse2", "fuse.mount-s3", "fuse.juicefs", "fuse.curlftpfs",
        "fuse.smbnetfs", "fuse.google-drive-ocamlfuse", "vboxsf", "fuse.vmhgfs-fuse", "prl_fs",
    }
)  # fmt: skip
"""The file systems, as Linux calls them, that more than one machine can write to."""
_MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system, and the folder in which it can be seen."""

    point: str
    kind: str

    @property
    def is_network_drive(self) -> bool:
        """Whether other machines may write to it."""
        return self.kind in KINDS


def mount_of(path: Path) -> Mount | None:
    """Return the mount that holds a file; None on systems that do not tell as Linux does."""
    try:
        text = _MOUNTS.read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    return mount_in(text, str(path.resolve()))


def mount_in(mountinfo: str, path: str) -> Mount | None:
    """Return the mount that holds an absolute path, from the text of ``/proc/self/mountinfo`` (proc(5)).

    The most specific one, and of several at the same folder the one mounted last.
    """
    found: Mount | None = None
    for line in mountinfo.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), fields[4])
        if PurePosixPath(path).is_relative_to(point) and (found is None or len(point) >= len(found.point)):
            found = Mount(point, after.split(" ")[0])
    return found
