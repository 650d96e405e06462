import ctypes
import os
import struct
import time

libc = ctypes.CDLL(None, use_errno=True)
NEW_TIME, NEW_USER = 0x80, 0x10000000


def told(done):
    print(os.strerror(ctypes.get_errno()) if done < 0 else "done")


second_ago = struct.pack("qq", int(time.time()) - 3, 0)
told(libc.clock_settime(0, second_ago))
told(libc.settimeofday(second_ago, None))
told(libc.unshare(NEW_USER | NEW_TIME))
try:
    with open("/proc/self/timens_offsets", "w") as file:
        file.write("monotonic -1000 0\nboottime -1000 0\n")
except OSError as error:
    print(error)
child = os.fork()
if child == 0:
    deadline = time.monotonic() + 900  # in a namespace in which it was a quarter of an hour earlier
    while time.monotonic() < deadline:
        time.sleep(0.1)
    os._exit(0)
time.monotonic = time.time = time.perf_counter = lambda: 0.0
os.waitpid(child, 0)
