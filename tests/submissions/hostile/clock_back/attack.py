NEW_TIME, NEW_USER = 0x80, 0x10000000
second_ago = struct.pack("qq", int(time.time()) - 3, 0)
tell_error(libc.clock_settime(0, second_ago))
tell_error(libc.settimeofday(second_ago, None))
tell_error(libc.unshare(NEW_USER | NEW_TIME))
attempt(pathlib.Path("/proc/self/timens_offsets").write_text, "monotonic -1000 0\nboottime -1000 0\n")
child = os.fork()
if child == 0:
    deadline = time.monotonic() + 900  # in a namespace in which it was a quarter of an hour earlier
    while time.monotonic() < deadline:
        wait(0.1)
    os._exit(0)
time.monotonic = time.time = time.perf_counter = lambda: 0.0
os.waitpid(child, 0)
