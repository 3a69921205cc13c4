"""The file system that a machine sees: the host's, copied on write into memory, with its own /tmp, /run, /root, /home, /dev and /proc.

Nothing that a machine writes reaches the host. Works as root and in an unprivileged user namespace. There, a file system with others
mounted below it cannot be the lower layer of an overlay; such a folder is therefore built from its children.
"""

import os
import shutil
import stat
from dataclasses import dataclass, field

import namespaces as ns

#: Folders of the root that every machine has for itself, with their modes.
PRIVATE = {"tmp": 0o1777, "run": 0o755, "root": 0o700, "home": 0o755, "mnt": 0o755, "media": 0o755}
#: Folders of this project: whatever the host has there must not be seen by a new machine.
OWN = ("opt/rayfleet", "etc/rayfleet", "var/lib/rayfleet", "var/log/rayfleet", "var/lib/cloud")
KERNEL = ("proc", "sys", "dev", "lost+found")
#: A machine without these could not run anything; others that cannot be shown stay empty.
NEEDED = ("bin", "sbin", "lib", "lib64", "usr", "etc", "opt", "var")
#: Made in the upper layer, so that the machine's root user owns them also where the host's root is not mapped.
OWNED = {"/var": ("lib", "log", "cache"), "/usr": ("local",)}
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
COPY_LIMIT_BYTES = 1 << 20


@dataclass
class Blueprint:
    """What is laid over the host's files: `keep` stays visible at its own path, `links` and `files` are made."""

    stage: str
    keep: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


class RootFileSystem:
    """Build, then enter. To be used by process 1 of a new PID and mount namespace."""

    def __init__(self, blueprint: Blueprint) -> None:
        self._blueprint = blueprint
        self._root = f"{blueprint.stage}/root"
        self._layers = 0
        self._mount_points = _mount_points()

    def enter(self) -> None:
        ns.mount("none", "/", flags=ns.MS_REC | ns.MS_PRIVATE)
        ns.mount("tmpfs", self._blueprint.stage, "tmpfs", options="mode=755,size=90%")
        os.mkdir(self._root)
        ns.mount("tmpfs", self._root, "tmpfs", options="mode=755")
        for name in sorted(os.listdir("/")):
            if name not in PRIVATE and name not in KERNEL:
                self._mirror(f"/{name}", needed=name in NEEDED)
        for name, mode in PRIVATE.items():
            self._tmpfs(name, f"mode={mode:o},size=90%")
        for name in OWN:
            self._tmpfs(name, "mode=755")
        self._devices()
        self._kernel()
        self._kept()
        self._furnish()
        ns.pivot_root(self._root)

    def _mirror(self, path: str, needed: bool = False) -> None:
        target = self._root + path
        kind = os.lstat(path).st_mode
        if stat.S_ISLNK(kind):
            os.symlink(os.readlink(path), target)
        elif stat.S_ISREG(kind):
            self._file(path, target)
        elif stat.S_ISDIR(kind):
            os.mkdir(target)
            if any(each.startswith(path + "/") for each in self._mount_points):
                self._children(path)
                return
            try:
                self._overlay(path, target)
            except OSError:
                if needed:
                    raise

    def _children(self, path: str) -> None:
        try:
            names = sorted(os.listdir(path))
        except PermissionError:
            return
        for name in names:
            self._mirror(f"{path}/{name}")

    @staticmethod
    def _file(path: str, target: str) -> None:
        try:
            if os.path.getsize(path) <= COPY_LIMIT_BYTES:
                shutil.copy(path, target)
            else:
                open(target, "wb").close()
                ns.bind(path, target)
        except PermissionError:
            return

    def _overlay(self, path: str, target: str) -> None:
        self._layers += 1
        layer = f"{self._blueprint.stage}/layer{self._layers}"
        upper, work = f"{layer}/upper", f"{layer}/work"
        os.makedirs(upper)
        os.makedirs(work)
        for name in OWNED.get(path, ()):
            os.mkdir(f"{upper}/{name}")
        options = f"lowerdir={path},upperdir={upper},workdir={work}"
        try:
            ns.mount("overlay", target, "overlay", options=f"{options},userxattr")
        except OSError:
            ns.mount("overlay", target, "overlay", options=options)

    def _tmpfs(self, name: str, options: str) -> None:
        os.makedirs(f"{self._root}/{name}", exist_ok=True)
        ns.mount("tmpfs", f"{self._root}/{name}", "tmpfs", options=options)

    def _devices(self) -> None:
        """No disks: a machine must not be able to format what belongs to the host."""
        self._tmpfs("dev", "mode=755,size=1m")
        for name in DEVICES:
            open(f"{self._root}/dev/{name}", "wb").close()
            ns.bind(f"/dev/{name}", f"{self._root}/dev/{name}")
        self._tmpfs("dev/shm", "mode=1777,size=90%")
        os.mkdir(f"{self._root}/dev/pts")
        ns.mount("devpts", f"{self._root}/dev/pts", "devpts", options="newinstance,ptmxmode=0666,mode=620")
        for name, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
            os.symlink(target, f"{self._root}/dev/{name}")

    def _kernel(self) -> None:
        """/proc of this PID namespace; kernel settings, which are the host's, can be read only."""
        os.mkdir(f"{self._root}/proc")
        ns.mount("proc", f"{self._root}/proc", "proc", ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC)
        ns.bind(f"{self._root}/proc/sys", f"{self._root}/proc/sys", read_only=True)
        os.mkdir(f"{self._root}/sys")
        ns.bind("/sys", f"{self._root}/sys", read_only=True)

    def _kept(self) -> None:
        hidden = tuple(f"/{name}/" for name in PRIVATE)
        for path in sorted(set(self._blueprint.keep), key=len):
            if not path.startswith(hidden):
                continue
            target = self._root + path
            if os.path.isdir(path):
                os.makedirs(target, exist_ok=True)
            else:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                open(target, "ab").close()
            ns.bind(path, target, read_only=True)

    def _furnish(self) -> None:
        for path, text in self._blueprint.files.items():
            place = self._place(path)
            _write(f"{place}.new", text)
            os.replace(f"{place}.new", place)
        for path, target in self._blueprint.links.items():
            place = self._place(path)
            if os.path.isdir(place) and not os.path.islink(place):
                ns.bind(target, place)
                continue
            os.symlink(target, f"{place}.new")
            os.replace(f"{place}.new", place)

    def _place(self, path: str) -> str:
        place = self._root + path
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return place


def _mount_points() -> set[str]:
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        return {line.split(" ")[4].encode().decode("unicode_escape") for line in table}


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755 if text.startswith("#!") else 0o644)
