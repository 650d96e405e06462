import ctypes
import os


def hunt(pid):
    """Everything in the writable memory of a process that looks like an answer."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if not rights.startswith("rw") or end - start > 1 << 26:
                continue
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            at = content.find(b"@PATTERN@memory")
            while at >= 0:
                print(pid, content[at : at + 80].decode(errors="replace"))
                at = content.find(b"@PATTERN@memory", at + 1)


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ATTACH, DETACH, WALL = 16, 17, 0x40000000
for pid in (@VICTIM_PID@,):
    if libc.ptrace(ATTACH, pid, None, None) < 0:
        print(pid, os.strerror(ctypes.get_errno()))
        continue
    os.waitpid(pid, WALL)
    try:
        hunt(pid)
    except OSError as error:
        print(pid, error)
    libc.ptrace(DETACH, pid, None, None)
