"""A place where anything may be destroyed: own processes and network, all files read-only, a time limit.

    python -m tests.attacks.disposable SPEC COMMAND...      what runs as its first process

SPEC: keep (folders that stay visible, read-only), folder (the current one), seconds, uid (of the command; null stays),
groups (folders of control groups, made for this place, in which the command may make some).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from grader.sandbox.inside import libc
from grader.sandbox.packages import interpreter
from tests.attacks import groups as control_groups

REPOSITORY = Path(__file__).resolve().parents[2]
SHOWN = {"bin", "sbin", "lib", "lib32", "lib64", "usr", "etc", "opt", "nix", "var", "proc", "sys", "dev"}
HIDDEN = ("/var/tmp", "/var/lib", "/usr/src", "/dev")  # other tests put a class into /usr/src meanwhile
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/full", "/dev/tty")
NOBODY = 65_533
MOST_PATIENCE = 4.0


def missing() -> str:
    """Why no disposable namespaces can be had here, or nothing. Tried out, not looked up."""
    if sys.platform != "linux" or not shutil.which("unshare"):
        return "disposable namespaces need Linux and `unshare`"
    try:
        result = subprocess.run(command(["/bin/true"], seconds=20), capture_output=True, timeout=30, check=False)
    except subprocess.SubprocessError as error:
        return str(error)
    return result.stderr.decode("utf-8", "replace").strip()[-200:] if result.returncode else ""


def command(inner: list[str], *, seconds: float, drop: bool = False, groups: Sequence[str] = ()) -> list[str]:
    """The command that runs `inner` in a disposable place; `drop` makes it an ordinary user where we are root."""
    keep = [REPOSITORY, *interpreter(Path(sys.executable)).prefixes]
    uid = os.geteuid() or (NOBODY if drop else None)
    spec = {
        "keep": sorted({str(name) for path in keep for name in (path, path.resolve())}),
        "folder": str(REPOSITORY),
        "seconds": seconds,
        "uid": uid,
    }
    spec |= {"groups": list(groups)}
    namespaces = ["--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", "--propagation", "private"]
    if os.geteuid():
        namespaces += ["--user", "--map-root-user"]
    first = [sys.executable, "-P", "-m", "tests.attacks.disposable", json.dumps(spec)]
    return ["unshare", *namespaces, "env", f"PYTHONPATH={REPOSITORY}", *first, *inner]


def slowness() -> float:
    """How many times longer this machine takes for something, with what else it does at present."""
    return min(max(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0), MOST_PATIENCE)


def main(
    keep: list[str], folder: str, seconds: float, uid: int | None, groups: list[str], inner: list[str]
) -> NoReturn:
    """The first process of the new namespaces: everything ends with it."""
    control_groups.enter(groups)
    control_groups.set_read_only("/", True)
    control_groups.allow(groups, uid)
    hide(keep)
    network_up()
    child = os.fork()
    if not child:
        become(uid)
        os.chdir(folder)
        os.environ |= {"HOME": "/tmp/home", "TMPDIR": "/tmp", "GRADER_CACHE": "/tmp/memo"}
        os.makedirs("/tmp/home", exist_ok=True)
        os.execvp(inner[0], inner)
    os._exit(wait(child, seconds))


def wait(child: int, seconds: float) -> int:
    """Bury orphans until the child is gone, or its time is over."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if pid:
                continue
        time.sleep(0.01)
    return 124


def hide(keep: list[str]) -> None:
    """Memory over all places where people keep things; what is kept comes back by its open descriptor, read-only."""
    descriptors = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in keep if os.path.isdir(path)}
    devices = {path: os.open(path, os.O_PATH) for path in DEVICES}
    tops = [entry.path for entry in os.scandir("/") if entry.is_dir(follow_symlinks=False) and entry.name not in SHOWN]
    for place in (*tops, *HIDDEN):
        if os.path.isdir(place):
            mode = "1777" if place in ("/tmp", "/var/tmp") else "0755"
            size = "8g" if place == "/tmp" else "64m"
            flags = libc.MS_NOSUID | (libc.MS_NODEV if place != "/dev" else 0)
            libc.mount("tmpfs", place, "tmpfs", flags, f"mode={mode},size={size}")
    for path, descriptor in descriptors.items():
        if os.path.islink(path):  # in a folder that is kept, as what it leads to is
            continue
        os.makedirs(path, exist_ok=True)
        libc.mount(f"/proc/self/fd/{descriptor}", path, flags=libc.MS_BIND)
    for path, descriptor in devices.items():
        Path(path).touch()
        libc.mount(f"/proc/self/fd/{descriptor}", path, flags=libc.MS_BIND)
    for place in ("/dev/shm", "/dev/pts"):
        os.mkdir(place)
    libc.mount("tmpfs", "/dev/shm", "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, "mode=1777,size=4g")
    libc.mount("devpts", "/dev/pts", "devpts", libc.MS_NOSUID, "newinstance,ptmxmode=0666,mode=0666")
    os.symlink("pts/ptmx", "/dev/ptmx")
    for name, target in {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}.items():
        os.symlink(target, f"/dev/{name}")
    libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)


def network_up() -> None:
    """The loopback device, which is all the network that there is."""
    request = bytearray(struct.pack("16sh22x", b"lo", 0x1 | 0x40))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, request)


def become(uid: int | None) -> None:
    """An ordinary user: of a namespace of its own, where root is not ours to give."""
    if uid is None:
        return
    if uid == NOBODY:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    else:
        libc.unshare(libc.NAMESPACES["user"])
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} 0 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"{uid} 0 1", "ascii")
    libc.drop_capabilities()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]), inner=sys.argv[2:])
