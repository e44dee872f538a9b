"""btrfs by its ioctls: subvolumes and their quotas. A program a subvolume would cost 3 ms; this costs 0.1 ms.

Numbers and structures: linux/btrfs.h, linux/btrfs_tree.h (both stable ABI).
"""

import errno
import fcntl
import os
import struct
from pathlib import Path

MAGIC = 0x9123683E
_QUOTA_TREE, _ROOT_INODE, _INFO_ITEM, _LIMIT_ITEM = 8, 256, 242, 244
_LIMIT_REFERENCED = 1 << 0


def _number(direction: int, number: int, size: int) -> int:
    """An ioctl's number (asm-generic/ioctl.h), of btrfs' type 0x94. Direction: 1 write, 2 read, 3 both."""
    return (direction << 30) | (size << 16) | (0x94 << 8) | number


_SUBVOL_CREATE = _number(1, 14, 4096)
_SNAP_DESTROY = _number(1, 15, 4096)
_TREE_SEARCH = _number(3, 17, 4096)
_INO_LOOKUP = _number(3, 18, 4096)
_QGROUP_LIMIT = _number(2, 43, 48)


def is_btrfs(directory: Path) -> bool:
    """Whether subvolumes can be made in `directory`: it answers btrfs' own question."""
    try:
        _id_of(directory)
    except OSError:
        return False
    return True


def is_subvolume(path: Path) -> bool:
    """Whether `path` is the root of a subvolume of a btrfs."""
    return path.lstat().st_ino == _ROOT_INODE and is_btrfs(path)


def create(path: Path) -> None:
    """Make an empty subvolume. Needs the parent only, and nobody else sees it half made."""
    _ask(path.parent, _SUBVOL_CREATE, bytearray(struct.pack("=q4088s", 0, os.fsencode(path.name))))


def destroy(path: Path) -> None:
    """Delete a subvolume and all in it; its space is given back in the background.

    Raises:
        OSError: ENOTEMPTY, when another subvolume lies within.
    """
    _ask(path.parent, _SNAP_DESTROY, bytearray(struct.pack("=q4088s", 0, os.fsencode(path.name))))


def limit(path: Path, max_bytes: int) -> bool:
    """Let the subvolume refer to at most `max_bytes`. False: quotas are not enabled on this file system."""
    try:
        _ask(path, _QGROUP_LIMIT, bytearray(struct.pack("=QQQQQQ", 0, _LIMIT_REFERENCED, max_bytes, 0, 0, 0)))
    except OSError as wrong:
        if wrong.errno in (errno.ENOTCONN, errno.EINVAL, errno.ENOENT):
            return False
        raise
    return True


def limit_of(path: Path) -> int | None:
    """The limit that holds for the subvolume, in bytes; None: there is none."""
    found = _of_quota_tree(path, _LIMIT_ITEM)
    return int(found[1]) if found and found[0] & _LIMIT_REFERENCED else None


def used_of(path: Path) -> int:
    """What the subvolume refers to, in bytes, as counted when the file system last wrote a transaction; 0 without quotas."""
    found = _of_quota_tree(path, _INFO_ITEM)
    return int(found[1]) if found else 0


def _of_quota_tree(path: Path, item: int) -> tuple[int, int] | None:
    """The first two numbers of the item about the subvolume: flags and limit, or generation and bytes referred to."""
    group = _id_of(path)
    key = struct.pack("=7Q4I4Q", _QUOTA_TREE, 0, 0, group, group, 0, 2**64 - 1, item, item, 1, 0, 0, 0, 0, 0)
    request = bytearray(key.ljust(4096, b"\0"))
    try:
        _ask(path, _TREE_SEARCH, request)
    except FileNotFoundError:  # no quota tree
        return None
    if struct.unpack_from("=I", request, 64)[0] == 0:
        return None
    first, second = struct.unpack_from("=QQ", request, 104 + 32)
    return int(first), int(second)


def _id_of(path: Path) -> int:
    request = bytearray(struct.pack("=QQ", 0, _ROOT_INODE).ljust(4096, b"\0"))
    _ask(path, _INO_LOOKUP, request)
    return int(struct.unpack_from("=Q", request)[0])


def _ask(directory: Path, number: int, request: bytearray) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.ioctl(descriptor, number, request)
    finally:
        os.close(descriptor)
