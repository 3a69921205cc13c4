"""Linux namespaces and mounts by system call, because the standard library of Python 3.11 has none of them."""

import ctypes
import os

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_RELATIME = 1 << 21
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_CAPBSET_DROP = 24
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

#: Powers over the host that no machine needs: module loading, raw input and output, reboot, clock, device nodes.
_HOST_CAPABILITIES = (16, 17, 22, 25, 27)

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _check(_libc.unshare(flags), f"unshare {flags:#x}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    result = _libc.mount(source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None)
    _check(result, f"mount {kind or 'bind'} {source} on {target}")


def bind(source: str, target: str, read_only: bool = False) -> None:
    """Shows `source`, with everything mounted below it, at `target`."""
    mount(source, target, flags=MS_BIND | MS_REC)
    if read_only:
        mount("none", target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | _locked_flags(target))


def _locked_flags(path: str) -> int:
    """What a user namespace must keep of the mount that it binds."""
    found = os.statvfs(path).f_flag
    pairs = ((os.ST_NOSUID, MS_NOSUID), (os.ST_NODEV, MS_NODEV), (os.ST_NOEXEC, MS_NOEXEC), (os.ST_RELATIME, MS_RELATIME))
    return sum(flag for seen, flag in pairs if found & seen)


def pivot_root(new_root: str) -> None:
    """Makes `new_root` the root of the file system and lets go of the old one."""
    os.chdir(new_root)
    number = _SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(number, b".", b"."), f"pivot_root {new_root}")
    _check(_libc.umount2(b".", MNT_DETACH), "umount of the old root")
    os.chdir("/")


def die_with_parent(signal_number: int) -> None:
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl PDEATHSIG")


def drop_host_capabilities() -> None:
    for capability in _HOST_CAPABILITIES:
        _check(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0), f"prctl CAPBSET_DROP {capability}")
