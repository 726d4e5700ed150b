"""What kind of file system a path is on: SQLite's log needs memory that all its users share, so one machine.

Knows nothing of stores.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

MOUNTS: Path = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted where. Elsewhere there is no such file, and only Windows' names of shares tell."""

NETWORK_KINDS: frozenset[str] = frozenset(
    {
        "9p", "afs", "afpfs", "beegfs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.davfs2", "fuse.glusterfs",
        "fuse.gcsfuse", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "pvfs2", "smb", "smb2", "smb3", "smbfs",
    }
)  # fmt: skip
"""The kinds of file systems that several machines may share."""


def network_kind(path: str) -> str | None:
    """Give the kind of the file system that *path*, with no links in it, is on, if it is one of a network.

    A path that does not exist is judged by the folder it would be in.
    """
    if path.startswith(("\\\\", "//")) and os.name == "nt" and not path.startswith("\\\\?\\"):
        return "a network share"
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = _kind(path, mounts)
    return kind if kind in NETWORK_KINDS else None


def _kind(path: str, mounts: str) -> str | None:
    best, found = "", None
    for line in mounts.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:  # noqa: PLR2004  # the fifth is the mount point
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        # What is mounted later at the same point hides what was there.
        if (path == point or path.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, found = point, after.split(" ")[0]
    return found
